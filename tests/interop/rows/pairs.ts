// One seeder, one downloader, one tracker: the shape of most rows.

import assert from "node:assert/strict";
import { measure, type Measured, row } from "../support/harness.ts";
import type { Content } from "../../support/drivers/content.ts";
import type { Stage } from "../../support/drivers/stage.ts";
import { IP6_LOOPBACK, makeOriginal, makeTorrent, prepare, stopAndCompare } from "../support/transfer.ts";
import type { ForeignClient, RunningClient } from "../../support/drivers/clients/client.ts";
import { type ForeignTracker, type Scrape, scrapeUntil } from "../../support/drivers/trackers/tracker.ts";
import type { TorrentMaker, TorrentReader } from "../../support/drivers/torrents/torrent_program.ts";

export interface Pair {
  seeder: ForeignClient;
  leecher: ForeignClient;
  tracker: ForeignTracker;
  maker: TorrentMaker;
  /** Tells the torrent's info hash. */
  reader: TorrentReader;
  content: Content;
  /** The downloader gets a magnet link instead of the torrent: the info hash and the tracker. Default false. */
  byMagnet?: boolean;
  /** All of it over IPv6: the tracker is at ::1, and so are both clients. One of them is ours. Default false. */
  overIp6?: boolean;
}

const TRANSFER_LIMIT_MS = 60_000;

/** Registers a row in which `seeder` sends the content to `leecher`. */
export function pairRow(name: string, pair: Pair): Promise<void> {
  const { seeder, leecher, tracker, maker, reader, content } = pair;
  return row(
    `${name}: ${content.shape}`,
    [seeder, leecher, tracker, maker, reader],
    (stage) => transfer(stage, pair),
  );
}

async function transfer(
  stage: Stage,
  { seeder, leecher, tracker, maker, reader, content, byMagnet = false, overIp6 = false }: Pair,
): Promise<Measured> {
  const original = await makeOriginal(stage, content);
  // A tracker that answers for listed torrents only must know the hash first; the announce URL is no part of it.
  const draft = await makeTorrent(stage, original, maker, "http://127.0.0.1:9/announce");
  const { infoHash } = await reader.read(stage, draft);
  const announce = await tracker.start(stage, [infoHash]);
  const named = overIp6 ? announce.replace("127.0.0.1", `[${IP6_LOOPBACK.address}]`) : announce;
  const torrent = await makeTorrent(stage, original, maker, named);

  const host = overIp6 ? IP6_LOOPBACK : undefined;
  const seederJob = await prepare(stage, seeder, "seeder", { content, torrent, host });
  const magnet = `magnet:?xt=urn:btih:${infoHash}&tr=${encodeURIComponent(named)}`;
  const leecherJob = await prepare(stage, leecher, "leecher", {
    content,
    torrent: byMagnet ? magnet : torrent,
    host,
  });
  const counted = (what: string, test: (counts: Scrape) => boolean) =>
    scrapeUntil(announce, infoHash, what, test);
  let seeding: RunningClient;
  let downloading: RunningClient;
  let measured: Measured;
  if (leecher.mustBeCalled) {
    downloading = await leecher.leech(leecherJob);
    await counted("a downloader", (counts) => counts.incomplete === 1);
    [seeding, measured] = await measure(content.totalLength, async () => {
      const seeding = await seeder.seed(seederJob);
      await downloading.complete(TRANSFER_LIMIT_MS);
      return seeding;
    });
  } else {
    seeding = await seeder.seed(seederJob);
    await counted("a seeder", (counts) => counts.complete === 1);
    [downloading, measured] = await measure(content.totalLength, async () => {
      const downloading = await leecher.leech(leecherJob);
      await downloading.complete(TRANSFER_LIMIT_MS);
      return downloading;
    });
  }
  // Both told the tracker what became of them, and it understood.
  const downloaded = tracker.countsSeedersAsDownloads ? 2 : 1;
  await counted(
    "the completed download",
    (counts) => counts.complete === 2 && counts.downloaded === downloaded,
  );
  await stopAndCompare(downloading, leecherJob, original);
  await counted("that the downloader left", (counts) => counts.complete === 1);
  await stopAndCompare(seeding, seederJob, original);
  await counted("that the seeder left", (counts) => counts.complete + counts.incomplete === 0);
  if (overIp6) assertOverIp6([...seeding.program.lines, ...downloading.program.lines]);
  return measured;
}

/** Our events say with whom we were connected, and where. */
function assertOverIp6(lines: readonly string[]): void {
  const connected = lines.filter((line) => line.startsWith("{") && line.includes('"connected"'));
  assert.notEqual(connected.length, 0);
  for (const line of connected) assert.match(JSON.parse(line).address, /^\[::1\]:\d+$/, line);
}
