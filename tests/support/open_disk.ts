// A torrent's files with disk threads of their own, which end with the scope.

import { Disk } from "../../peer/storage/disk.ts";
import { DiskPool } from "../../peer/storage/worker_pool.ts";
import type { Metainfo } from "../../protocol/metainfo.ts";

/** Opens a torrent at its output. */
export function openDisk(metainfo: Metainfo, output: string, workers = 2): Disk & AsyncDisposable {
  const pool = new DiskPool({ workers });
  return Object.assign(new Disk(pool, metainfo, output), {
    async [Symbol.asyncDispose](this: Disk) {
      await this.close();
      await pool.close();
    },
  });
}
