// Ways between peers that fail: a download from a seeder behind such a way and a slow one beside it.

import assert from "node:assert/strict";
import { Client, type TorrentEvent } from "../../../peer/mod.ts";
import { type MadeTorrent, makeTorrent } from "../../support/make_torrent.ts";
import { patiently } from "../../support/programs.ts";
import type { TempDir } from "../../support/temp_dir.ts";
import type { Fault } from "./fault.ts";
import { type Failure, FaultyProxy } from "./faulty_proxy.ts";

const LENGTH = 4_000_000;
/** Of the seeder whose way doesn't fail, bytes a second. */
const SLOW = 2_000_000;

const FAILURES: readonly Failure[] = ["reset", "hang up", "stall", "garble", "trickle", "one-way"];

export const PROXY_FAULTS: readonly Fault[] = [
  ...FAILURES.map((failure): Fault => ({
    name: `a way to a seeder: ${failure}`,
    attempt: (temp, random) =>
      withThree(temp, async ({ download, fast, slow }) => {
        await using proxy = new FaultyProxy(fast, failure, 1 + random.below(LENGTH / 4));
        download.addPeers([{ ip: "127.0.0.1", port: proxy.port }]);
        await patiently(proxy.reached, "a call to the seeder behind it");
        download.addPeers([{ ip: "127.0.0.1", port: slow }]);
        await patiently(download.completed(), "the download");
      }),
  })),
];

interface Three {
  download: Awaited<ReturnType<Client["add"]>>;
  /** Ports of the seeders. */
  fast: number;
  slow: number;
}

/** A leecher and two seeders of one torrent; at the end its copy must be right, and nothing a mistake of ours. */
async function withThree(temp: TempDir, act: (three: Three) => Promise<void>): Promise<void> {
  const torrent: MadeTorrent = await makeTorrent({ files: LENGTH, pieceLength: 128 * 1024 });
  await torrent.writeTo(temp.join("original"));
  const own = { hostname: "127.0.0.1", diskWorkers: 1 };
  const [fast, slow, leecher] = [
    new Client(own),
    new Client({ ...own, uploadLimit: SLOW }),
    new Client(own),
  ] as const;
  try {
    for (const seeder of [fast, slow]) {
      await (await seeder.add(torrent.metainfo, { path: temp.join("original") })).completed();
    }
    const download = await leecher.add(torrent.metainfo, { path: temp.join("copy") });
    const errors: TorrentEvent[] = [];
    download.subscribe((event) => event.type === "error" && event.fatal && errors.push(event));
    await act({ download, fast: fast.port, slow: slow.port });
    assert.deepEqual(errors, []);
    await torrent.compareWith(temp.join("copy"));
  } finally {
    await Promise.all([fast, slow, leecher].map((client) => client.close()));
  }
}
