// Clients with each other over loopback: what only shows when all parts are there.

import assert from "node:assert/strict";
import {
  Client,
  type ClientOptions,
  type PeerEvent,
  type RateLimits,
  type Torrent,
  type TorrentEvent,
} from "../../peer/mod.ts";
import { createPeerId, encodeReserved, MessageId } from "../../protocol/mod.ts";
import { freePort } from "../support/free_port.ts";
import { makeTorrent } from "../support/make_torrent.ts";
import { isHungUp, readUpTo, socketPair } from "../support/socket_pair.ts";
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

/** Resolves with the first event of `torrent` that `isIt` recognises. */
function eventOf(torrent: Torrent, isIt: (event: TorrentEvent) => boolean): Promise<TorrentEvent> {
  return new Promise((resolve) => {
    const end = torrent.subscribe((event) => {
      if (!isIt(event)) return;
      end();
      resolve(event);
    });
  });
}

const isConnected = (event: TorrentEvent) => event.type === "peer" && event.action === "connected";

Deno.test("Client counts a peer that is reached over IPv4 and IPv6 once, and does not connect to itself", async () => {
  await using temp = await makeTempDir();
  const torrent = await makeTorrent({ files: 500_000 });
  await torrent.writeTo(`${temp.path}/original`);
  const lines: string[] = [];
  const seeder = new Client({ diskWorkers: 1 });
  const dropped = Promise.withResolvers<void>();
  const leecher = new Client({
    diskWorkers: 1,
    // So slow that the first connection is there until the others have been tried.
    downloadLimit: 1,
    log: (line) => {
      lines.push(line);
      const isOver = (what: RegExp) => lines.some((each) => what.test(each));
      const isSecond = isOver(/dropped: connected already/) || isOver(/\[::1\].*(refused|unreachable)/);
      if (isSecond && isOver(/dropped: it is this client itself/)) dropped.resolve();
    },
  });
  const seeding = await seeder.add(torrent.metainfo, { path: `${temp.path}/original` });
  await seeding.completed();
  const leeching = await leecher.add(torrent.metainfo, { path: `${temp.path}/copy` });
  const connected = eventOf(leeching, isConnected);
  leeching.addPeers([{ ip: "127.0.0.1", port: seeder.port }]);
  await connected;
  leeching.addPeers([{ ip: "::1", port: seeder.port }, { ip: "127.0.0.1", port: leecher.port }]);
  await dropped.promise;
  assert.equal(leeching.peers, 1);
  assert.equal(seeding.peers, 1);
  await Promise.all([seeder.close(), leecher.close()]);
});

Deno.test("Client has no more connections than it may, all torrents together", async () => {
  await using temp = await makeTempDir();
  const torrents = await Promise.all([1, 2].map((seed) => makeTorrent({ files: 500_000, seed })));
  const refused = Promise.withResolvers<string>();
  const own = { hostname: "127.0.0.1", diskWorkers: 1, downloadLimit: 1 };
  const seeder = new Client({
    ...own,
    maxConnections: 1,
    log: (line) => {
      if (line.includes("refused")) refused.resolve(line);
    },
  });
  const leechers = [new Client(own), new Client(own)];
  for (const [i, torrent] of torrents.entries()) {
    const path = `${temp.path}/original${i}`;
    await torrent.writeTo(path);
    await (await seeder.add(torrent.metainfo, { path })).completed();
    const leeching = await (leechers[i] as Client).add(torrent.metainfo, { path: `${temp.path}/copy${i}` });
    const connected = eventOf(leeching, isConnected);
    leeching.addPeers([{ ip: "127.0.0.1", port: seeder.port }]);
    // The handshake comes before the refusal: the second one is connected for a moment.
    await connected;
  }
  assert.match(await refused.promise, /refused: 1 peers are connected already/);
  assert.equal(seeder.torrents.reduce((sum, { peers }) => sum + peers, 0), 1);
  await Promise.all([seeder, ...leechers].map((client) => client.close()));
});

// At a client's end the listener closes the connections of its callers, some of which have just shaken hands.
Deno.test("a caller whose connection is closed already costs a torrent that stops nothing", async () => {
  await using temp = await makeTempDir();
  const { metainfo } = await makeTorrent();
  const client = new Client({ hostname: "127.0.0.1" });
  const torrent = await client.add(metainfo, { path: temp.join("out") });
  const call = async () => {
    const [caller, conn] = await socketPair();
    caller.close();
    conn.close();
    const peerId = createPeerId();
    const infoHash = metainfo.infoHash.bytes;
    const reserved = new Uint8Array(8);
    torrent.accept(conn, { infoHash, peerId, reserved, protection: "none", received: new Uint8Array() }, {
      ip: "127.0.0.1",
      port: 1,
    });
  };
  await call(); // before it has joined its swarm
  while (torrent.state === "checking") await new Promise((wake) => setTimeout(wake, 5));
  const stopping = torrent.stop();
  await call();
  await stopping;
  await call();
  await client.close();
});

Deno.test("a torrent goes on with who has called while its data was being checked", async () => {
  await using temp = await makeTempDir();
  const made = await makeTorrent();
  await made.writeTo(temp.join("original"));
  const client = new Client({ hostname: "127.0.0.1", diskWorkers: 1 });
  const torrent = await client.add(made.metainfo, { path: temp.join("original") });
  assert.equal(torrent.state, "checking");
  const [caller, conn] = await socketPair();
  torrent.accept(conn, {
    infoHash: made.metainfo.infoHash.bytes,
    peerId: createPeerId(),
    reserved: encodeReserved({ fast: true, extended: false }),
    protection: "none",
    received: new Uint8Array(),
  }, { ip: "127.0.0.1", port: 1 });
  const first = await readUpTo(caller, 5);
  assert.deepEqual([...first], [0, 0, 0, 1, MessageId.haveAll]);
  assert.deepEqual([torrent.state, torrent.peers], ["seeding", 1]);

  const other = await makeTorrent({ files: 300_000 });
  await other.writeTo(temp.join("other"));
  const stopped = await client.add(other.metainfo, { path: temp.join("other") });
  const [second, secondConn] = await socketPair();
  stopped.accept(secondConn, {
    infoHash: other.metainfo.infoHash.bytes,
    peerId: createPeerId(),
    reserved: new Uint8Array(8),
    protection: "none",
    received: new Uint8Array(),
  }, { ip: "127.0.0.1", port: 1 });
  await Promise.all([stopped.stop(), isHungUp(second)]);
  caller.close();
  second.close();
  await client.close();
});

Deno.test("Client with options that can't be leaves its port free", () => {
  const port = freePort();
  const own = { hostname: "127.0.0.1", port };
  assert.throws(() => new Client({ ...own, diskWorkers: 0 }), RangeError);
  assert.throws(() => new Client({ ...own, downloadLimit: -1 }), RangeError);
  Deno.listen(own).close();
});

Deno.test("Client.remove() of a torrent that was removed before leaves the one that was added since", async () => {
  await using temp = await makeTempDir();
  const { metainfo } = await makeTorrent();
  const client = new Client({ hostname: "127.0.0.1", diskWorkers: 1 });
  const first = await client.add(metainfo, { path: temp.join("first") });
  await Promise.all([client.remove(first), client.remove(first)]);
  const second = await client.add(metainfo, { path: temp.join("second") });
  await client.remove(first);
  assert.deepEqual(client.torrents, [second]);
  await assert.rejects(client.add(metainfo, { path: temp.join("third") }), /it is here already/);
  await client.close();
  assert.equal(second.state, "stopped");
});

Deno.test("Client.add() while the same torrent is being removed has encrypted callers find the new one", async () => {
  await using temp = await makeTempDir();
  const { metainfo, writeTo } = await makeTorrent();
  await writeTo(temp.join("original"));
  const own = { hostname: "127.0.0.1", diskWorkers: 1, encryption: "required" } as const;
  const [client, other] = [new Client(own), new Client(own)];
  const first = await client.add(metainfo, { path: temp.join("original") });
  await first.stop();
  const removing = client.remove(first);
  const second = await client.add(metainfo, { path: temp.join("original") });
  await removing;
  await second.completed();
  const leecher = await other.add(metainfo, { path: temp.join("copy") });
  leecher.addPeers([{ ip: "127.0.0.1", port: client.port }]);
  await leecher.completed();
  await Promise.all([client.close(), other.close()]);
});

Deno.test("Client.add() of a torrent that is being removed waits until that has left, and only one may follow", async () => {
  await using temp = await makeTempDir();
  const { metainfo } = await makeTorrent();
  const client = new Client({ hostname: "127.0.0.1", diskWorkers: 1 });
  const first = await client.add(metainfo, { path: temp.join("out") });
  const removals = [client.remove(first), client.remove(first)];
  assert.throws(() => client.find(`magnet:?xt=urn:btih:${metainfo.infoHash.hex}`), {
    message: `Cannot find the magnet link's torrent: it is being removed: got ${metainfo.infoHash.hex}`,
  });
  const adding = ["out", "other"].map((name) => client.add(metainfo, { path: temp.join(name) }));
  const results = await Promise.allSettled(adding);
  assert.equal(first.state, "stopped");
  await Promise.all(removals);
  const refused = results.flatMap((result) => result.status === "rejected" ? [String(result.reason)] : []);
  assert.deepEqual(refused, [
    `Error: Cannot add ${metainfo.name}: it is here already: got ${metainfo.infoHash.hex}`,
  ]);
  const [second] = client.torrents;
  assert.ok(second !== undefined && second !== first);
  await Promise.all([client.remove(second), client.remove(first)]);
  assert.deepEqual(client.torrents, []);
  await client.close();
});
