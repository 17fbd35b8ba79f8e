import assert from "node:assert/strict";
import { writePatiently, writePatientlySync } from "../../../peer/cli/patient_write.ts";

/** A pipe that takes so many bytes at each write, one after another; where it is an error, that is thrown. */
function pipe(...answers: (number | Error)[]) {
  const taken: number[] = [];
  const waits: number[] = [];
  const output = {
    write(bytes: Uint8Array): Promise<number> {
      const answer = answers.shift() ?? bytes.length;
      if (typeof answer !== "number") return Promise.reject(answer);
      taken.push(...bytes.subarray(0, answer));
      return Promise.resolve(answer);
    },
  };
  const wait = (ms: number) => {
    waits.push(ms);
    return Promise.resolve();
  };
  return { output, taken, wait, waits };
}

const full = () => new Deno.errors.WouldBlock("Resource temporarily unavailable (os error 11)");

Deno.test("writePatiently() writes all, in whatever parts it is taken", async () => {
  const { output, taken, wait, waits } = pipe(1, 3);
  await writePatiently(output, new Uint8Array([1, 2, 3, 4, 5, 6]), wait);
  assert.deepEqual(taken, [1, 2, 3, 4, 5, 6]);
  assert.deepEqual(waits, []);
});

Deno.test("writePatiently() waits where a pipe is full, longer each time until it takes something", async () => {
  const { output, taken, wait, waits } = pipe(2, ...Array.from({ length: 9 }, full), 1, full());
  await writePatiently(output, new Uint8Array([1, 2, 3, 4]), wait);
  assert.deepEqual(taken, [1, 2, 3, 4]);
  assert.deepEqual(waits, [1, 2, 4, 8, 16, 32, 64, 64, 64, 1]);
});

Deno.test("writePatiently() tells of a reader that has gone while it waited", async () => {
  const { output, wait } = pipe(full(), new Deno.errors.BrokenPipe("Broken pipe (os error 32)"));
  await assert.rejects(writePatiently(output, new Uint8Array(4), wait), Deno.errors.BrokenPipe);
});

/** The same pipe for who writes without a promise. */
function hastyPipe(...answers: (number | Error)[]) {
  const taken: number[] = [];
  const waits: number[] = [];
  const output = {
    writeSync(bytes: Uint8Array): number {
      const answer = answers.shift() ?? bytes.length;
      if (typeof answer !== "number") throw answer;
      taken.push(...bytes.subarray(0, answer));
      return answer;
    },
  };
  return { output, taken, wait: (ms: number) => void waits.push(ms), waits };
}

Deno.test("writePatientlySync() writes all and waits in the same way", () => {
  const { output, taken, wait, waits } = hastyPipe(2, ...Array.from({ length: 9 }, full), 1, full());
  writePatientlySync(output, new Uint8Array([1, 2, 3, 4]), wait);
  assert.deepEqual(taken, [1, 2, 3, 4]);
  assert.deepEqual(waits, [1, 2, 4, 8, 16, 32, 64, 64, 64, 1]);
});

Deno.test("writePatientlySync() tells of a reader that has gone while it waited", () => {
  const { output, wait } = hastyPipe(full(), new Deno.errors.BrokenPipe("Broken pipe (os error 32)"));
  assert.throws(() => writePatientlySync(output, new Uint8Array(4), wait), Deno.errors.BrokenPipe);
});

Deno.test("writePatientlySync() holds up the program by itself", () => {
  const { output, taken } = hastyPipe(full());
  writePatientlySync(output, new Uint8Array([1]));
  assert.deepEqual(taken, [1]);
});

Deno.test("writePatientlySync() writes whole lines, and no more at once than a pipe takes whole", () => {
  const lengths: number[] = [];
  const output = {
    writeSync({ length }: Uint8Array): number {
      lengths.push(length);
      return length;
    },
  };
  writePatientlySync(output, new TextEncoder().encode(`${"a".repeat(5000)}\nb\n${"c".repeat(4000)}\n`));
  assert.deepEqual(lengths, [4096, 907, 4001]);
});
