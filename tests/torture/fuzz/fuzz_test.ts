// A taste of the fuzzing that `deno task torture` does at length.

import assert from "node:assert/strict";
import { fuzz } from "./fuzz.ts";
import type { FuzzTarget } from "./target.ts";
import { TARGETS } from "./targets.ts";

const SEED = 7;
/** Inputs for a target whose cost is 1. */
const INPUTS = 1000;

for (const target of TARGETS) {
  Deno.test(`${target.name}: spoilt and spliced inputs are read, or refused with the parser's own error (seed ${SEED})`, async () => {
    const outcome = await fuzz(target, { seed: SEED, count: Math.ceil(INPUTS / (target.cost ?? 1)) });
    assert.deepEqual(outcome.failure, undefined);
    if (target.errors.length > 0) assert.ok(outcome.refused > 0, "nothing was refused");
    assert.ok(outcome.taken > 0, "nothing was taken");
  });
}

Deno.test("fuzz() tells the input that a parser fails at, the same one with the same seed", async () => {
  const target = {
    name: "a parser that stumbles over FF",
    corpus: () => [new Uint8Array(20)],
    errors: [SyntaxError],
    open: () => (input: Uint8Array) => {
      if (input.length < 5) throw new SyntaxError("Too short");
      if (input.includes(0xff)) throw new RangeError("FF");
    },
  };
  const { failure } = await fuzz(target, { seed: SEED, count: INPUTS });
  assert.match(failure?.hex ?? "", /ff/);
  assert.match(failure?.error ?? "", /RangeError: FF/);
  const again = await fuzz(target, { seed: SEED, count: INPUTS });
  assert.deepEqual([again.failure?.round, again.failure?.hex], [failure?.round, failure?.hex]);
});

/** Takes `ms` of its time for the first so many inputs. */
function sleepyTarget(ms: number, times: number): FuzzTarget {
  let left = times;
  return {
    name: "a parser that sleeps",
    corpus: () => [new Uint8Array(20)],
    errors: [],
    open: () => () => {
      const end = performance.now() + (left-- > 0 ? ms : 0);
      while (performance.now() < end);
    },
  };
}

Deno.test("fuzz() fails at an input that takes too long each time, not at one whose process had to wait", async () => {
  const options = { seed: SEED, count: 10, mostMs: 300 };
  assert.equal((await fuzz(sleepyTarget(350, 1), options)).failure, undefined);
  assert.match(
    (await fuzz(sleepyTarget(350, Infinity), options)).failure?.error ?? "",
    /^took \d+ ms and more/,
  );
});
