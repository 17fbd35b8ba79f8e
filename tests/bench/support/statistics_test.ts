import assert from "node:assert/strict";
import { compare, median, spread } from "./statistics.ts";

Deno.test("median() is the one in the middle, whatever the order", () => {
  assert.equal(median([30, 1, 20]), 20);
  assert.equal(median([7]), 7);
});

Deno.test("median() of an even number is the mean of the two in the middle", () => {
  assert.equal(median([4, 1, 100, 2]), 3);
});

Deno.test("median() of nothing is no number", () => {
  assert.ok(Number.isNaN(median([])));
});

Deno.test("spread() has the least and the greatest", () => {
  assert.deepEqual(spread([3, 9, 5]), { min: 3, max: 9 });
});

Deno.test("compare() holds medians against each other, and rounds against the same round", () => {
  const { ratio, pairs } = compare([10, 20, 60], [10, 10, 20]);
  assert.equal(ratio, 2);
  assert.deepEqual(pairs, { min: 1, max: 3 });
});
