import assert from "node:assert/strict";
import { Heartbeat } from "../../peer/heartbeat.ts";

function member(dueAt: number) {
  const ticks: number[] = [];
  return { dueAt, ticks, tick: (now: number) => void ticks.push(now) };
}

Deno.test("Heartbeat.beat() calls who is due, and nobody else", () => {
  const heartbeat = new Heartbeat();
  const [always, later, never] = [member(-Infinity), member(5000), member(Infinity)];
  for (const each of [always, later, never]) heartbeat.add(each);
  for (const now of [1000, 4999, 5000]) heartbeat.beat(now);
  assert.deepEqual([always.ticks, later.ticks, never.ticks], [[1000, 4999, 5000], [5000], []]);
  for (const each of [always, later, never]) heartbeat.remove(each);
});

Deno.test("Heartbeat has no timer before its first member and after its last: sanitizers would tell", () => {
  const heartbeat = new Heartbeat();
  const [a, b] = [member(0), member(0)];
  heartbeat.add(a);
  heartbeat.add(b);
  heartbeat.remove(a);
  heartbeat.remove(a);
  heartbeat.remove(b);
  heartbeat.beat(1000);
  assert.deepEqual([a.ticks, b.ticks], [[], []]);
});

Deno.test("Heartbeat lets a member leave, and another come, in the middle of a beat", () => {
  const heartbeat = new Heartbeat();
  const late = member(0);
  const leaver = {
    dueAt: 0,
    tick: () => {
      heartbeat.remove(leaver);
      heartbeat.add(late);
    },
  };
  heartbeat.add(leaver);
  heartbeat.beat(1000);
  heartbeat.beat(2000);
  assert.ok(late.ticks.includes(2000));
  heartbeat.remove(late);
});
