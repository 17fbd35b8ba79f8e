// What a torrent's engine takes of memory, as a process of its own, since the collector must be at hand for it:
//
//   deno run --v8-flags=--expose-gc tests/bench/support/engine_memory.ts 10000
//
// Prints a line of JSON: bytes for each piece of a torrent without peers, and of one with ten peers that have half.

import { LoadedEngine, somePieces } from "../../support/loaded_engine.ts";

const { gc } = globalThis as unknown as { gc(): void };
/** Pieces of all torrents together: enough that nothing else shows. */
const PIECES = 400_000;
const PEERS = 10;

function used(): number {
  gc();
  gc();
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}

function measure(pieceCount: number): { idle: number; busy: number } {
  const torrents: LoadedEngine[] = [];
  const half = somePieces(pieceCount, 0.5, Math.random);
  const before = used();
  while (torrents.length * pieceCount < PIECES) torrents.push(new LoadedEngine({ pieceCount, buffers: 0 }));
  const idle = used();
  for (const torrent of torrents) for (let i = 0; i < PEERS; i++) torrent.call().onBitfield(half.bytes);
  const busy = used();
  // In use until here, or the collector would have taken them.
  if (torrents.some(({ engine }) => engine.isComplete)) throw new Error("A torrent is complete");
  return { idle: (idle - before) / PIECES, busy: (busy - before) / PIECES };
}

console.log(JSON.stringify(measure(Number(Deno.args[0]))));
