// Long work over many pieces (a check, making a torrent) in jobs of some milliseconds, so that every disk thread
// has work all the time and other torrents' pieces get their turn in between.

import type { Bitfield } from "../../protocol/bitfield.ts";
import type { PieceLayout } from "../../protocol/piece_layout.ts";
import { inLanes } from "./lanes.ts";

const BYTES_PER_BATCH = 8 * 1024 * 1024;
// One under way and one waiting, or a thread would idle while its answer travels.
const BATCHES_PER_WORKER = 2;
// What a thread hashes in the time in which another one starts.
const BYTES_PER_WORKER = 64 * 1024 * 1024;

/** How many disk threads so many bytes are worth. */
export function workersFor(totalLength: number): number {
  return Math.ceil(totalLength / BYTES_PER_WORKER);
}

/**
 * Calls `work` for runs of the given pieces, several at a time, until all are done. Rejects, after the calls under
 * way have settled, with the first failure or the signal's reason.
 */
export async function forEachBatch(
  layout: PieceLayout,
  pieces: Bitfield,
  workers: number,
  signal: AbortSignal | undefined,
  work: (from: number, to: number) => Promise<void>,
): Promise<void> {
  const batches = runs(pieces, Math.max(1, Math.floor(BYTES_PER_BATCH / layout.pieceLength)));
  const worthwhile = Math.min(workers, workersFor(pieces.count * layout.pieceLength));
  // A second job would make the pool start a second thread.
  const lanes = worthwhile <= 1 ? 1 : worthwhile * BATCHES_PER_WORKER;
  await inLanes(lanes, batches, async ([from, to]) => {
    signal?.throwIfAborted();
    await work(from, to);
  });
  signal?.throwIfAborted();
}

/** Runs of neighbouring pieces, each of `longest` at most. */
function* runs(pieces: Bitfield, longest: number): Generator<[from: number, to: number]> {
  let from = 0;
  while (from < pieces.length) {
    if (!pieces.has(from)) {
      from++;
      continue;
    }
    let to = from + 1;
    while (to < pieces.length && to - from < longest && pieces.has(to)) to++;
    yield [from, to];
    from = to;
  }
}
