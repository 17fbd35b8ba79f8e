import assert from "node:assert/strict";
import { LatencyHistogram, SAMPLED } from "../../tracker/latency_histogram.ts";

Deno.test("LatencyHistogram.isDue() says yes to one in so many", () => {
  const latency = new LatencyHistogram();
  const due = Array.from({ length: SAMPLED * 3 }, () => latency.isDue());
  assert.equal(due.filter(Boolean).length, 3);
  assert.ok(due[SAMPLED - 1]);
});

Deno.test("LatencyHistogram counts each duration in every bucket that has room for it", () => {
  const latency = new LatencyHistogram();
  for (const ms of [0.005, 0.0051, 3, 3000]) latency.note(ms);
  const at = new Map(latency.buckets.map(({ count, seconds }) => [seconds, count]));
  assert.equal(at.get(0.000005), 1);
  assert.equal(at.get(0.00001), 2);
  assert.equal(at.get(0.0025), 2);
  assert.equal(at.get(0.005), 3);
  assert.equal(at.get(0.1), 3);
  assert.equal(at.get(Infinity), 4);
  assert.ok(Math.abs(latency.sumSeconds - 3.0030101) < 1e-9);
});
