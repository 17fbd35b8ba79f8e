import assert from "node:assert/strict";
import { ProcessorWaits } from "../../../peer/storage/processor_waits.ts";
import { FakeClock } from "../../support/fake_clock.ts";

const MIB = 2 ** 20;

/** A thread that hashes at 1 ms a MiB. */
function thread() {
  const clock = new FakeClock(0);
  const waits = new ProcessorWaits(clock.read);
  const hash = (length: number, waited = 0) =>
    waits.during(length, () => clock.advance(length / MIB + waited));
  return { waits, hash };
}

Deno.test("ProcessorWaits: work that takes as long as ever, for pieces of any length, has waited for nothing", () => {
  const { waits, hash } = thread();
  for (const length of [MIB, MIB / 4, 16 * MIB, MIB]) hash(length);
  assert.equal(waits.longestMs, 0);
});

Deno.test("ProcessorWaits: what took longer than at its best has waited, and the longest wait counts", () => {
  const { waits, hash } = thread();
  for (const waited of [0, 30, 4, 0]) hash(MIB, waited);
  assert.ok(Math.abs(waits.longestMs - 30) < 0.1, String(waits.longestMs));
});

Deno.test("ProcessorWaits: a wait of long ago counts for little", () => {
  const { waits, hash } = thread();
  hash(MIB);
  hash(MIB, 40);
  for (let piece = 0; piece < 700; piece++) hash(MIB);
  assert.ok(waits.longestMs > 18 && waits.longestMs < 22, String(waits.longestMs));
});

Deno.test("ProcessorWaits: a thread that was stopped for an hour has waited for half a second", () => {
  const { waits, hash } = thread();
  hash(MIB);
  hash(MIB, 3_600_000);
  assert.equal(waits.longestMs, 500);
});

Deno.test("ProcessorWaits hands on what the work returns, and what it throws", () => {
  const { waits } = thread();
  assert.equal(waits.during(MIB, () => "digest"), "digest");
  assert.throws(() => waits.during(MIB, () => assert.fail("no")), /no/);
});
