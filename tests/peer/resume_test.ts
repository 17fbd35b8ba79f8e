// A torrent's second start: what it reads again, and what it takes on trust.

import assert from "node:assert/strict";
import { Client, type TorrentEvent } from "../../peer/mod.ts";
import { ResumeFile } from "../../peer/storage/resume_file.ts";
import type { Metainfo } from "../../protocol/mod.ts";
import { type MadeTorrent, makeTorrent } from "../support/make_torrent.ts";
import { makeTempDir, type TempDir } from "../support/temp_dir.ts";

/** Long ago, so that no write of a test falls into the tick of the one before. */
const LONG_AGO = new Date("2020-01-01T00:00:00.123Z");

/** Starts the torrent, waits until the disk is checked, stops. All events. */
async function run(
  metainfo: Metainfo,
  dir: TempDir,
  options: { recheck?: boolean } = {},
): Promise<TorrentEvent[]> {
  const client = new Client({ hostname: "127.0.0.1" });
  const events: TorrentEvent[] = [];
  const torrent = await client.add(metainfo, {
    path: dir.join("out"),
    stateDir: dir.join("state"),
    ...options,
  });
  const checked = Promise.withResolvers<void>();
  torrent.subscribe((event) => {
    events.push(event);
    if (event.type === "progress" && event.state !== "checking") checked.resolve();
  });
  await checked.promise;
  await client.close();
  return events;
}

function checked(events: TorrentEvent[]): { have: number; hashed: number } {
  const found = events.filter((event) => event.type === "checked");
  assert.equal(found.length, 1);
  const { have, hashed } = found[0] as { have: number; hashed: number };
  return { have, hashed };
}

function troubles(events: TorrentEvent[]): string[] {
  return events.flatMap((event) => event.type === "error" ? [event.message] : []);
}

/** Ten pieces: file 0 has 0 to 2, file 1 the rest of 2 to 5, file 2 the rest of 5 to 9. */
const made = () => makeTorrent({ files: [90_000, 90_000, 140_000], pieceLength: 32_000 });

async function write(torrent: MadeTorrent, dir: TempDir): Promise<void> {
  await torrent.writeTo(dir.join("out"));
  for (const name of ["0", "1", "2"]) await Deno.utime(dir.join("out", name), LONG_AGO, LONG_AGO);
}

Deno.test("the second start of a complete torrent reads nothing", async () => {
  await using dir = await makeTempDir();
  const torrent = await made();
  await write(torrent, dir);
  assert.deepEqual(checked(await run(torrent.metainfo, dir)), { have: 10, hashed: 10 });
  assert.deepEqual(checked(await run(torrent.metainfo, dir)), { have: 10, hashed: 0 });
  assert.deepEqual(checked(await run(torrent.metainfo, dir)), { have: 10, hashed: 0 });
  assert.deepEqual(checked(await run(torrent.metainfo, dir, { recheck: true })), { have: 10, hashed: 10 });
});

Deno.test("a file that was changed between two runs is read, and no other; a wrong byte counts for nothing", async () => {
  await using dir = await makeTempDir();
  const torrent = await made();
  await write(torrent, dir);
  await run(torrent.metainfo, dir);
  using file = await Deno.open(dir.join("out", "1"), { write: true });
  await file.seek(10_000, Deno.SeekMode.Start); // byte 100,000: in piece 3
  await file.write(new Uint8Array([1, 2, 3]));
  assert.deepEqual(checked(await run(torrent.metainfo, dir)), { have: 9, hashed: 4 });
});

Deno.test("a file that is gone is missing, and one that came is found", async () => {
  await using dir = await makeTempDir();
  const torrent = await made();
  await write(torrent, dir);
  await run(torrent.metainfo, dir);
  await Deno.rename(dir.join("out", "2"), dir.join("2"));
  assert.deepEqual(checked(await run(torrent.metainfo, dir)), { have: 5, hashed: 0 });
  // It was made anew, empty, and is now in the way of what comes back.
  await Deno.rename(dir.join("2"), dir.join("out", "2"));
  assert.deepEqual(checked(await run(torrent.metainfo, dir)), { have: 10, hashed: 5 });
});

Deno.test("a state that can't be used is told once and everything is read", async () => {
  await using dir = await makeTempDir();
  const torrent = await made();
  await write(torrent, dir);
  await run(torrent.metainfo, dir);
  const [{ name } = { name: "" }] = await Array.fromAsync(Deno.readDir(dir.join("state")));
  await Deno.writeTextFile(dir.join("state", name), "d4:havei1ee");
  const events = await run(torrent.metainfo, dir);
  assert.deepEqual(checked(events), { have: 10, hashed: 10 });
  assert.equal(troubles(events).length, 1);
  assert.match(troubles(events)[0] ?? "", /Cannot use saved state: .*checking everything/);
  assert.deepEqual(checked(await run(torrent.metainfo, dir)), { have: 10, hashed: 0 });
});

Deno.test("a folder that can't be written costs a warning, not the torrent", async () => {
  await using dir = await makeTempDir();
  const torrent = await made();
  await write(torrent, dir);
  await Deno.writeTextFile(dir.join("state"), "a file in the folder's place");
  const events = await run(torrent.metainfo, dir);
  assert.equal(events.at(-1)?.type, "stopped");
  assert.equal(checked(events).have, 10);
  assert(troubles(events).every((message) => message.includes("saved state")), String(troubles(events)));
  assert(troubles(events).length > 0);
});

Deno.test("what was not synced counts until the machine is started anew", async () => {
  await using dir = await makeTempDir();
  const torrent = await made();
  await write(torrent, dir);
  await run(torrent.metainfo, dir);
  const file = new ResumeFile(dir.join("state"), {
    infoHash: torrent.metainfo.infoHash.bytes,
    path: dir.join("out"),
    layout: torrent.metainfo.layout,
    fileCount: 3,
  });
  const state = await file.load();
  assert(state?.bootedAtMs !== undefined);
  assert.deepEqual(state.files.map((each) => each?.isDurable), [false, false, false]);
  const files = state.files.map((each, i) => each && { ...each, isDurable: i === 2 });
  await file.save({ ...state, files, bootedAtMs: state.bootedAtMs - 3_600_000 });
  assert.deepEqual(checked(await run(torrent.metainfo, dir)), { have: 10, hashed: 6 });
});

Deno.test("totals and peers outlive a run", async () => {
  await using dir = await makeTempDir();
  const torrent = await made();
  await write(torrent, dir);
  const seeding = new Client({ hostname: "127.0.0.1" });
  const seeder = await seeding.add(torrent.metainfo, { path: dir.join("out"), stateDir: dir.join("state") });
  await seeder.completed(); // from here on it takes callers
  const leeching = new Client({ hostname: "127.0.0.1" });
  const options = { path: dir.join("copy"), stateDir: dir.join("state") };
  const leecher = await leeching.add(torrent.metainfo, options);
  const address = { ip: "127.0.0.1", port: seeding.port };
  leecher.addPeers([address]);
  await leecher.completed();
  await leeching.close();
  await seeding.close();
  await torrent.compareWith(dir.join("copy"));
  assert.equal(leecher.totals.downloaded, torrent.metainfo.totalLength);
  assert.equal(seeder.totals.uploaded, torrent.metainfo.totalLength);

  const again = new Client({ hostname: "127.0.0.1" });
  const second = await again.add(torrent.metainfo, options);
  await second.completed();
  assert.deepEqual(second.totals, { downloaded: torrent.metainfo.totalLength, uploaded: 0 });
  assert.equal(second.downloaded, 0);
  await again.close();
  const file = new ResumeFile(dir.join("state"), {
    infoHash: torrent.metainfo.infoHash.bytes,
    path: dir.join("copy"),
    layout: torrent.metainfo.layout,
    fileCount: 3,
  });
  assert.deepEqual((await file.load())?.peers, [address]);
});

/** Fetches more than a quarter of a torrent of one piece, then stops. Returns the bytes that came. */
async function fetchAQuarter(torrent: MadeTorrent, dir: TempDir): Promise<number> {
  await torrent.writeTo(dir.join("original"));
  // Slow enough that the rest takes seconds more, whatever the machine is doing.
  const giving = new Client({ hostname: "127.0.0.1", uploadLimit: 1_000_000 });
  const taking = new Client({ hostname: "127.0.0.1" });
  await (await giving.add(torrent.metainfo, { path: dir.join("original") })).completed();
  const leecher = await taking.add(torrent.metainfo, { path: dir.join("out"), stateDir: dir.join("state") });
  leecher.addPeers([{ ip: "127.0.0.1", port: giving.port }]);
  while (leecher.downloaded < torrent.metainfo.totalLength / 4) {
    await new Promise((wake) => setTimeout(wake, 10));
  }
  await taking.close();
  await giving.close();
  return leecher.downloaded;
}

/** Fetches the rest. */
async function fetchTheRest(
  torrent: MadeTorrent,
  dir: TempDir,
): Promise<{ downloaded: number; troubles: string[] }> {
  const giving = new Client({ hostname: "127.0.0.1" });
  const taking = new Client({ hostname: "127.0.0.1" });
  await (await giving.add(torrent.metainfo, { path: dir.join("original") })).completed();
  const leecher = await taking.add(torrent.metainfo, { path: dir.join("out"), stateDir: dir.join("state") });
  const events: TorrentEvent[] = [];
  leecher.subscribe((event) => events.push(event));
  leecher.addPeers([{ ip: "127.0.0.1", port: giving.port }]);
  await leecher.completed();
  await taking.close();
  await giving.close();
  await torrent.compareWith(dir.join("out"));
  return { downloaded: leecher.downloaded, troubles: troubles(events) };
}

const onePiece = () => makeTorrent({ files: [1_000_000, 3_000_000], pieceLength: 4_000_000 });

Deno.test("what came of an unfinished piece is not fetched again after a stop", async () => {
  await using dir = await makeTempDir();
  const torrent = await onePiece();
  const before = await fetchAQuarter(torrent, dir);
  const { downloaded, troubles } = await fetchTheRest(torrent, dir);
  assert.equal(downloaded, torrent.metainfo.totalLength - before);
  assert.deepEqual(troubles, []);
});

Deno.test("what came of an unfinished piece and was changed since is fetched again; whoever sent the rest stays", async () => {
  await using dir = await makeTempDir();
  const torrent = await onePiece();
  const before = await fetchAQuarter(torrent, dir);
  const file = dir.join("out", "0");
  const bytes = await Deno.readFile(file);
  const at = bytes.findIndex((byte) => byte !== 0);
  assert(at >= 0);
  bytes[at] = (bytes[at] as number) ^ 1;
  await Deno.writeFile(file, bytes);
  const { totalLength } = torrent.metainfo;
  const { downloaded, troubles } = await fetchTheRest(torrent, dir);
  assert.equal(downloaded, totalLength - before + totalLength);
  assert.deepEqual(troubles, ["Piece 0 has a wrong hash: fetching it again"]);
});

Deno.test("what came of an unfinished piece is forgotten when its file is gone, before that is made again", async () => {
  await using dir = await makeTempDir();
  const torrent = await onePiece();
  await fetchAQuarter(torrent, dir);
  const { metainfo: { files, infoHash, layout } } = torrent;
  const subject = { infoHash: infoHash.bytes, path: dir.join("out"), layout, fileCount: files.length };
  const state = new ResumeFile(dir.join("state"), subject);
  assert((await state.load())?.kept.length === 1);
  await Deno.remove(dir.join("out", "0"));
  // The next run is killed before it saves anything: what was there when it knew the disk is all that it leaves.
  await using killed = await makeTempDir();
  const client = new Client({ hostname: "127.0.0.1" });
  const leecher = await client.add(torrent.metainfo, { path: dir.join("out"), stateDir: dir.join("state") });
  leecher.subscribe(({ type }) => {
    if (type !== "checked") return;
    for (const { name } of Deno.readDirSync(dir.join("state"))) {
      Deno.copyFileSync(dir.join("state", name), killed.join(name));
    }
  });
  while (!await Deno.stat(dir.join("out", "0")).then(() => true, () => false)) {
    await new Promise((wake) => setTimeout(wake, 10));
  }
  await client.close();
  const left = await new ResumeFile(killed.path, subject).load();
  assert.deepEqual(left?.kept, []);
  assert((left?.downloaded ?? 0) > 0, "totals stay");
});
