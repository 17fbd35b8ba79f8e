// Two clients over loopback: one has everything, the other wants a part of it.

import assert from "node:assert/strict";
import { PeerPool } from "../../peer/engine/peer_pool.ts";
import { Client, type Torrent, type TorrentEvent, type TorrentOptions } from "../../peer/mod.ts";
import { DiskPool } from "../../peer/storage/worker_pool.ts";
import { type MadeTorrent, makeTorrent } from "../support/make_torrent.ts";
import { makeTempDir, type TempDir } from "../support/temp_dir.ts";

interface Pair extends AsyncDisposable {
  leecher: Torrent;
  seeder: Torrent;
  /** The leecher's. */
  port: number;
  events: TorrentEvent[];
  /** Settles with the next event of this type. */
  next(type: TorrentEvent["type"]): Promise<TorrentEvent>;
}

/** A seeder, and a leecher that knows where it is. */
async function pair(made: MadeTorrent, dir: TempDir, options: Omit<TorrentOptions, "path">): Promise<Pair> {
  await made.writeTo(dir.join("original"));
  const giving = new Client({ hostname: "127.0.0.1" });
  const taking = new Client({ hostname: "127.0.0.1", diskWorkers: 1 }); // one that stores pieces as they come
  const seeder = await giving.add(made.metainfo, { path: dir.join("original") });
  await seeder.completed();
  const leecher = await taking.add(made.metainfo, { path: dir.join("out"), ...options });
  const events: TorrentEvent[] = [];
  leecher.subscribe((event) => events.push(event));
  leecher.addPeers([{ ip: "127.0.0.1", port: giving.port }]);
  return {
    leecher,
    seeder,
    port: taking.port,
    events,
    next: (type) =>
      new Promise((resolve) => {
        const end = leecher.subscribe((event) => {
          if (event.type !== type) return;
          end();
          resolve(event);
        });
      }),
    [Symbol.asyncDispose]: async () => {
      await taking.close();
      await giving.close();
    },
  };
}

async function names(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).toSorted();
}

async function isWhole(made: MadeTorrent, dir: TempDir, index: number): Promise<boolean> {
  const { offset, length, path } = made.metainfo.files[index] as MadeTorrent["metainfo"]["files"][number];
  const bytes = await Deno.readFile(dir.join("out", ...path));
  return bytes.length === length && bytes.every((byte, i) => byte === made.content[offset + i]);
}

/** What its part file is called. */
function partsOf({ metainfo }: MadeTorrent): string {
  return `.out.${metainfo.infoHash.hex.slice(0, 16)}.parts`;
}

/** Counts the calls of a method until the end of the scope. */
function countCalls<K extends string>(
  prototype: Record<K, (argument: never) => unknown>,
  name: K,
): Disposable & { count: number } {
  const real = prototype[name];
  const calls = { count: 0, [Symbol.dispose]: () => void (prototype[name] = real) };
  prototype[name] = function (argument) {
    calls.count++;
    return real.call(this, argument);
  };
  return calls;
}

/** On borders of pieces, so that no file shares one with another. */
const apart = () => makeTorrent({ files: [96_000, 64_000, 32_000], pieceLength: 32_000 });

Deno.test("Torrent with a selection fetches that and makes no other file; complete means the selection", async () => {
  await using dir = await makeTempDir();
  const made = await apart();
  await using pairing = await pair(made, dir, { select: [1] });
  const { leecher, events } = pairing;
  await leecher.completed();
  assert.deepEqual([leecher.isFinished, leecher.isComplete, leecher.state], [true, false, "seeding"]);
  assert.deepEqual([0, 1, 2].map((index) => leecher.priority(index)), ["skip", "normal", "skip"]);
  assert.equal(await isWhole(made, dir, 1), true);
  assert.deepEqual(await names(dir.join("out")), ["1"]);
  assert.equal(leecher.downloaded, 64_000);
  const progress = events.findLast((event) => event.type === "progress");
  assert.deepEqual([progress?.progress, progress?.left], [1, 128_000]);
});

Deno.test("Torrent.setPriority() of a skipped file brings it, too, and completes again", async () => {
  await using dir = await makeTempDir();
  const made = await apart();
  await using pairing = await pair(made, dir, { select: [2] });
  const { leecher, next } = pairing;
  await leecher.completed();
  leecher.setPriority(0, "high");
  assert.deepEqual([leecher.isFinished, leecher.state], [false, "downloading"]);
  await next("complete");
  assert.equal(await isWhole(made, dir, 0), true);
  assert.deepEqual(await names(dir.join("out")), ["0", "2"]);
  leecher.setPriority(1, "low");
  leecher.setPriority(1, "skip");
  assert.equal(leecher.isFinished, true);
});

/** Ten pieces: file 0 has 0 to 2, file 1 the rest of 2 to 5, file 2 the rest of 5 to 9. */
const together = () => makeTorrent({ files: [90_000, 90_000, 140_000], pieceLength: 32_000 });

Deno.test("Torrent that is told to want one file in another's place goes on at once, with the peers it had", async () => {
  await using dir = await makeTempDir();
  const made = await apart();
  await using pairing = await pair(made, dir, { select: [0], downloadLimit: 1 });
  const { events, leecher, next } = pairing;
  await next("peer");
  using hurries = countCalls(PeerPool.prototype, "hurry");
  leecher.setPriority(0, "skip"); // for a moment it has all it wants, and parts from seeders
  leecher.setPriority(1, "normal");
  assert.deepEqual([leecher.state, hurries.count], ["downloading", 1]);
  leecher.setLimits({ downloadLimit: 0 });
  await leecher.completed();
  assert.deepEqual([leecher.isFinished, leecher.isComplete, leecher.state], [true, false, "seeding"]);
  assert.equal(await isWhole(made, dir, 1), true);
  assert.equal(events.filter(({ type }) => type === "complete").length, 1);
});

Deno.test("Torrent that finishes twice before the disk has answered completes once", async () => {
  await using dir = await makeTempDir();
  const made = await apart();
  const { events, leecher, next, ...pairing } = await pair(made, dir, { select: [0], downloadLimit: 1 });
  await next("peer");
  for (const priority of ["skip", "normal", "skip"] as const) leecher.setPriority(0, priority);
  await leecher.completed();
  await pairing[Symbol.asyncDispose]();
  assert.equal(events.filter(({ type }) => type === "complete").length, 1);
});

Deno.test("Torrent keeps what comes of skipped files with wanted pieces in a part file, also for the next start", async () => {
  await using dir = await makeTempDir();
  const made = await together();
  const parts = partsOf(made);
  {
    await using pairing = await pair(made, dir, { select: [1] });
    await pairing.leecher.completed();
    assert.equal(await isWhole(made, dir, 1), true);
    assert.deepEqual(await names(dir.join("out")), ["1"]);
    assert.deepEqual((await names(dir.path)).filter((name) => name !== "original"), [parts, "out"]);
    const { size } = await Deno.stat(dir.join(parts));
    assert.ok(size > 32_000 && size <= 2 * 32_000, `the two pieces that are shared take ${size} bytes`);
  }
  const client = new Client({ hostname: "127.0.0.1" });
  const torrent = await client.add(made.metainfo, {
    path: dir.join("out"),
    select: [1],
    stateDir: dir.join("state"),
  });
  await torrent.completed();
  assert.equal(torrent.downloaded, 0, "all four pieces are here");
  await client.close();
  assert.deepEqual(await names(dir.join("out")), ["1"]);
});

Deno.test("Torrent moves what is in the part file into the file when that is wanted, and removes it in the end", async () => {
  await using dir = await makeTempDir();
  const made = await together();
  {
    await using pairing = await pair(made, dir, { select: [1] });
    const { leecher, seeder, next } = pairing;
    await leecher.completed();
    assert.equal(leecher.downloaded, 4 * 32_000);
    const again = next("complete");
    leecher.setPriority(0, "normal");
    await again;
    assert.deepEqual(await names(dir.join("out")), ["0", "1"]);
    assert.equal(await isWhole(made, dir, 0), true);
    assert.equal(leecher.downloaded, 6 * 32_000, "what the part file had was not fetched again");
    assert.ok(seeder.uploaded >= 6 * 32_000);
  }
  assert.ok((await names(dir.path)).includes(partsOf(made)), "file 2 is still skipped");
  {
    await using pairing = await pair(made, dir, {});
    await pairing.leecher.completed();
    await made.compareWith(dir.join("out"));
    assert.equal(pairing.leecher.downloaded, 4 * 32_000, "the piece that two files share was here");
  }
  assert.deepEqual((await names(dir.path)).toSorted(), ["original", "out"]);
});

Deno.test("Torrent whose output was deleted, and of which everything is wanted now, leaves no old part file behind", async () => {
  await using dir = await makeTempDir();
  const made = await together();
  for (const [select, left] of [[[1], true], [[0], true], [[0, 1, 2], false]] as const) {
    await Deno.remove(dir.join("out"), { recursive: true }).catch(() => {});
    await using pairing = await pair(made, dir, { select: [...select] });
    await pairing.leecher.completed();
    await pairing.leecher.stop();
    assert.equal((await names(dir.path)).includes(partsOf(made)), left);
  }
});

/** What another program may do to a part file. */
const HARM: [name: string, harm: (path: string) => Promise<void>][] = [
  ["cut", (path) => Deno.truncate(path, 10)],
  ["emptied", (path) => Deno.truncate(path)],
  ["removed", (path) => Deno.remove(path)],
  ["written over", async (path) => await Deno.writeFile(path, new Uint8Array((await Deno.stat(path)).size))],
  ["replaced", async (path) => {
    await Deno.remove(path);
    await Deno.writeTextFile(path, "something else");
  }],
];

for (const [name, harm] of HARM) {
  Deno.test(`Torrent whose part file was ${name} fetches again what a file lacks that is wanted after all`, async () => {
    await using dir = await makeTempDir();
    const made = await together();
    {
      await using pairing = await pair(made, dir, { select: [1] });
      const { leecher, next } = pairing;
      await leecher.completed();
      await harm(dir.join(partsOf(made)));
      const again = next("complete");
      leecher.setPriority(0, "normal");
      leecher.setPriority(2, "normal");
      await again;
      assert.equal(leecher.isComplete, true);
      await made.compareWith(dir.join("out"));
    }
    assert.deepEqual(await names(dir.path), ["original", "out"]);
  });
}

Deno.test("Torrent whose part file was cut while it gave its pieces to others fetches them again", async () => {
  await using dir = await makeTempDir();
  const made = await together();
  await using pairing = await pair(made, dir, { select: [1] });
  const { leecher, next } = pairing;
  await leecher.completed();
  await Deno.truncate(dir.join(partsOf(made)));
  const again = next("complete");
  const client = new Client({ hostname: "127.0.0.1", diskWorkers: 1 });
  const other = await client.add(made.metainfo, { path: dir.join("other"), select: [1] });
  other.addPeers([{ ip: "127.0.0.1", port: pairing.port }]);
  await again;
  assert.equal(leecher.downloaded, 6 * 32_000);
  await other.completed();
  await client.close();
});

Deno.test("Torrent whose part file was written over while it was downloading has its pieces right when it completes", async () => {
  await using dir = await makeTempDir();
  const made = await together();
  await using pairing = await pair(made, dir, { select: [1], sequential: true });
  const { leecher, events } = pairing;
  const path = dir.join(partsOf(made));
  const end = leecher.subscribe((event) => {
    if (event.type !== "piece" || event.index !== 2) return;
    end();
    Deno.writeFileSync(path, new Uint8Array(32_000));
  });
  await leecher.completed();
  assert.match(
    events.flatMap((event) => event.type === "error" ? [event.message] : []).join(),
    /^Cannot use .*parts: another program has changed or removed it: fetching (1 piece|2 pieces) again$/,
  );
  assert.ok(leecher.downloaded >= 5 * 32_000, "piece 5 may have been there, too");
});

Deno.test("Torrent whose file is skipped before anything came of it makes none; what is skipped later stays", async () => {
  await using dir = await makeTempDir();
  const made = await together();
  await using pairing = await pair(made, dir, {});
  const { leecher } = pairing;
  leecher.setPriority(2, "skip"); // while it is still being checked
  await leecher.completed();
  assert.deepEqual(await names(dir.join("out")), ["0", "1"]);
  leecher.setPriority(0, "skip");
  assert.equal(await isWhole(made, dir, 0), true);
});

Deno.test("Torrent with pad files asks for no padding, and makes no file of it", async () => {
  await using dir = await makeTempDir();
  const pieceLength = 128 * 1024;
  const made = await makeTorrent({
    pieceLength,
    files: [
      { path: ["a"], length: 10_000 },
      { path: [".pad", "121072"], length: pieceLength - 10_000, isPadding: true },
      { path: ["b"], length: pieceLength + 20_000 },
      { path: [".pad", "111072"], length: pieceLength - 20_000, isPadding: true },
      { path: ["c"], length: 5 },
    ],
  });
  await using pairing = await pair(made, dir, {});
  await pairing.leecher.completed();
  await made.compareWith(dir.join("out"));
  assert.deepEqual(await names(dir.join("out")), ["a", "b", "c"]);
  // Of the first piece one block, of the second all, of the third two, of the last five bytes.
  assert.equal(pairing.leecher.downloaded, 16384 + pieceLength + 2 * 16384 + 5);
});

Deno.test("Torrent asks nobody for a piece that is nothing but padding, at its first start and later", async () => {
  await using dir = await makeTempDir();
  const pieceLength = 32_768;
  const made = await makeTorrent({
    pieceLength,
    files: [
      { path: ["a"], length: 10 },
      { path: [".pad", "98294"], length: 3 * pieceLength - 10, isPadding: true },
      { path: ["b"], length: 100 },
    ],
  });
  for (const downloaded of [16_384 + 100, 0]) {
    await using pairing = await pair(made, dir, { stateDir: dir.join("state") });
    await pairing.leecher.completed();
    await made.compareWith(dir.join("out"));
    assert.equal(pairing.leecher.downloaded, downloaded);
    const checked = pairing.events.find((event) => event.type === "checked");
    assert.equal(checked?.have, downloaded === 0 ? 4 : 2, "pieces 1 and 2 are zeros, which the check knows");
  }
});

Deno.test("Torrent in sequence stores its pieces in their order, and can be told so while it runs", async () => {
  await using dir = await makeTempDir();
  const made = await makeTorrent({ files: 640_000, pieceLength: 16_384 });
  await using pairing = await pair(made, dir, { sequential: true });
  const { leecher, events } = pairing;
  await leecher.completed();
  const order = events.flatMap((event) => event.type === "piece" ? [event.index] : []);
  assert.deepEqual(order, order.toSorted((a, b) => a - b));
  assert.equal(leecher.sequential, true);
  leecher.sequential = false;
  assert.equal(leecher.sequential, false);
});

Deno.test("Torrent refuses a selection of files that aren't there", async () => {
  await using dir = await makeTempDir();
  const { metainfo } = await apart();
  const client = new Client({ hostname: "127.0.0.1" });
  using described = countCalls(DiskPool.prototype, "add");
  const wrong = client.add(metainfo, { path: dir.join("out"), select: [0, 3] });
  await assert.rejects(wrong, {
    name: "RangeError",
    message: "Cannot find a file: index must be 0 to 2: got 3",
  });
  assert.equal(described.count, 0, "the disk threads would keep what nobody can take back");
  const torrent = await client.add(metainfo, { path: dir.join("out") });
  assert.throws(() => torrent.setPriority(-1, "skip"), RangeError);
  assert.throws(() => torrent.priority(0.5), RangeError);
  await client.close();
});
