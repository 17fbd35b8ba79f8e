// Three trackers of ours on one Redis. Every peer announces to another one; the seeder's is killed before the last comes.

import { createTorrent } from "../../../peer/mod.ts";
import { join } from "node:path";
import { libtorrent } from "../../support/drivers/clients/libtorrent.ts";
import { seedling, startTracker } from "../../support/drivers/clients/seedling.ts";
import type { Content } from "../../support/drivers/content.ts";
import { redis, RedisServer } from "../../support/redis_server.ts";
import { measure, row } from "../support/harness.ts";
import { makeOriginal, prepare, stopAndCompare } from "../support/transfer.ts";

const TRANSFER_LIMIT_MS = 60_000;

/** Registers a row: ours seeds (HTTP), libtorrent downloads (UDP), then ours does (HTTP). */
export function sharedStoreRow(name: string, content: Content): Promise<void> {
  return row(name, [seedling, libtorrent, redis], async (stage) => {
    await using server = await RedisServer.start();
    const original = await makeOriginal(stage, content);
    const folder = await stage.makeFolder("torrents");
    const jobs = [];
    for (
      const [client, part] of [[seedling, "seeder"], [libtorrent, "leecher"], [seedling, "leecher"]] as const
    ) {
      const url = await startTracker(stage, { args: ["--store", server.url] });
      const announce = client === libtorrent ? url.replace("http", "udp") : url;
      const torrent = join(folder, `${jobs.length}.torrent`);
      const { pieceLength } = content;
      await Deno.writeFile(
        torrent,
        await createTorrent({ path: original.root, pieceLength, trackers: [[announce]] }),
      );
      const tracker = stage.programs.at(-1);
      jobs.push({ client, tracker, job: await prepare(stage, client, part, { content, torrent }) });
    }
    const [first, second, third] = jobs;
    if (first === undefined || second === undefined || third === undefined) throw new Error("no jobs");
    const seeder = await first.client.seed(first.job);
    await seeder.program.line("that it has announced", (line) => line.includes('"announced"'));
    const [leechers, measured] = await measure(2 * content.totalLength, async () => {
      const foreign = await second.client.leech(second.job);
      await foreign.complete(TRANSFER_LIMIT_MS);
      await first.tracker?.stop();
      const ours = await third.client.leech(third.job);
      await ours.complete(TRANSFER_LIMIT_MS);
      return { foreign, ours };
    });
    await stopAndCompare(leechers.ours, third.job, original);
    await stopAndCompare(leechers.foreign, second.job, original);
    await seeder.stop();
    return measured;
  });
}
