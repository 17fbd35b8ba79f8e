// A page whose tracker has not answered yet: its frame while the answer is on its way, a word where nobody answers.

import type { ComponentChildren } from "preact";
import { useApp } from "../context.ts";
import { text } from "../text.ts";
import { Empty } from "./empty.tsx";

export function Waiting({ children, isHere }: { isHere: boolean; children?: ComponentChildren }) {
  const { poller } = useApp();
  if (isHere || poller.connection.value.kind !== "offline") return <>{children}</>;
  return (
    <Empty title={text.offline.waitingTitle} level={2}>
      <p>{text.offline.waitingBody}</p>
    </Empty>
  );
}

/** In a table's place while its rows are on their way. */
export function WaitingRows() {
  return (
    <div class="loading-rows" aria-hidden="true">
      {[0, 1, 2, 3, 4].map((row) => <span key={row} class="waiting" />)}
    </div>
  );
}
