import assert from "node:assert/strict";
import { JsonReporter } from "../../../peer/cli/reporter.ts";
import { Terminal } from "../../../peer/cli/terminal.ts";

/** What was written, one text a write. */
class Paper {
  readonly writes: string[] = [];
  #written = Promise.withResolvers<void>();

  writeSync(bytes: Uint8Array): number {
    this.writes.push(new TextDecoder().decode(bytes));
    this.#written.resolve();
    return bytes.length;
  }

  /** Resolves when something has been written. */
  get written(): Promise<void> {
    return this.#written.promise;
  }
}

Deno.test("Terminal.printSoon() writes lines together, and none of them later than a line that is printed", () => {
  const paper = new Paper();
  const terminal = new Terminal(false, paper);
  terminal.printSoon("a");
  terminal.printSoon("b");
  assert.deepEqual(paper.writes, []);
  terminal.print("c");
  assert.deepEqual(paper.writes, ["a\nb\nc\n"]);
  terminal.print("d");
  assert.deepEqual(paper.writes, ["a\nb\nc\n", "d\n"], "nothing is written again");
});

Deno.test("Terminal.printSoon() writes by itself when nothing else is printed", async () => {
  const paper = new Paper();
  const terminal = new Terminal(false, paper);
  terminal.printSoon("a");
  terminal.printSoon("b");
  await paper.written;
  assert.deepEqual(paper.writes, ["a\nb\n"]);
});

Deno.test("Terminal.live() draws what of a line fits, by whoever knows", () => {
  const paper = new Paper();
  new Terminal(true, paper, { cut: (line) => line.slice(0, 2), isDumb: false }).live("映画館", "ab");
  assert.deepEqual(paper.writes, ["映画\nab"]);
});

Deno.test("Terminal.live() draws nothing where it can't be drawn over; what stays is printed", () => {
  const paper = new Paper();
  const terminal = new Terminal(true, paper, { isDumb: true });
  terminal.live("42 %");
  terminal.print("complete");
  terminal.live("43 %");
  terminal.clear();
  assert.deepEqual(paper.writes, ["complete\n"]);
});

Deno.test("a terminal is dumb where TERM says so", () => {
  const before = Deno.env.get("TERM");
  try {
    for (const [term, isLive] of [["dumb", false], ["xterm-256color", true]] as const) {
      Deno.env.set("TERM", term);
      assert.equal(new Terminal(true, new Paper()).isLive, isLive, term);
    }
  } finally {
    if (before === undefined) Deno.env.delete("TERM");
    else Deno.env.set("TERM", before);
  }
});

Deno.test("Terminal.live() draws all of a line where a terminal says that it has no columns: it doesn't know", () => {
  const sizes = [
    () => ({ columns: 0, rows: 0 }),
    () => {
      throw new Error("Inappropriate ioctl for device (os error 25)");
    },
  ];
  for (const size of sizes) {
    const paper = new Paper();
    const terminal = new Terminal(true, paper, { size, isDumb: false });
    terminal.live("checking 95.1%");
    assert.deepEqual(paper.writes, ["checking 95.1%"]);
    assert.equal(terminal.rows, 24);
  }
});

/** A stream on which each write ends so. */
function failing(error: Error): { writeSync(): never } {
  return {
    writeSync() {
      throw error;
    },
  };
}

const full = () => Object.assign(new Error("No space left on device (os error 28)"), { code: "ENOSPC" });
const gone = () => Object.assign(new Error("Input/output error (os error 5)"), { code: "EIO" });

Deno.test("a line that can't be written ends the program as the disk's fault, or is told to who goes on without it", () => {
  const said = {
    name: "CommandError",
    code: 3,
    message: "Cannot write to standard output: the disk is full: free some space and start again",
  };
  assert.throws(() => new Terminal(false, failing(full())).print("a"), said);
  const lost: Error[] = [];
  const terminal = new Terminal(false, failing(full()), { onLost: (error) => lost.push(error) });
  terminal.print("a");
  assert.deepEqual(lost.map(({ message }) => message), [said.message]);
});

const hasty = () => Object.assign(new Deno.errors.WouldBlock("try again"), { code: "EAGAIN" });

Deno.test("a line that is an answer waits for a pipe that is full; one that is none doesn't", () => {
  const paper = new Paper();
  const answers = [hasty, hasty, undefined, hasty];
  const slow = {
    writeSync(bytes: Uint8Array): number {
      const error = answers.shift()?.();
      if (error !== undefined) throw error;
      return paper.writeSync(bytes.subarray(0, 3));
    },
  };
  let waits = 0;
  new Terminal(false, slow, { wait: () => waits++ }).print("all of it");
  assert.deepEqual([paper.writes.join(""), waits], ["all of it\n", 3]);
  const lost: Error[] = [];
  new Terminal(false, failing(hasty()), { onLost: (error) => lost.push(error) }).print("a");
  assert.match(lost.map(({ message }) => message).join(), /\| cat/);
});

Deno.test("a line that waited and can't be written is told as well", async () => {
  const lost = Promise.withResolvers<Error>();
  new Terminal(false, failing(full()), { onLost: lost.resolve }).printSoon("a");
  assert.match((await lost.promise).message, /disk is full/);
});

Deno.test("a reader that has gone is no reason to end, nor is a terminal that has", () => {
  for (const stream of [failing(new Deno.errors.BrokenPipe("Broken pipe (os error 32)")), failing(gone())]) {
    const terminal = new Terminal(true, stream);
    terminal.print("a");
    terminal.live("b");
    terminal.clear();
  }
  assert.throws(() => new Terminal(false, failing(gone())).print("a"), { code: 3 }, "a disk that is broken");
});

Deno.test("JsonReporter's lines for pieces are written together, in order with the others", () => {
  const paper = new Paper();
  const reporter = new JsonReporter(new Terminal(false, paper), "00".repeat(20));
  for (const index of [4, 2]) reporter.on({ type: "piece", index, have: 1, pieces: 5 });
  reporter.on({ type: "complete", totalLength: 5, downloaded: 5, wasted: 0, seconds: 1 });
  assert.equal(paper.writes.length, 1);
  const lines = paper.writes[0]?.trimEnd().split("\n").map((line) => JSON.parse(line)) ?? [];
  assert.deepEqual(lines.map(({ type, index }) => [type, index]), [["piece", 4], ["piece", 2], [
    "complete",
    undefined,
  ]]);
});
