// Below a long table: how much of it is shown, and the next hundred rows.

import { formatCount } from "../format.ts";
import { PAGE_ROWS } from "../live_table.ts";
import { text } from "../text.ts";

export function ShowMore({ shown, all, more }: { shown: number; all: number; more: () => void }) {
  if (shown >= all) return null;
  return (
    <div class="more">
      <span>{text.showing(formatCount(shown), formatCount(all))}</span>
      <button type="button" class="button" onClick={more}>
        {text.more(formatCount(Math.min(PAGE_ROWS, all - shown)))}
      </button>
    </div>
  );
}
