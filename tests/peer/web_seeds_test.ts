// Downloads from web servers: a client, real HTTP over loopback, and the disk.

import assert from "node:assert/strict";
import { Client, type TorrentEvent, type TorrentOptions, type WebSeedEvent } from "../../peer/mod.ts";
import { makeTempDir } from "../support/temp_dir.ts";
import { type MadeTorrent, makeTorrent } from "../support/make_torrent.ts";
import { patiently } from "../support/programs.ts";
import { filesOf, WebServer } from "../support/web_server.ts";

const PIECE_LENGTH = 64 * 1024;
const single = await makeTorrent({ files: 2_000_001, pieceLength: PIECE_LENGTH });
const album = await makeTorrent({
  pieceLength: PIECE_LENGTH,
  files: [
    { path: ["01 größer.flac"], length: 700_000 },
    { path: ["art", "cover & back.png"], length: 100 },
    { path: ["empty"], length: 0 },
    { path: [".pad", "20796"], length: 20_796, isPadding: true },
    { path: ["02.flac"], length: 500_000 },
  ],
});

/** Downloads until it is complete or `until` says so, compares if complete, and returns what was reported. */
async function download(
  torrent: MadeTorrent,
  webSeeds: string[],
  { until, ...options }: Omit<TorrentOptions, "path"> & { until?(event: TorrentEvent): boolean } = {},
): Promise<TorrentEvent[]> {
  await using dir = await makeTempDir();
  const client = new Client();
  const events: TorrentEvent[] = [];
  try {
    const path = dir.join("copy");
    const added = await client.add({ ...torrent.metainfo, webSeeds }, { ...options, path });
    const enough = Promise.withResolvers<void>();
    added.subscribe((event) => {
      events.push(event);
      if (event.type === "complete" || until?.(event)) enough.resolve();
    });
    await patiently(enough.promise, "the download");
    if (added.isComplete) await torrent.compareWith(path);
  } finally {
    await client.close();
  }
  return events;
}

function ofWebSeeds(events: TorrentEvent[], url: string): WebSeedEvent[] {
  return events.filter((event) => event.type === "webSeed").filter((event) => event.url === url);
}

Deno.test("a file comes from a web server alone", async () => {
  await using server = new WebServer(filesOf(single));
  const events = await download(single, [`${server.url}made`]);
  const [started, ended] = ofWebSeeds(events, `${server.url}made`);
  assert.equal(started?.action, "started");
  assert.deepEqual([ended?.action, ended?.downloaded], ["ended", 2_000_001]);
  assert.equal(ended?.retryIn, undefined, "it is not needed again");
  assert.ok(events.some((event) => event.type === "progress" && event.webSeeds === 1 && event.peers === 0));
  const complete = events.find((event) => event.type === "complete");
  assert.deepEqual([complete?.downloaded, complete?.wasted], [2_000_001, 0]);
});

Deno.test("a folder comes from a web server alone, over the borders of files and past padding", async () => {
  await using server = new WebServer(filesOf(album));
  await download(album, [server.url]);
  assert.deepEqual([...new Set(server.requests.map(({ path }) => path))].sort(), [
    "/made/01 größer.flac",
    "/made/02.flac",
    "/made/art/cover & back.png",
  ]);
});

Deno.test("web seeds keep to the limit on downloads", async () => {
  await using server = new WebServer(filesOf(single));
  const start = performance.now();
  await download(single, [`${server.url}made`], { downloadLimit: 1_000_000 });
  // A quarter of a second's budget may come at once, and of each of four requests one part of a body beyond it.
  assert.ok(performance.now() - start > 2_000 - 250 - 4 * 262);
});

Deno.test("several web seeds are used at once", async () => {
  // Neither answers before both have been asked.
  const asked = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
  const answer = (n: number) => async () => {
    asked[n]?.resolve(undefined);
    await Promise.all(asked.map(({ promise }) => promise));
    return undefined;
  };
  await using one = new WebServer(filesOf(single), { answer: answer(0) });
  await using other = new WebServer(filesOf(single), { answer: answer(1) });
  const events = await download(single, [one.url, other.url]);
  const complete = events.find((event) => event.type === "complete");
  const given = [one, other].map(({ url }) => ofWebSeeds(events, url)[1]?.downloaded ?? 0);
  assert.equal(given.reduce((sum, bytes) => sum + bytes), complete?.downloaded);
});

Deno.test("a web server without ranges sends each file once", async () => {
  const long = await makeTorrent({ files: 12_000_001, pieceLength: 256 * 1024 });
  for (const torrent of [long, album]) {
    await using server = new WebServer(filesOf(torrent), { withoutRanges: true });
    const events = await download(torrent, [server.url]);
    const whole = server.requests.filter(({ range }) => range?.startsWith("bytes=0-"));
    const files = torrent.metainfo.files.filter(({ length, isPadding }) => length > 0 && !isPadding);
    // The first four runs, from which it turns out that it has no ranges, may reach into several files each.
    const most = files.length === 1 ? 5 : 2 * files.length + 4;
    assert.ok(server.requests.length <= most, JSON.stringify(server.requests));
    assert.ok(whole.length >= files.length);
    const complete = events.find((event) => event.type === "complete");
    assert.ok((complete?.wasted ?? Infinity) <= 1_200_000, `wasted ${complete?.wasted}`);
  }
});

Deno.test("a web server without ranges sends what others lack, and reads past what is there", async () => {
  const long = await makeTorrent({ files: 12_000_001, pieceLength: 256 * 1024 });
  await using server = new WebServer(filesOf(long), { withoutRanges: true });
  await using dir = await makeTempDir();
  const half = long.content.slice(0, 6_000_000);
  await Deno.writeFile(dir.join("copy"), half);
  const client = new Client();
  try {
    const metainfo = { ...long.metainfo, webSeeds: [server.url] };
    const added = await client.add(metainfo, { path: dir.join("copy") });
    await patiently(added.completed(), "the download");
    await long.compareWith(dir.join("copy"));
    assert.ok(added.downloaded <= 6_500_000 + 1_200_000, String(added.downloaded));
  } finally {
    await client.close();
  }
});

Deno.test("a web seed without one of the files serves the others; another one has that file", async () => {
  await using partial = new WebServer(filesOf(album), {
    answer: (path) => path === "/made/02.flac" ? new Response(null, { status: 404 }) : undefined,
  });
  await using whole = new WebServer(filesOf(album), {
    answer: (path) => path === "/made/02.flac" ? undefined : new Response(null, { status: 404 }),
  });
  const events = await download(album, [partial.url, whole.url]);
  for (const { url } of [partial, whole]) {
    assert.ok(ofWebSeeds(events, url).reduce((sum, event) => sum + event.downloaded, 0) > 0);
  }
  const [ended] = ofWebSeeds(events, partial.url).filter(({ action }) => action === "ended");
  assert.deepEqual([ended?.reason, ended?.retryIn], ["02.flac: HTTP 404", 0]);
  // It was not asked for that file again.
  assert.ok(partial.requests.filter(({ path }) => path === "/made/02.flac").length <= 4);
});

Deno.test("a web seed that has nothing is left alone for an hour", async () => {
  await using server = new WebServer(filesOf(album), { answer: () => new Response(null, { status: 404 }) });
  const isOver = (event: TorrentEvent) => event.type === "webSeed" && (event.retryIn ?? 0) > 0;
  const events = await download(album, [server.url], { until: isOver });
  assert.deepEqual(events.filter(isOver).map((event) => event.type === "webSeed" && event.retryIn), [3600]);
});

Deno.test("a web seed that sends bad data is dropped for good, and the download completes without it", async () => {
  const spoilt = await makeTorrent({ files: 2_000_001, pieceLength: PIECE_LENGTH, seed: 2 });
  await using liar = new WebServer(filesOf(spoilt));
  await using honest = new WebServer(filesOf(single));
  const events = await download(single, [liar.url, honest.url]);
  const [ended] = ofWebSeeds(events, liar.url).filter(({ action }) => action === "ended");
  assert.match(ended?.reason ?? "", /^sent bad data in piece \d+$/);
  assert.equal(ended?.retryIn, undefined);
  assert.equal(ofWebSeeds(events, liar.url).length, 2, "it is not used again");
  assert.ok(
    events.some((event) => event.type === "error" && /^Dropped 127.0.0.1: sent bad/.test(event.message)),
  );
});

Deno.test("a web seed with a wrong file goes on giving the others", async () => {
  const wrong = filesOf(album).get("/made/01 größer.flac")?.map((byte) => byte ^ 1);
  assert.ok(wrong !== undefined);
  await using old = new WebServer(new Map([...filesOf(album), ["/made/01 größer.flac", wrong]]));
  await using other = new WebServer(filesOf(album), {
    answer: (path) => path === "/made/02.flac" ? new Response(null, { status: 404 }) : undefined,
  });
  const events = await download(album, [old.url, other.url]);
  const ended = ofWebSeeds(events, old.url).filter(({ action }) => action === "ended");
  assert.match(ended[0]?.reason ?? "", /^sent bad data in piece \d+$/);
  assert.equal(ended[0]?.retryIn, 0);
  assert.ok(ended.length <= 3, "once for the file, and once for the piece that it shares with another one");
  const given = ended.reduce((sum, { downloaded }) => sum + downloaded, 0);
  assert.ok(given >= 500_000, "all of the last file, which nobody else has");
});

Deno.test("a web seed whose files are wrong one after the other is dropped when most that it sent was", async () => {
  const names = Array.from({ length: 20 }, (_, i) => `${i}`);
  const torrent = await makeTorrent({
    pieceLength: PIECE_LENGTH,
    files: names.map((name) => ({ path: [name], length: 4 * PIECE_LENGTH })),
  });
  const spoilt = new Map([...filesOf(torrent)].map(([path, bytes]) => [path, bytes.map((byte) => byte ^ 1)]));
  await using liar = new WebServer(spoilt);
  const isDropped = (event: TorrentEvent) =>
    event.type === "error" && /^Dropped 127.0.0.1: sent bad/.test(event.message);
  const events = await download(torrent, [liar.url], { until: isDropped });
  const shunned = events.filter((event) => event.type === "error" && /^Asking for less/.test(event.message));
  assert.ok(shunned.length >= 4 && shunned.length < 20, `${shunned.length}`);
});

Deno.test("a web seed that is busy is tried again when it said", async () => {
  let isBusy = true;
  await using server = new WebServer(filesOf(single), {
    answer: () => isBusy ? new Response(null, { status: 503, headers: { "retry-after": "3" } }) : undefined,
  });
  const events = await download(single, [server.url], {
    until: (event) => {
      if (event.type === "webSeed" && event.action === "ended") isBusy = false;
      return false;
    },
  });
  const [ended] = ofWebSeeds(events, server.url).filter(({ action }) => action === "ended");
  assert.deepEqual([ended?.reason, ended?.retryIn], ["HTTP 503", 3]);
});

Deno.test("web seeds are left alone where they are not wanted", async () => {
  await using server = new WebServer(filesOf(single));
  const isLoading = (event: TorrentEvent) => event.type === "progress" && event.state === "downloading";
  let ticks = 0;
  const events = await download(single, [server.url], {
    webSeeds: false,
    until: (event) => isLoading(event) && ++ticks === 2,
  });
  assert.equal(ofWebSeeds(events, server.url).length, 0);
  assert.equal(server.requests.length, 0);
});

Deno.test("web seeds at private addresses are not asked where only public ones may be", async () => {
  await using server = new WebServer(filesOf(single));
  const events = await download(single, [server.url], {
    publicOnly: true,
    until: (event) => event.type === "webSeed" && event.action === "ended",
  });
  const [, ended] = ofWebSeeds(events, server.url);
  assert.equal(ended?.reason, "its address must be a public one: got 127.0.0.1");
  assert.equal(server.requests.length, 0);
});

Deno.test("a web seed serves beside a peer", async () => {
  await using dir = await makeTempDir();
  await using server = new WebServer(filesOf(single));
  await single.writeTo(dir.join("original"));
  const seeder = new Client();
  const leecher = new Client();
  try {
    const upload = await seeder.add(single.metainfo, { path: dir.join("original") });
    await patiently(upload.completed(), "the seeder's check");
    const added = await leecher.add({ ...single.metainfo, webSeeds: [server.url] }, {
      path: dir.join("copy"),
    });
    added.addPeers([{ ip: "127.0.0.1", port: seeder.port }]);
    await patiently(added.completed(), "the download");
    await single.compareWith(dir.join("copy"));
    assert.ok(added.downloaded >= 2_000_001);
  } finally {
    await Promise.all([seeder.close(), leecher.close()]);
  }
});
