// What trading comes to among fifty engines: who gives is served first, and nobody waits much longer than need be.

import assert from "node:assert/strict";
import { describeTrade, trade } from "../../support/trading.ts";

Deno.test("Swarm of 50: every leecher ends within 1.5 times the ideal time, free riders last", async () => {
  const outcome = await trade({
    pieceCount: 96,
    seederRate: 300e3,
    groups: [{ rate: 60e3, count: 15 }, { rate: 75e3, count: 15 }, { rate: 90e3, count: 15 }],
    freeRiders: 4,
  });
  console.log(describeTrade("49 leechers, one seeder of 300 kB/s", outcome));
  const { traders, idealSeconds } = outcome;
  for (const { name, seconds } of traders) {
    assert.ok(seconds < 1.5 * idealSeconds, `${name} took ${seconds} s, ideal are ${idealSeconds}`);
  }
  const riders = traders.filter(({ isRider }) => isRider);
  const givers = traders.filter(({ isRider }) => !isRider).toSorted((a, b) => a.seconds - b.seconds);
  const lastGiver = givers.at(-1);
  assert.ok(lastGiver !== undefined && riders.length === 4);
  const average = riders.reduce((sum, { seconds }) => sum + seconds, 0) / riders.length;
  assert.ok(average > lastGiver.seconds, `riders after ${average} s, all givers after ${lastGiver.seconds}`);
  for (const { name, seconds, partAtHalf } of riders) {
    const before = givers.filter((giver) => giver.seconds < seconds).length;
    assert.ok(before >= 0.9 * givers.length, `${name} ended after ${before} of those that give`);
    assert.ok(partAtHalf < 0.7, `${name} had ${partAtHalf} of it when half of those that give were complete`);
  }
});

Deno.test("Swarm of 25: super-seeding sends little more than one copy, and everybody gets everything", async () => {
  const plan = { pieceCount: 96, seederRate: 300e3, groups: [{ rate: 75e3, count: 24 }], freeRiders: 0 };
  const usual = await trade(plan);
  const once = await trade({ ...plan, superSeeding: true });
  console.log(describeTrade("24 leechers, one seeder of 300 kB/s", usual));
  console.log(describeTrade("The same with super-seeding", once));
  assert.ok(once.copies >= 1 && once.copies < 1.3, `sent ${once.copies} copies`);
  assert.ok(usual.copies > 2 * once.copies, `sent ${usual.copies} copies without, ${once.copies} with it`);
  for (const { name, seconds } of once.traders) {
    assert.ok(seconds < 2 * once.idealSeconds, `${name} took ${seconds} s`);
  }
});
