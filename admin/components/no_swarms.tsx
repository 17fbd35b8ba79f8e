/// <reference lib="dom" />
// What a new tracker's operator does first.

import { useApp } from "../context.ts";
import { text } from "../text.ts";
import { CopyButton } from "./copy_button.tsx";
import { Empty } from "./empty.tsx";

export function NoSwarms() {
  const { session } = useApp();
  const url = new URL("/announce", location.origin);
  const port = session.announcePort.value;
  if (port !== null) url.port = String(port);
  const address = url.href;
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
