// Two peers that meet because a third one is connected to both and says so (BEP 11). There is no tracker; nobody is ever
// complete, as those who are have no reason to stay connected.

import { join } from "node:path";
import { seedling } from "../../support/drivers/clients/seedling.ts";
import { bracketed, type ForeignClient, type Job } from "../../support/drivers/clients/client.ts";
import type { Content } from "../../support/drivers/content.ts";
import type { Stage } from "../../support/drivers/stage.ts";
import { makers, readers } from "../../support/drivers/torrents/programs.ts";
import { row } from "../support/harness.ts";
import { IP6_LOOPBACK, makeOriginal, makeTorrent, prepare } from "../support/transfer.ts";

export interface Meeting {
  /** Is connected to both others. */
  middle: ForeignClient;
  /** Knows the one in the middle, and calls whom that one names. */
  caller: ForeignClient;
  /** Several files. */
  content: Content;
  /** All of them at ::1: addresses travel in `added6`. Default false. */
  overIp6?: boolean;
}

const MEETING_LIMIT_MS = 30_000;

/** Registers a row in which `caller` learns from `middle` of our peer, and calls it. */
export function peerExchangeRow(name: string, meeting: Meeting): Promise<void> {
  const { middle, caller } = meeting;
  return row(name, [seedling, middle, caller, makers.seedling], (stage) => meet(stage, meeting));
}

async function meet(stage: Stage, { middle, caller, content, overIp6 = false }: Meeting): Promise<void> {
  const original = await makeOriginal(stage, content);
  const torrent = await makeTorrent(stage, original, makers.seedling, "http://127.0.0.1:9/announce");
  const { infoHash } = await readers.seedling.read(stage, torrent);
  const magnetTo = ({ port }: Job, host: string) =>
    `magnet:?xt=urn:btih:${infoHash}&x.pe=${bracketed(host)}:${port}`;
  const host = overIp6 ? IP6_LOOPBACK : undefined;
  // Ours listens on all addresses and is called at the usual one.
  const hostOf = (client: ForeignClient, job: Job) =>
    client === seedling && !overIp6 ? "127.0.0.1" : job.host;

  const called = await prepare(stage, seedling, "seeder", { content, torrent, host });
  await Deno.remove(join(called.folder, content.name, "artwork"), { recursive: true });
  const listening = await seedling.leech(called);
  const between = await prepare(stage, middle, "leecher", {
    content,
    torrent: magnetTo(called, hostOf(seedling, called)),
    host,
  });
  const relaying = await middle.leech(between);
  await listening.program.line("that the one in the middle is here", saysConnected(middle), MEETING_LIMIT_MS);

  const calling = await prepare(stage, caller, "leecher", {
    content,
    torrent: magnetTo(between, hostOf(middle, between)),
    host,
  });
  const last = await caller.leech(calling);
  // It can have the address from the one in the middle only.
  await listening.program.line("that the caller is here", saysConnected(caller), MEETING_LIMIT_MS);
  for (const client of [last, relaying, listening]) await client.stop();
}

/** A connection that lives long enough to have exchanged handshakes, by the client's name. */
function saysConnected(client: ForeignClient): (line: string) => boolean {
  return (line) => {
    if (!line.includes('"connected"')) return false;
    return JSON.parse(line).client.toLowerCase().includes(client.name);
  };
}
