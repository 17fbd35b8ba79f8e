import assert from "node:assert/strict";
import { writePatientlySync } from "../../../peer/cli/patient_write.ts";
import { pseudoRandomBytes } from "../../support/random.ts";

const LINE_FEED = 10;
/** So many bytes a pipe takes whole or not at all, and so many are kept that it has no room for. */
const PIPE_BUF = 4096;
const KEPT = 1024;

const full = () => new Deno.errors.WouldBlock("Resource temporarily unavailable (os error 11)");

/**
 * Standard output before a pipe that doesn't wait, as the runtime has it: what stands behind the last line break, or behind what
 * the pipe took of more than a page, is kept for the next write, and that nothing was taken is said where it has no room.
 */
class StandardOutput {
  readonly taken: number[] = [];
  readonly waits: number[] = [];
  readonly lengths: number[] = [];
  #kept: number[] = [];
  #room: number;
  readonly #more: number[];

  /** How many bytes it has room for, at first and more after each wait. Default at last: for all. */
  constructor(...[room = Infinity, ...more]: number[]) {
    this.#room = room;
    this.#more = more;
  }

  writeSync(bytes: Uint8Array): number {
    this.lengths.push(bytes.length);
    this.#give(this.#kept);
    this.#kept = [];
    const isShort = bytes.length < KEPT && !bytes.includes(LINE_FEED);
    const end = isShort ? 0 : bytes.lastIndexOf(LINE_FEED) + 1 || bytes.length;
    if (end > PIPE_BUF && end > this.#room) {
      const room = this.#room;
      this.#give([...bytes.subarray(0, room)]);
      this.#kept = [...bytes.subarray(room, Math.min(room + KEPT, end))];
    } else {
      this.#give([...bytes.subarray(0, end)]);
      this.#kept = [...bytes.subarray(end)];
    }
    this.#give(this.#kept);
    this.#kept = [];
    return bytes.length;
  }

  readonly wait = (ms: number): void => {
    this.waits.push(ms);
    this.#room += this.#more.shift() ?? Infinity;
  };

  #give(bytes: readonly number[]): void {
    if (bytes.length > this.#room) throw full();
    this.#room -= bytes.length;
    this.taken.push(...bytes);
  }
}

/** Binary, in which every 256th byte or so is a line break, then a long and a short end without one. */
function mixture(): Uint8Array {
  const bytes = pseudoRandomBytes(30_000, 7);
  for (let at = 20_000; at < bytes.length; at++) if (bytes[at] === LINE_FEED) bytes[at] = 0;
  return bytes;
}

Deno.test("writePatientlySync() writes everything once, whatever a full pipe takes of it and standard output keeps", () => {
  for (const room of [300, 1023, 3000, 4096, 5000]) {
    const output = new StandardOutput(...new Array(200).fill(room));
    writePatientlySync(output, mixture(), output.wait);
    assert.deepEqual(output.taken, [...mixture()], `${room} bytes at a time`);
  }
});

Deno.test("a short end without a line break, which is kept, is not written twice", () => {
  const output = new StandardOutput(2, 0, 0, 9);
  writePatientlySync(output, new TextEncoder().encode("a\nrest"), output.wait);
  assert.equal(new TextDecoder().decode(Uint8Array.from(output.taken)), "a\nrest");
  assert.deepEqual(output.lengths, [2, 4, 0, 0, 0]);
});

Deno.test("a full pipe is waited for longer each time, until it takes something", () => {
  const nothing = (times: number) => new Array(times).fill(0);
  const output = new StandardOutput(0, ...nothing(8), 2, 0, 2);
  writePatientlySync(output, new TextEncoder().encode("a\nb"), output.wait);
  assert.deepEqual(output.waits, [1, 2, 4, 8, 16, 32, 64, 64, 64, 1, 2]);
});

Deno.test("a reader that has gone while somebody waited for it is told of", () => {
  const errors = [full(), new Deno.errors.BrokenPipe("Broken pipe (os error 32)")];
  const writeSync = (): never => {
    throw errors.shift();
  };
  assert.throws(() => writePatientlySync({ writeSync }, new Uint8Array(4), () => {}), Deno.errors.BrokenPipe);
});

Deno.test("writePatientlySync() holds up the program by itself", () => {
  const output = new StandardOutput(0);
  let tries = 0;
  const writeSync = (bytes: Uint8Array) => {
    if (tries++ === 0) throw full();
    return output.writeSync(bytes);
  };
  output.wait(0);
  writePatientlySync({ writeSync }, new TextEncoder().encode("a\n"));
  assert.equal(tries, 2);
  assert.deepEqual(output.taken, [97, LINE_FEED]);
});

Deno.test("whole lines are written, and no more at once than a pipe takes whole", () => {
  const output = new StandardOutput();
  const text = `${"a".repeat(5000)}\nb\n${"c".repeat(4000)}\n`;
  writePatientlySync(output, new TextEncoder().encode(text));
  assert.deepEqual(output.lengths, [4096, 907, 4001]);
});
