import assert from "node:assert/strict";
import { Rows } from "../../../peer/cli/rows.ts";
import { Terminal } from "../../../peer/cli/terminal.ts";

/** A screen of six rows that keeps what was drawn last. */
class SmallTerminal extends Terminal {
  drawn: string[] = [];
  override get rows(): number {
    return 6;
  }
  override live(...lines: string[]): void {
    this.drawn = lines;
  }
  override clear(): void {
    this.drawn = [];
  }
}

Deno.test("Rows keep the order in which they were made, each drawn over by its own", () => {
  const terminal = new SmallTerminal(true);
  const rows = new Rows(terminal);
  const [a, b] = [rows.add(), rows.add()];
  b.live("b 5%");
  assert.deepEqual(terminal.drawn, ["b 5%"]);
  a.live("a 1%");
  a.live("a 2%");
  assert.deepEqual(terminal.drawn, ["a 2%", "b 5%"]);
  a.clear();
  assert.deepEqual(terminal.drawn, ["b 5%"]);
  b.clear();
  assert.deepEqual(terminal.drawn, []);
});

Deno.test("Rows that find no room are counted", () => {
  const terminal = new SmallTerminal(true);
  const rows = new Rows(terminal);
  for (let i = 0; i < 9; i++) rows.add().live(`torrent ${i}`);
  assert.deepEqual(terminal.drawn, ["torrent 0", "torrent 1", "torrent 2", "and 6 more"]);
});
