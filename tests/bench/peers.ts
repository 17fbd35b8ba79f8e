// What a torrent's number of peers costs: a block down and up, a have, a tick and a choker's round, each with 10, 100 and
// 1,000 peers. They are simulated in memory; the engine, its messages and their send buffers are real.
//
//   deno run -P=bench tests/bench/peers.ts [peers:blocks | peers:messages] [--rounds N]

import { BLOCK_LENGTH } from "../../protocol/piece_layout.ts";
import type { Peer } from "../../peer/engine/peer.ts";
import { type AnsweringWire, LoadedEngine, somePieces } from "../support/loaded_engine.ts";
import type { Bench } from "./support/bench.ts";
import { runAlone } from "./support/bench_program.ts";
import { nanoseconds, scaleBench, timeEach } from "./support/scale.ts";

const PEERS = [10, 100, 1000];
const PIECES = 100_000;
const BLOCKS = 20_000;

function named(peers: number): string {
  return `${peers.toLocaleString("en")} peers`;
}

/** A download from peers that have these parts of the pieces, in turn. */
function downloadFrom(peers: number, ...parts: number[]): LoadedEngine {
  const loaded = new LoadedEngine({ pieceCount: PIECES });
  const kinds = parts.map((part) => somePieces(PIECES, part, loaded.random));
  for (let i = 0; i < peers; i++) {
    loaded.join(kinds[i % kinds.length] ?? somePieces(PIECES, 1, loaded.random));
  }
  return loaded;
}

const blocks = scaleBench({
  name: "peers:blocks",
  summary: "a block down, by number of peers, of which all have everything, all half, or which are mixed",
  figures: [
    nanoseconds("seeders", "block from seeders"),
    nanoseconds("half", "from peers with 50 %"),
    nanoseconds("mixed", "from a mixture"),
  ],
  warmUps: 3, // until the buffers are in memory and the rates are known
  sizes: () =>
    PEERS.map((peers) => {
      const torrents = {
        seeders: downloadFrom(peers, 1),
        half: downloadFrom(peers, 0.5),
        mixed: downloadFrom(peers, 1, 0.5, 0.001, 0.5),
      };
      return {
        name: named(peers),
        async measure() {
          const figures: Record<string, number> = {};
          for (const [key, loaded] of Object.entries(torrents)) {
            figures[key] = await timeEach(BLOCKS, async () => {
              const come = await loaded.download(BLOCKS);
              if (come < BLOCKS) {
                throw new Error(`Only ${come} blocks came: more rounds than the torrent has data`);
              }
            });
          }
          return figures;
        },
      };
    }),
});

/** A seeder with so many peers that want something: who is unchoked is served. */
class Seeder {
  readonly loaded = new LoadedEngine({ pieceCount: PIECES, isSeeder: true });
  readonly peers: Peer[];

  constructor(peers: number) {
    this.peers = Array.from({ length: peers }, () => {
      const peer = this.loaded.call();
      peer.onInterested();
      return peer;
    });
    this.loaded.engine.tick(this.loaded.now);
  }

  serve(blocks: number): void {
    const served = this.peers.filter(({ amChoking }) => !amChoking);
    for (let sent = 0; sent < blocks;) {
      for (const peer of served) {
        const index = Math.floor(this.loaded.random() * PIECES);
        for (let block = 0; block < 16; block++) peer.onRequest(index, block * BLOCK_LENGTH, BLOCK_LENGTH);
        (peer.wire as AnsweringWire).room = 1024 * 1024;
        peer.onBatchEnd(this.loaded.now);
        sent += 16;
      }
    }
  }

  /** Ticks so long apart, everybody having said something meanwhile. */
  async tick(times: number, ms: number): Promise<number> {
    const { loaded, peers } = this;
    let nanoseconds = 0;
    for (let i = 0; i < times; i++) {
      loaded.now += ms;
      for (const peer of peers) peer.onBatchEnd(loaded.now);
      nanoseconds += await timeEach(peers.length, () => loaded.engine.tick(loaded.now));
    }
    return nanoseconds / times;
  }
}

const SECOND_MS = 1000;
const ROUND_MS = 10_000;

const messages = scaleBench({
  name: "peers:messages",
  summary:
    "a block up, a have that comes in, and for each peer a tick and a round of the choker, by number of peers",
  figures: [
    nanoseconds("block", "block up"),
    nanoseconds("have", "have"),
    nanoseconds("tick", "tick, per peer"),
    nanoseconds("round", "choker's round, per peer"),
  ],
  warmUps: 3,
  sizes: () =>
    PEERS.map((count) => {
      const seeder = new Seeder(count);
      const leecher = downloadFrom(count, 0.001);
      const newcomers = Array.from({ length: count }, () => leecher.call());
      let index = 0;
      return {
        name: named(count),
        async measure() {
          const block = await timeEach(BLOCKS, () => seeder.serve(BLOCKS));
          const turns = 20_000 / count;
          const have = await timeEach(20_000, () => {
            for (let turn = 0; turn < turns; turn++) {
              for (const peer of newcomers) {
                peer.onHave(index % PIECES);
                peer.onBatchEnd(leecher.now);
              }
              index++;
            }
          });
          const ticks = 10_000 / count;
          // Most ticks are no round: the ten of a round's ten seconds, together.
          const tick = await seeder.tick(ticks, SECOND_MS);
          const round = await seeder.tick(ticks, ROUND_MS);
          return { block, have, tick, round };
        },
      };
    }),
});

export const peerBenches: Bench[] = [blocks, messages];

if (import.meta.main) await runAlone(peerBenches);
