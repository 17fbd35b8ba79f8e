// Whole swarms in simulated time: what only shows between many peers.

import assert from "node:assert/strict";
import { MemorySwarm, type SwarmNode } from "../../support/memory_swarm.ts";

const MiB = 1024 * 1024;

/** Stops everything and makes sure that no buffer was lost. */
async function end(swarm: MemorySwarm): Promise<void> {
  await swarm.close();
  for (const { name, buffers } of swarm.nodes) assert.equal(buffers.lent, 0, `${name} has lost a buffer`);
}

function leechers(swarm: MemorySwarm, count: number): SwarmNode[] {
  return Array.from({ length: count }, (_, i) => swarm.add({ name: `leecher ${i + 1}` }));
}

Deno.test("Swarm: one seeder brings 200 MB to eight leechers and sends it less than twice, for the leechers trade", async () => {
  const totalLength = 200 * MiB;
  for (const rate of [10e6, 100e6]) {
    const swarm = new MemorySwarm({ totalLength, pieceLength: MiB });
    const seeder = swarm.add({ name: "seeder", isSeeder: true, upRate: rate, downRate: 10 * rate });
    for (let i = 1; i <= 8; i++) swarm.add({ name: `leecher ${i}`, upRate: rate, downRate: 10 * rate });
    const seconds = await swarm.run();
    assert.equal(swarm.isComplete, true);
    const factor = seeder.engine.uploaded / totalLength;
    assert.ok(factor < 2, `the seeder sent ${factor.toFixed(2)} times the file`);
    // With every uplink busy all the time it would take 8/9 of this.
    assert.ok(seconds < 2 * totalLength / rate, `took ${seconds} s`);
    for (const { name, engine } of swarm.nodes) {
      assert.ok(engine.wasted < totalLength * 0.02, `${name} wasted ${engine.wasted} bytes`);
    }
    await end(swarm);
  }
});

Deno.test("Swarm: peers with and without the fast extension trade with each other", async () => {
  const swarm = new MemorySwarm({ totalLength: 30 * MiB, pieceLength: MiB / 4 });
  swarm.add({ name: "seeder", isSeeder: true, upRate: 1e6 });
  for (let i = 1; i <= 12; i++) swarm.add({ name: `leecher ${i}`, upRate: 1e6, isFast: i % 2 === 0 });
  await swarm.run();
  assert.equal(swarm.isComplete, true);
  for (const { name, engine, closeReasons } of swarm.nodes) {
    assert.ok(engine.wasted < 30 * MiB * 0.05, `${name} wasted ${engine.wasted} bytes`);
    for (const reason of closeReasons) assert.match(reason, /everything|hung up/, name);
  }
  await end(swarm);
});

Deno.test("Swarm: the same seed gives the same run, another seed another", async () => {
  const runs: string[] = [];
  for (const seed of [1, 1, 2]) {
    const swarm = new MemorySwarm({ totalLength: 8 * MiB, pieceLength: MiB / 4, seed });
    swarm.add({ name: "seeder", isSeeder: true });
    leechers(swarm, 4);
    await swarm.run();
    runs.push(swarm.nodes.map(({ engine, completeAt }) => `${engine.uploaded} ${completeAt}`).join());
    await end(swarm);
  }
  assert.equal(runs[0], runs[1]);
  assert.notEqual(runs[0], runs[2]);
});

Deno.test("Swarm: who takes and never gives gets the least, and is done last", async () => {
  for (const seed of [1, 2, 3]) {
    const swarm = new MemorySwarm({ totalLength: 60e6, pieceLength: MiB / 8, seed });
    // Everybody has a part that others lack, so that there is something to trade, and slots are scarce.
    swarm.add({ name: "seeder", isSeeder: true, upRate: 100e3 });
    const rider = swarm.add({ name: "free rider", isSelfish: true, part: 0.3 });
    const honest = Array.from(
      { length: 12 },
      (_, i) => swarm.add({ name: `${i}`, upRate: 100e3, part: 0.3 }),
    );
    const had = new Map(swarm.nodes.map((node) => [node, node.engine.have.count]));
    const gained = (node: SwarmNode) => node.engine.have.count - (had.get(node) ?? 0);
    await swarm.run(3_600_000, () => honest.some(({ engine }) => engine.isComplete));
    const average = honest.reduce((sum, node) => sum + gained(node), 0) / honest.length;
    assert.ok(gained(rider) < 0.8 * average, `the rider has gained ${gained(rider)}, the others ${average}`);
    await swarm.run();
    assert.equal(swarm.isComplete, true);
    for (const { name, completeAt } of honest) {
      assert.ok((completeAt ?? Infinity) < (rider.completeAt ?? 0), `${name} at ${completeAt}, seed ${seed}`);
    }
    await end(swarm);
  }
});

Deno.test("Swarm: one liar among nine honest seeders is banned, and nobody else", async () => {
  for (const part of [1, 0.05]) {
    const swarm = new MemorySwarm({ totalLength: 40 * MiB, pieceLength: MiB });
    let blocks = 0;
    const honest = Array.from(
      { length: 9 },
      (_, i) => swarm.add({ name: `honest ${i}`, isSeeder: true, upRate: 1e6 }),
    );
    const liar = swarm.add({
      name: "liar",
      isSeeder: true,
      upRate: 1e6,
      spoil: (_index, _begin, block) => {
        if (blocks++ * part % 1 < part) block[9] = ~(block[9] as number);
      },
    });
    const leecher = swarm.add({ name: "leecher" }, [liar, ...honest]);
    await swarm.run();
    assert.equal(leecher.engine.isComplete, true);
    assert.ok(leecher.rejected.length > 0);
    assert.deepEqual(
      leecher.banned.map(({ peerId }) => new TextDecoder().decode(peerId).replaceAll("-", "")),
      ["liar"],
      `a liar in ${part} of its blocks`,
    );
    await end(swarm);
  }
});

Deno.test("Swarm: leechers that pass a liar's bytes on only after the hash are not taken for liars", async () => {
  const swarm = new MemorySwarm({ totalLength: 20 * MiB, pieceLength: MiB / 2 });
  swarm.add({ name: "seeder", isSeeder: true });
  swarm.add({ name: "liar", isSeeder: true, spoil: (_index, _begin, block) => block.fill(0) });
  const honest = leechers(swarm, 5);
  await swarm.run();
  assert.equal(swarm.isComplete, true);
  for (const { name, banned } of honest) {
    for (const { peerId } of banned) assert.match(new TextDecoder().decode(peerId), /^liar/, name);
  }
  await end(swarm);
});

Deno.test("Swarm: garbage ends its own connection, everything else goes on", async () => {
  const garbage: { name: string; bytes: number[] }[] = [
    { name: "a message of 4 GiB", bytes: [0xff, 0xff, 0xff, 0xff] },
    { name: "a have out of range", bytes: [0, 0, 0, 5, 4, 0, 0, 0xff, 0xff] },
    { name: "a later bitfield of the wrong length", bytes: [0, 0, 0, 4, 5, 0xff, 0xff, 0xff] },
    { name: "a block never asked for", bytes: [0, 0, 0, 10, 7, 0, 0, 0, 0, 0, 0, 0, 0, 1] },
    { name: "a request out of range", bytes: [0, 0, 0, 13, 6, 0, 0, 0, 99, 0, 0, 0, 0, 0, 0, 0x40, 0] },
    { name: "a choke with a body", bytes: [0, 0, 0, 2, 0, 0] },
  ];
  for (const { name, bytes } of garbage) {
    const swarm = new MemorySwarm({ totalLength: 8 * MiB, pieceLength: MiB });
    const seeder = swarm.add({ name: "seeder", isSeeder: true });
    const leecher = swarm.add({ name: "leecher" });
    const vandal = swarm.add({ name: "vandal", isSeeder: true }, []);
    const [wire] = swarm.connect(leecher, vandal);
    swarm.simulation.at(200, () => wire.receive(Uint8Array.from(bytes)));
    await swarm.run();
    assert.equal(leecher.engine.isComplete, true, name);
    assert.equal(wire.isClosed, true, name);
    assert.match(leecher.closeReasons[0] ?? "", /^Cannot accept/, name);
    assert.ok(seeder.engine.uploaded > 0);
    await end(swarm);
  }
});

Deno.test("Swarm: peers that come and go in the middle of everything do not stop the others", async () => {
  const swarm = new MemorySwarm({ totalLength: 30 * MiB, pieceLength: MiB });
  const seeder = swarm.add({ name: "seeder", isSeeder: true });
  const stayers = leechers(swarm, 4);
  const leavers = leechers(swarm, 4);
  leavers.forEach((leaver, i) => swarm.simulation.at(400 + i * 700, () => leaver.engine.close()));
  swarm.simulation.at(3000, () => void swarm.add({ name: "latecomer" }));
  await swarm.run(600_000, () => stayers.every(({ engine }) => engine.isComplete));
  assert.ok(stayers.every(({ engine }) => engine.isComplete));
  assert.ok(leavers.some(({ engine }) => !engine.isComplete));
  assert.ok(seeder.engine.uploaded > 0);
  await end(swarm);
});

Deno.test("Swarm: once everything is out, the leechers finish without the seeder", async () => {
  const swarm = new MemorySwarm({ totalLength: 30 * MiB, pieceLength: MiB / 2 });
  const seeder = swarm.add({ name: "seeder", isSeeder: true });
  const others = leechers(swarm, 4);
  const isOut = () => {
    for (let index = 0; index < swarm.layout.pieceCount; index++) {
      if (!others.some(({ engine }) => engine.have.has(index))) return false;
    }
    return true;
  };
  await swarm.run(600_000, isOut);
  assert.ok(others.some(({ engine }) => !engine.isComplete));
  seeder.engine.close();
  await swarm.run(600_000);
  assert.equal(swarm.isComplete, true);
  await end(swarm);
});

Deno.test("Swarm: twenty slow seeders and four buffers do not hold a fast seeder up", async () => {
  const totalLength = 50 * MiB;
  const swarm = new MemorySwarm({ totalLength, pieceLength: MiB });
  const seeders = Array.from(
    { length: 20 },
    (_, i) => swarm.add({ name: `slow ${i}`, isSeeder: true, upRate: 20e3 }),
  );
  seeders.push(swarm.add({ name: "fast", isSeeder: true, upRate: 10e6 }));
  const leecher = swarm.add({ name: "leecher", buffers: 4, downRate: 100e6 }, seeders);
  const seconds = await swarm.run(600_000, () => leecher.engine.isComplete);
  assert.equal(leecher.engine.isComplete, true);
  assert.ok(seconds < 2 * totalLength / 10e6, `took ${seconds} s`);
  await end(swarm);
});

Deno.test("Swarm: a stalled seeder that holds the last blocks costs seconds, not a minute", async () => {
  const swarm = new MemorySwarm({ totalLength: 10 * MiB, pieceLength: MiB });
  const stalled = swarm.add({ name: "stalled", isSeeder: true, upRate: 100 });
  const good = swarm.add({ name: "good", isSeeder: true, upRate: 2e6 });
  const leecher = swarm.add({ name: "leecher" }, [stalled, good]);
  const seconds = await swarm.run(600_000, () => leecher.engine.isComplete);
  assert.ok(seconds < 12, `took ${seconds} s`);
  await end(swarm);
});
