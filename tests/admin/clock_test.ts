import assert from "node:assert/strict";
import { Clock } from "../../admin/clock.ts";

Deno.test("Clock is the tracker's and goes on between answers", () => {
  let now = 500;
  const clock = new Clock(() => now);
  clock.tick();
  assert.equal(clock.tracker.value, 0, "nothing is known of the tracker's clock yet");
  assert.equal(clock.answeredAt.value, null);
  now = 1000;
  clock.set(1_000_000);
  now = 4000;
  clock.tick();
  assert.equal(clock.tracker.value, 1_003_000);
  assert.equal(clock.answeredAt.value, 1_000_000);
  assert.equal(clock.monotonic.value, 4000);
});
