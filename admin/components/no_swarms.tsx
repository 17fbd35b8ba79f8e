/// <reference lib="dom" />
// What a new tracker's operator does first.

import { text } from "../text.ts";
import { CopyButton } from "./copy_button.tsx";
import { Empty } from "./empty.tsx";

export function NoSwarms() {
  const address = `${location.origin}/announce`;
  return (
    <Empty title={text.swarms.emptyTitle} level={2}>
      <p>{text.swarms.emptyBody}</p>
      <p class="address">
        <code>{address}</code>
        <CopyButton value={address} label={text.copy.announceUrl} />
      </p>
    </Empty>
  );
}
