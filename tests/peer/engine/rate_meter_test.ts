import assert from "node:assert/strict";
import { RateMeter } from "../../../peer/engine/rate_meter.ts";

Deno.test("RateMeter.rate() is the bytes per second of a steady flow", () => {
  const meter = new RateMeter();
  let total = 0;
  for (let now = 0; now <= 20_000; now += 100) meter.sample(total += 100, now);
  assert.ok(Math.abs(meter.rate(20_000) - 1000) < 30, `got ${meter.rate(20_000)}`);
});

Deno.test("RateMeter.rate() counts the first second as a whole one", () => {
  const meter = new RateMeter();
  meter.sample(0, 5000);
  meter.sample(5000, 5010);
  assert.equal(meter.rate(5010), 5000);
});

Deno.test("RateMeter.rate() falls to 0 once everything has left the window", () => {
  const meter = new RateMeter();
  meter.sample(10_000, 1000);
  assert.ok(meter.rate(3000) > 0);
  assert.equal(meter.rate(6500), 0);
});

Deno.test("RateMeter.rate() is as high after a pause as at the first start", () => {
  const meter = new RateMeter();
  meter.sample(1000, 0);
  meter.sample(3000, 60_000);
  assert.equal(meter.rate(60_000), 2000);
});
