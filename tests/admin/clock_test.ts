import assert from "node:assert/strict";
import { Clock } from "../../admin/clock.ts";

Deno.test("Clock is the tracker's and goes on between answers", () => {
  let now = 500;
  const clock = new Clock(() => now);
  clock.tick();
  assert.equal(clock.tracker.value, 0, "nothing is known of the tracker's clock yet");
  assert.equal(clock.answeredAt.value, null);
  now = 1000;
  clock.hear({ now: 1_000_000 });
  now = 4000;
  clock.tick();
  assert.equal(clock.tracker.value, 1_003_000);
  assert.equal(clock.answeredAt.value, 1_000_000);
  assert.equal(clock.monotonic.value, 4000);
});

Deno.test("Clock isn't set back by an answer that comes again because nothing else is new", () => {
  let now = 0;
  const clock = new Clock(() => now);
  const answer = { now: 1_000_000 };
  clock.hear(answer);
  now = 60_000;
  clock.hear(answer);
  assert.equal(clock.tracker.value, 1_060_000);
  assert.equal(clock.answeredAt.value, 1_060_000, "but the tracker has answered");
  clock.hear({ now: 1_070_000 });
  assert.equal(clock.tracker.value, 1_070_000);
});

Deno.test("Clock goes by the youngest answer, unless the tracker's clock was set back", () => {
  let now = 0;
  const clock = new Clock(() => now);
  clock.hear({ now: 1_000_000 });
  now = 1000;
  // It was made for another page, most of a second ago.
  clock.hear({ now: 1_000_050 });
  assert.equal(clock.tracker.value, 1_001_000);
  now = 2000;
  clock.hear({ now: 1_002_100 });
  assert.equal(clock.tracker.value, 1_002_100);
  clock.hear({ now: 990_000 });
  assert.equal(clock.tracker.value, 990_000);
});
