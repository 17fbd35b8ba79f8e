import assert from "node:assert/strict";
import { Rows } from "../../../peer/cli/rows.ts";
import { Terminal } from "../../../peer/cli/terminal.ts";

/** A screen of six rows that keeps what was drawn last. */
class SmallTerminal extends Terminal {
  drawn: string[] = [];
  override get rows(): number {
    return 6;
  }
  override fits(line: string): boolean {
    return line.length <= 9;
  }
  override live(...lines: string[]): void {
    this.drawn = lines;
  }
  override clear(): void {
    this.drawn = [];
  }
}

Deno.test("Rows keep the order in which they were made, each drawn over by its own", () => {
  const terminal = new SmallTerminal(true, Deno.stdout, { isDumb: false });
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
  const terminal = new SmallTerminal(true, Deno.stdout, { isDumb: false });
  const rows = new Rows(terminal);
  for (let i = 0; i < 9; i++) rows.add().live(`torrent ${i}`);
  assert.deepEqual(terminal.drawn, ["torrent 0", "torrent 1", "torrent 2", "and 6 more"]);
});

Deno.test("Rows take the longest form of a line that there is room for, else the last", () => {
  const terminal = new SmallTerminal(true, Deno.stdout, { isDumb: false });
  const row = new Rows(terminal).add();
  row.live("name  ██░░ 50%", "name  50%", "n…  50%");
  assert.deepEqual(terminal.drawn, ["name  50%"]);
  row.live("a longer name  50%", "a long…  50%");
  assert.deepEqual(terminal.drawn, ["a long…  50%"]);
});
