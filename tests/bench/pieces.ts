// What a torrent's number of pieces costs: a pick, a block, a have, a bitfield and its memory, each at 1,000, 10,000 and
// 100,000 pieces.
//
//   deno run -P=bench tests/bench/pieces.ts [pieces:pick | pieces:messages | pieces:memory] [--rounds N]

import { Bitfield } from "../../protocol/bitfield.ts";
import { BLOCK_LENGTH, PieceLayout } from "../../protocol/piece_layout.ts";
import { BadPieces } from "../../peer/engine/bad_piece.ts";
import type { PartialPiece } from "../../peer/engine/partial_piece.ts";
import type { Peer } from "../../peer/engine/peer.ts";
import { PiecePicker } from "../../peer/engine/piece_picker.ts";
import { Priorities } from "../../peer/engine/priorities.ts";
import { projectFolder } from "../support/drivers/clients/seedling.ts";
import { output } from "../support/drivers/program.ts";
import { LoadedEngine, somePieces } from "../support/loaded_engine.ts";
import { CountingPool } from "../support/memory_swarm.ts";
import type { Bench } from "./support/bench.ts";
import { runAlone } from "./support/bench_program.ts";
import { nanoseconds, scaleBench, timeEach } from "./support/scale.ts";

const MEMORY = "tests/bench/support/engine_memory.ts";
const PIECES = [1000, 10_000, 100_000];

/** What part of the pieces peers have. */
const PARTS = { all: 1, half: 0.5, few: 0.001 } as const;
type Part = keyof typeof PARTS;
const PEERS = 100;

function named(pieceCount: number): string {
  return `${pieceCount.toLocaleString("en")} pieces`;
}

/** Peers that have this part of the pieces ask a picker in turn; for each piece that is begun the oldest one is dropped. */
class EndlessPicker {
  readonly #picker: PiecePicker;
  readonly #peers: Peer[];
  readonly #begun: PartialPiece[] = [];
  #turn = 0;

  constructor(pieceCount: number, part: Part) {
    const loaded = new LoadedEngine({ pieceCount, blocksPerPiece: 1, buffers: 0 });
    const { random } = loaded;
    this.#peers = Array.from(
      { length: PEERS },
      () => loaded.join(somePieces(pieceCount, PARTS[part], random)),
    );
    const have = new Bitfield(pieceCount);
    have.set(0); // the first piece of all is picked by another rule
    const layout = new PieceLayout(BLOCK_LENGTH, pieceCount * BLOCK_LENGTH);
    this.#picker = new PiecePicker({
      layout,
      have,
      random,
      buffers: new CountingPool(1000),
      badPieces: new BadPieces(random),
      priorities: new Priorities(layout, have),
    });
    const { availability } = this.#picker;
    if (part === "all") availability.seeders = PEERS;
    else for (const { pieces } of this.#peers) availability.addAll(pieces);
  }

  pick(times: number): void {
    for (let i = 0; i < times; i++) {
      const peer = this.#peers[this.#turn++ % PEERS] as Peer;
      const partial = this.#picker.choose(peer, 0);
      if (partial !== undefined) {
        partial.askNext(peer);
        this.#picker.settle(partial);
        this.#begun.push(partial);
      }
      if (this.#begun.length > 64) this.#picker.drop(this.#begun.shift() as PartialPiece);
    }
  }
}

const PICKS = 20_000;
const pick = scaleBench({
  name: "pieces:pick",
  summary: "a pick, by number of pieces, from 100 peers with all, 50 % and 0.1 % of them",
  figures: [
    nanoseconds("half", "pick, 50 %"),
    nanoseconds("all", "pick, all"),
    nanoseconds("few", "pick, 0.1 %"),
  ],
  warmUps: 3,
  sizes: () =>
    PIECES.map((pieceCount) => {
      const pickers = (["all", "half", "few"] as const).map((part) =>
        [part, new EndlessPicker(pieceCount, part)] as const
      );
      return {
        name: named(pieceCount),
        async measure() {
          const figures: Record<string, number> = {};
          for (const [part, picker] of pickers) {
            figures[part] = await timeEach(PICKS, () => picker.pick(PICKS));
          }
          return figures;
        },
      };
    }),
});

/** A download that takes all of its peers' kinds: 10 % seeders, 80 % with half, 10 % newcomers. */
async function downloading(pieceCount: number, peers: number): Promise<LoadedEngine> {
  const loaded = new LoadedEngine({ pieceCount });
  const half = Array.from({ length: 8 }, () => somePieces(pieceCount, PARTS.half, loaded.random));
  for (let i = 0; i < peers; i++) {
    const kind = i % 10;
    loaded.join(half[kind] ?? somePieces(pieceCount, kind === 8 ? PARTS.all : PARTS.few, loaded.random));
  }
  await loaded.download(2000);
  return loaded;
}

const BLOCKS = 10_000; // of the 16,000 in 1,000 pieces
const HAVES = 500;
const CALLERS = 40;

const messages = scaleBench({
  name: "pieces:messages",
  summary: "a block, a have, and a peer's coming and going with a bitfield, by number of pieces",
  figures: [
    nanoseconds("block", "block"),
    nanoseconds("have", "have"),
    nanoseconds("seeder", "a seeder's bitfield, per 1,000 pieces"),
    nanoseconds("half", "a bitfield of 50 %, per 1,000 pieces"),
    nanoseconds("few", "a bitfield of 0.1 %, per 1,000 pieces"),
  ],
  sizes: () =>
    PIECES.map((pieceCount) => ({
      name: named(pieceCount),
      async measure() {
        const loaded = await downloading(pieceCount, 20);
        const { engine, random } = loaded;
        const block = await timeEach(BLOCKS, async () => void await loaded.download(BLOCKS));
        const callers = Array.from({ length: CALLERS }, () => loaded.call());
        const told = Uint32Array.from({ length: HAVES }, () => Math.floor(random() * pieceCount));
        const have = await timeEach(HAVES * CALLERS, () => {
          for (const [i, index] of told.entries()) {
            for (const peer of callers) {
              peer.onHave((index + i) % pieceCount);
              peer.onBatchEnd(loaded.now);
            }
          }
        });
        for (const peer of callers) engine.remove(peer);
        const thousands = pieceCount / 1000;
        const bitfield = async (part: number) => {
          const { bytes } = somePieces(pieceCount, part, random);
          const peers = Array.from({ length: Math.max(20, 1000 / thousands) }, () => loaded.call());
          return await timeEach(peers.length * thousands, () => {
            for (const peer of peers) peer.onBitfield(bytes);
            for (const peer of peers) engine.remove(peer);
          });
        };
        const seeder = await bitfield(PARTS.all);
        const half = await bitfield(PARTS.half);
        const few = await bitfield(PARTS.few);
        engine.close();
        return { block, have, seeder, half, few };
      },
    })),
});

const bytes = (key: string, name: string) => {
  return { key, title: `${name}, B`, unit: "B", name, better: "less", digits: 1 } as const;
};

const memory = scaleBench({
  name: "pieces:memory",
  summary: "memory of a torrent's engine, per piece, by number of pieces",
  figures: [bytes("busy", "with ten peers that have 50 %"), bytes("idle", "without peers")],
  warmUps: 0,
  sizes: () =>
    PIECES.map((pieceCount) => ({
      name: named(pieceCount),
      async measure() {
        const flags = ["run", "-q", "-P=bench", "--v8-flags=--expose-gc"];
        const command = [Deno.execPath(), ...flags, MEMORY, `${pieceCount}`];
        return JSON.parse(await output({ name: MEMORY, command, cwd: projectFolder }));
      },
    })),
});

export const pieceBenches: Bench[] = [pick, messages, memory];

if (import.meta.main) await runAlone(pieceBenches);
