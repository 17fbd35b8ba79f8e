// The disk side on its own, in this process: pieces that have arrived are hashed and written, so many of them at a time;
// and a file that is there and empty is checked, as at the start of a download that was begun and ended at once.
//
//   deno run -P=bench tests/bench/storage.ts [--rounds N]

import { join } from "node:path";
import { FixedBufferPool } from "../../peer/storage/buffer_pool.ts";
import { Disk } from "../../peer/storage/disk.ts";
import { DiskPool } from "../../peer/storage/worker_pool.ts";
import { type Metainfo, parseMetainfo } from "../../protocol/metainfo.ts";
import { describeContent } from "../support/drivers/content.ts";
import { pseudoRandomBytes } from "../support/random.ts";
import type { Bench, BenchRun } from "./support/bench.ts";
import { runAlone } from "./support/bench_program.ts";
import type { Contestant, Figures } from "./support/rounds.ts";
import { RUN_FIGURES } from "./support/timed_run.ts";

const MIB = 2 ** 20;
const GIB = 2 ** 30;

/** Times `work` on a torrent's files that are not there yet. */
function contestant(
  run: BenchRun,
  { name, pool, metainfo, work }: {
    name: string;
    pool: DiskPool;
    metainfo: Metainfo;
    work: (disk: Disk) => Promise<void>;
  },
): Contestant {
  const timed = async (folder: string): Promise<Figures> => {
    const disk = new Disk(pool, metainfo, join(folder, "data"));
    await disk.prepare();
    const start = performance.now();
    await work(disk);
    const seconds = (performance.now() - start) / 1000;
    await disk.close();
    return { seconds, rate: metainfo.totalLength / 1e6 / seconds };
  };
  return { name, needs: [], run: () => run.workspace.turn((stage) => timed(stage.folder)) };
}

/** Stores the same piece everywhere, `inFlight` of them at a time. */
async function storeAll(
  disk: Disk,
  { layout }: Metainfo,
  piece: Uint8Array,
  inFlight: number,
): Promise<void> {
  const buffers = new FixedBufferPool({ maxBuffers: inFlight, maxBytes: inFlight * piece.length });
  let next = 0;
  const lane = async () => {
    while (next < layout.pieceCount) {
      const buffer = buffers.take(piece.length) as Uint8Array;
      buffer.set(piece);
      const index = next++;
      const verdict = await disk.finish(index, buffer);
      if (verdict !== "stored") throw new Error(`Cannot store piece ${index}: ${verdict}`);
      buffers.give(buffer);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
}

const storage: Bench = {
  name: "storage",
  summary: "pieces of 1 MiB to disk, and an empty file checked, in one process",
  programs: [],
  async run(run) {
    const length = run.options.isQuick ? 32 * MIB : GIB;
    const content = describeContent("one file", `${length / MIB} MiB`, MIB, [["", length]]);
    const { path } = await run.workspace.torrent(content);
    const original = await parseMetainfo(await Deno.readFile(path));
    const piece = pseudoRandomBytes(MIB, 1);
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-1", piece));
    const pieces = new Uint8Array(original.pieces.length);
    for (let at = 0; at < pieces.length; at += digest.length) pieces.set(digest, at);
    const metainfo = { ...original, pieces };
    const pool = new DiskPool();
    const writers = [1, 4, 16].map((inFlight) =>
      contestant(run, {
        name: `write, ${inFlight} at a time`,
        pool,
        metainfo,
        work: (disk) => storeAll(disk, metainfo, piece, inFlight),
      })
    );
    const checker = contestant(run, {
      name: "check of an empty file",
      pool,
      metainfo,
      work: async (disk) => void await disk.check(() => {}),
    });
    const results = await run.play([...writers, checker]);
    await pool.close();
    run.report(results, {
      title: this.summary,
      figures: [RUN_FIGURES.rate, RUN_FIGURES.seconds],
      ours: writers[0]?.name ?? "",
      targets: [],
    });
  },
};

export const storageBenches: Bench[] = [storage];

if (import.meta.main) await runAlone(storageBenches);
