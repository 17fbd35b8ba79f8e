// Each class of malformed torrents: refused with the field named, or its files lie below the output and nothing else.

import { DiskPool } from "../../peer/storage/worker_pool.ts";
import { MALFORMED_TORRENTS, tryMalformed } from "./malformed_torrents.ts";

Deno.test("a malformed torrent is refused with the field named, or writes below its output only", async (t) => {
  const pool = new DiskPool({ workers: 1 });
  try {
    for (const torrent of MALFORMED_TORRENTS) {
      const outcome = torrent.refused === undefined ? "loads safely" : "is refused";
      await t.step(`${torrent.name}: ${outcome}`, () => tryMalformed(torrent, pool));
    }
  } finally {
    await pool.close();
  }
});
