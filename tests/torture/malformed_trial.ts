// The malformed torrents as a trial: each class once, whatever the time.

import { DiskPool } from "../../peer/storage/worker_pool.ts";
import { MALFORMED_TORRENTS, tryMalformed } from "./malformed_torrents.ts";
import { type Finding, lossesOf, type Trial } from "./trial.ts";

export const malformedTrial: Trial = {
  name: "malformed",
  summary: "torrents of each class of faults: refused with the field named, or written below the output only",
  async *run(): AsyncIterable<Finding> {
    const pool = new DiskPool({ workers: 1 });
    try {
      const isRefused = ({ refused }: { refused?: string }) => refused !== undefined;
      const groups = Map.groupBy(MALFORMED_TORRENTS, (each) => isRefused(each) ? "refused" : "loaded safely");
      for (const [outcome, torrents] of groups) {
        const lost: string[] = [];
        for (const torrent of torrents) {
          lost.push(
            ...(await lossesOf(() => tryMalformed(torrent, pool))).map((loss) => `${torrent.name}: ${loss}`),
          );
        }
        yield { tried: `torrents that must be ${outcome}`, times: torrents.length, lost };
      }
    } finally {
      await pool.close();
    }
  },
};
