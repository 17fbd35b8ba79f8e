// Clients with each other over loopback: what only shows when all parts are there.

import assert from "node:assert/strict";
import { Client, type ClientOptions, type PeerEvent, type RateLimits } from "../../peer/mod.ts";
import { makeTorrent } from "../support/make_torrent.ts";
import { makeTempDir } from "../support/temp_dir.ts";

const LENGTH = 3_000_000;
/** Bytes a second. What may pass at once is a quarter of it. */
const LIMIT = 2_000_000;
const LEAST_MS = (LENGTH - LIMIT / 4) / LIMIT * 1000;

interface Plan {
  seeder?: ClientOptions;
  leecher?: ClientOptions;
  seederTorrent?: RateLimits;
  leecherTorrent?: RateLimits;
}

/** One client gets it all from another. How long that took, and how they were connected. */
async function transfer({ seeder, leecher, seederTorrent, leecherTorrent }: Plan) {
  await using temp = await makeTempDir();
  const torrent = await makeTorrent({ files: LENGTH, pieceLength: 2 ** 18 });
  await torrent.writeTo(`${temp.path}/original`);
  const own = { hostname: "127.0.0.1", diskWorkers: 1 };
  const clients = [new Client({ ...own, ...seeder }), new Client({ ...own, ...leecher })] as const;
  try {
    const seeding = await clients[0].add(torrent.metainfo, {
      path: `${temp.path}/original`,
      ...seederTorrent,
    });
    await seeding.completed();
    const start = performance.now();
    const leeching = await clients[1].add(torrent.metainfo, { path: `${temp.path}/copy`, ...leecherTorrent });
    const peers: PeerEvent[] = [];
    leeching.subscribe((event) => {
      if (event.type === "peer") peers.push(event);
    });
    leeching.addPeers([{ ip: "127.0.0.1", port: clients[0].port }]);
    await leeching.completed();
    const ms = performance.now() - start;
    await torrent.compareWith(`${temp.path}/copy`);
    return { ms, encryption: peers[0]?.encryption };
  } finally {
    await Promise.all(clients.map((client) => client.close()));
  }
}

Deno.test("Client holds its limits and those of its torrents, in both directions", async (t) => {
  const plans: [name: string, plan: Plan][] = [
    ["the seeder's upload", { seeder: { uploadLimit: LIMIT } }],
    ["the seeding torrent's upload", { seederTorrent: { uploadLimit: LIMIT } }],
    ["the leecher's download", { leecher: { downloadLimit: LIMIT } }],
    ["the leeching torrent's download", { leecherTorrent: { downloadLimit: LIMIT } }],
  ];
  for (const [name, plan] of plans) {
    await t.step(name, async () => {
      const { ms } = await transfer(plan);
      // How much longer it takes is the machine's affair; that it can't be faster is what a limit says.
      assert.ok(ms >= LEAST_MS, `must take ${LEAST_MS} ms: took ${ms}`);
    });
  }
});

Deno.test("Client encrypts as the two sides' policies have it", async () => {
  assert.equal((await transfer({})).encryption, "none");
  assert.equal((await transfer({ seeder: { encryption: "required" } })).encryption, "rc4");
  assert.equal((await transfer({ leecher: { encryption: "preferred" } })).encryption, "handshake");
});

Deno.test("Client.setLimits() and Torrent.setLimits() change limits at once, and refuse what is none", async () => {
  await using temp = await makeTempDir();
  const torrent = await makeTorrent({ files: LENGTH });
  await torrent.writeTo(`${temp.path}/original`);
  const own = { hostname: "127.0.0.1", diskWorkers: 1 };
  // At a byte a second, neither would be here before next month.
  const seeder = new Client({ ...own, uploadLimit: 1 });
  const leecher = new Client(own);
  const seeding = await seeder.add(torrent.metainfo, { path: `${temp.path}/original` });
  await seeding.completed();
  const leeching = await leecher.add(torrent.metainfo, { path: `${temp.path}/copy`, downloadLimit: 1 });
  leeching.addPeers([{ ip: "127.0.0.1", port: seeder.port }]);
  await new Promise<void>((resolve) => {
    const end = leeching.subscribe((event) => {
      if (event.type !== "peer") return;
      end();
      resolve();
    });
  });
  seeder.setLimits({ uploadLimit: Infinity });
  leeching.setLimits({ downloadLimit: 0 });
  await leeching.completed();
  await torrent.compareWith(`${temp.path}/copy`);
  assert.throws(() => seeder.setLimits({ uploadLimit: -1 }), RangeError);
  assert.throws(() => leeching.setLimits({ downloadLimit: NaN }), {
    message: "Cannot limit the rate: downloadLimit must be 0 or more: got NaN",
  });
  await Promise.all([seeder.close(), leecher.close()]);
});
