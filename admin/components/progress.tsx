// How much of the torrent a peer has: a bar and its number.

import { formatPercent } from "../format.ts";
import { text } from "../text.ts";

export function Progress({ value }: { value: number | null }) {
  if (value === null) return <span class="faint">{text.peers.unknownProgress}</span>;
  return (
    <div class={value >= 1 ? "progress complete" : "progress"}>
      <span class="percent">{formatPercent(value)}</span>
      {/* A picture of the number beside it. Its width goes through the style object, which the page's CSP allows. */}
      <span class="bar" aria-hidden="true">
        <span style={{ transform: `scaleX(${Math.max(0, Math.min(1, value))})` }} />
      </span>
    </div>
  );
}
