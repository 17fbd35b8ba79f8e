// A disk that takes seconds for each piece, in simulated time: the download waits for it in bounded memory, loses no peer,
// and ends when the disk does.

import assert from "node:assert/strict";
import { MemorySwarm } from "../../support/memory_swarm.ts";
import type { Fault } from "./fault.ts";

const MiB = 1024 * 1024;
const PIECES = 40;
/** For each piece; pieces wait in a few buffers meanwhile. */
const DISK_MS = 4000;
const BUFFERS = 4;
const SEEDERS = 5;

export const SLOW_DISK: Fault = {
  name: `a disk that takes ${DISK_MS / 1000} s for each piece`,
  async attempt(_temp, random) {
    const swarm = new MemorySwarm({
      totalLength: PIECES * MiB,
      pieceLength: MiB,
      diskMs: DISK_MS,
      seed: random.below(2 ** 32),
    });
    const seeders = Array.from(
      { length: SEEDERS },
      (_, i) => swarm.add({ name: `${i}`, isSeeder: true }, []),
    );
    const leecher = swarm.add({ name: "leecher", buffers: BUFFERS, downRate: 100e6 }, seeders);
    const seconds = await swarm.run(3_600_000, () => leecher.engine.isComplete);
    assert.equal(leecher.engine.isComplete, true, `not complete after ${seconds} s`);
    assert.deepEqual(leecher.banned, []);
    // All buffers are with the disk nearly all the time, and nothing is fetched twice for it.
    assert.ok(seconds < 2 * PIECES * DISK_MS / 1000 / BUFFERS, `took ${seconds} s`);
    assert.ok(leecher.engine.wasted < PIECES * MiB * 0.05, `${leecher.engine.wasted} bytes came twice`);
    await swarm.close();
    assert.equal(leecher.buffers.lent, 0, "buffers are lost");
  },
};
