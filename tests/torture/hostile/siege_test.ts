// Twelve strangers of each kind around one peer and its four honest seeders: the download takes less than twice its time.

import assert from "node:assert/strict";
import { MISDEEDS } from "./misdeeds.ts";
import { MemorySwarm } from "../../support/memory_swarm.ts";
import { SeededRandom } from "../../support/random.ts";
import { besiege, lossesOf } from "./siege.ts";
import { Stranger } from "./stranger.ts";

const SEED = 1;
const honest = await besiege(undefined, SEED);

Deno.test("a peer among the honest alone downloads as fast as they send", () => {
  assert.deepEqual(lossesOf(honest, honest), []);
  assert.equal(honest.banned, 0);
});

for (const misdeed of MISDEEDS) {
  Deno.test(`a peer among twelve strangers and four honest keeps these and its time: ${misdeed.name}`, async () => {
    const siege = await besiege(misdeed, SEED);
    assert.deepEqual(lossesOf(siege, honest), []);
    if (misdeed.name.startsWith("wrong data")) assert.ok(siege.banned > 0, "nobody was banned");
  });
}

for (const misdeed of MISDEEDS.filter(({ name }) => name.startsWith("wrong data"))) {
  Deno.test(`a liar among nine honest peers is found and banned, and nobody else: ${misdeed.name}`, async () => {
    const nine = { honest: 9, strangers: 1 };
    const siege = await besiege(misdeed, SEED, nine);
    assert.deepEqual(lossesOf(siege, await besiege(undefined, SEED, nine)), []);
    assert.equal(siege.banned, 1);
  });
}

// Found by `deno task torture hostile`: three of them held each of the last blocks for a minute, or for ever.
for (
  const [name, seed] of [["choke flapping, requests lost", 5], [
    "pieces had and not had, over and over",
    2,
  ]] as const
) {
  Deno.test(`peers that take requests and let them lie do not hold the last blocks: ${name} (seed ${seed})`, async () => {
    const misdeed = MISDEEDS.find((each) => each.name === name);
    assert.deepEqual(lossesOf(await besiege(misdeed, seed), await besiege(undefined, seed)), []);
  });
}

Deno.test("a liar that is alone is banned, nothing of it is kept, and the first honest peer brings everything", async () => {
  const [liar] = MISDEEDS.filter(({ name }) => name === "wrong data in every block");
  assert.ok(liar !== undefined);
  const swarm = new MemorySwarm({ totalLength: 1 << 22, pieceLength: 1 << 18 });
  const victim = swarm.add({ name: "victim" });
  new Stranger(swarm, victim, { number: 1, misdeed: liar, random: new SeededRandom(SEED) });
  await swarm.run(60_000, () => victim.banned.length > 0);
  assert.equal(victim.banned.length, 1);
  assert.equal(victim.engine.have.count, 0);
  swarm.add({ name: "honest", isSeeder: true });
  await swarm.run(60_000);
  assert.equal(victim.engine.isComplete, true);
  await swarm.close();
});
