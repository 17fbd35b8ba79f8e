// One engine under load from any number of simulated peers, for benches: no socket, no hash, no disk. A peer answers what
// it was asked, 16 blocks at a time as one read would bring them, and peers take turns.

import { Bitfield } from "../../protocol/bitfield.ts";
import { REQUEST_LENGTH, STATE_LENGTH } from "../../protocol/messages.ts";
import { writeCancel, writeChoke, writeRequest } from "../../protocol/messages.ts";
import { BLOCK_LENGTH, PieceLayout } from "../../protocol/piece_layout.ts";
import type { Peer } from "../../peer/engine/peer.ts";
import type { Verdict, Wire } from "../../peer/engine/ports.ts";
import { TorrentEngine } from "../../peer/engine/torrent_engine.ts";
import { SendBuffer } from "../../peer/net/send_buffer.ts";
import { CountingPool } from "./memory_swarm.ts";
import { seededRandom } from "./random.ts";

/** Blocks in one batch: 256 KiB. */
const BATCH_BLOCKS = 16;
/** What a block takes at 600 MB/s. */
const BLOCK_MS = BLOCK_LENGTH / 600_000;
const RING = 2048;

export interface LoadedEngineOptions {
  pieceCount: number;
  /** Blocks in a piece, 1024 at most. Default 16: pieces of 256 KiB. */
  blocksPerPiece?: number;
  /** Piece buffers. Default: 32 MiB worth. */
  buffers?: number;
  /** Everything is here from the start. Default false. */
  isSeeder?: boolean;
  seed?: number;
}

/** A torrent and its peers; time passes with the blocks that come. */
export class LoadedEngine {
  readonly engine: TorrentEngine;
  readonly layout: PieceLayout;
  readonly random: () => number;
  now = 1000;
  /** Wires with unanswered requests, in turn. */
  readonly #asked: AnsweringWire[] = [];

  constructor(options: LoadedEngineOptions) {
    const { pieceCount, blocksPerPiece = 16, isSeeder = false, seed = 1 } = options;
    const pieceLength = blocksPerPiece * BLOCK_LENGTH;
    this.random = seededRandom(seed);
    this.layout = new PieceLayout(pieceLength, pieceCount * pieceLength);
    const have = new Bitfield(pieceCount);
    if (isSeeder) have.setAll();
    this.engine = new TorrentEngine({
      layout: this.layout,
      have,
      random: this.random,
      buffers: new CountingPool(options.buffers ?? Math.floor(32 * 1024 * 1024 / pieceLength)),
      store: {
        finish: (): Promise<Verdict> => Promise.resolve("stored"),
      },
      source: { ready: () => true, prepare: () => {}, copy: () => {}, lend: () => undefined },
      events: {
        onPieceStored: () => {},
        onPieceRejected: () => {},
        onComplete: () => {},
        onStorageError: (error) => {
          throw error;
        },
        onBan: () => {},
      },
    });
  }

  /** A peer connects and says nothing yet. */
  call(): Peer {
    const wire = new AnsweringWire(this.#asked);
    const remote = { peerId: new Uint8Array(20), address: { ip: "10.0.0.1", port: 1 }, outgoing: true };
    return wire.peer = this.engine.add(wire, remote, this.now);
  }

  /** A peer connects, tells what it has, and unchokes us. */
  join(pieces: Bitfield): Peer {
    const peer = this.call();
    if (!pieces.isEmpty) peer.onBitfield(pieces.bytes);
    peer.onUnchoke();
    peer.onBatchEnd(this.now);
    return peer;
  }

  /** So many blocks come in; less if nobody is asked for any more. Returns how many did. */
  async download(blocks: number): Promise<number> {
    let come = 0;
    while (come < blocks) {
      const wire = this.#asked.shift();
      if (wire === undefined) break;
      const second = Math.floor(this.now / 1000);
      const sent = wire.answer(this.now);
      come += sent;
      this.now += sent * BLOCK_MS;
      if (Math.floor(this.now / 1000) !== second) this.engine.tick(this.now);
      await null; // pieces that are whole come back from the store
    }
    return come;
  }
}

/** Pieces by chance, each with this probability. */
export function somePieces(pieceCount: number, part: number, random: () => number): Bitfield {
  const pieces = new Bitfield(pieceCount);
  if (part === 1) pieces.setAll();
  else for (let index = 0; index < pieceCount; index++) if (random() < part) pieces.set(index);
  return pieces;
}

/** Takes requests as they come. What is said is laid into a send buffer, as a connection does, and thrown away. */
export class AnsweringWire implements Wire {
  peer: Peer | undefined;
  room = 0;
  readonly #queue: AnsweringWire[];
  readonly #asked = new Int32Array(RING);
  readonly #send = new SendBuffer();
  #from = 0;
  #to = 0;
  #isQueued = false;

  constructor(queue: AnsweringWire[]) {
    this.#queue = queue;
  }

  choke(): void {
    this.#state();
  }
  unchoke(): void {
    this.#state();
  }
  interested(): void {
    this.#state();
  }
  notInterested(): void {
    this.#state();
  }
  keepAlive(): void {
    this.#state();
  }
  haveAll(): void {
    this.#state();
  }
  haveNone(): void {
    this.#state();
  }
  reject(): void {}
  allowedFast(): void {}
  suggest(): void {}
  haves(messages: Uint8Array): void {
    const at = this.#send.reserve(messages.length);
    this.#send.bytes.set(messages, at);
  }
  bitfield(): void {}
  extended(): void {}
  piece(_index: number, _begin: number, length: number): Uint8Array {
    this.room -= length;
    return BLOCK;
  }
  slices(): boolean {
    return false;
  }
  takesLent(): number {
    return 0;
  }
  lent(): void {}
  request(index: number, begin: number, length: number): void {
    const at = this.#send.reserve(REQUEST_LENGTH);
    writeRequest(this.#send.view, at, index, begin, length);
    this.#asked[this.#to++ % RING] = index * 1024 + begin / BLOCK_LENGTH;
    if (this.#isQueued) return;
    this.#isQueued = true;
    this.#queue.push(this);
  }
  cancel(index: number, begin: number, length: number): void {
    const at = this.#send.reserve(REQUEST_LENGTH);
    writeCancel(this.#send.view, at, index, begin, length);
    const block = index * 1024 + begin / BLOCK_LENGTH;
    for (let at = this.#from; at < this.#to; at++) {
      if (this.#asked[at % RING] === block) this.#asked[at % RING] = -1;
    }
  }
  flush(): void {
    if (this.#send.waiting > 0) this.#send.clear();
  }
  close(): void {
    this.#from = this.#to;
  }

  /** Sends up to a batch of blocks; what is left waits for the next turn. */
  answer(now: number): number {
    let sent = 0;
    while (this.#from < this.#to && sent < BATCH_BLOCKS) {
      const block = this.#asked[this.#from++ % RING] as number;
      if (block < 0) continue;
      sent++;
      this.peer?.onPiece(block >>> 10, (block & 1023) * BLOCK_LENGTH, BLOCK);
    }
    if (sent > 0) this.peer?.onBatchEnd(now);
    this.#isQueued = this.#from < this.#to;
    if (this.#isQueued) this.#queue.push(this);
    return sent;
  }

  #state(): void {
    const at = this.#send.reserve(STATE_LENGTH);
    writeChoke(this.#send.view, at);
  }
}

const BLOCK = new Uint8Array(BLOCK_LENGTH);
