// One engine and the remotes that a test plays: it says what they send and reads what they were sent.

import { Bitfield } from "../../protocol/bitfield.ts";
import { formatPeerAddress } from "../../protocol/compact.ts";
import { BLOCK_LENGTH, PieceLayout } from "../../protocol/piece_layout.ts";
import type { Peer, RemotePeer } from "../../peer/engine/peer.ts";
import type { BlockKeeper, KeptPiece, Verdict } from "../../peer/engine/ports.ts";
import { TorrentEngine } from "../../peer/engine/torrent_engine.ts";
import { type Call, FakeWire } from "./fake_wire.ts";
import { CountingPool } from "./memory_swarm.ts";
import { pseudoRandomBytes, seededRandom } from "./random.ts";

export interface HarnessOptions {
  /** Number of pieces, of four blocks each. Default 8. */
  pieceCount?: number;
  pieceLength?: number;
  totalLength?: number;
  /** Pieces we have at the start. */
  have?: readonly number[] | "all";
  /** Piece buffers. Default 100. */
  buffers?: number;
  uploadSlots?: number;
  maxRequestQueue?: number;
  seed?: number;
  isPrivate?: boolean;
  /** Default INFO_BYTES. */
  infoBytes?: Uint8Array;
  /** Speak the extension protocol. Default false. */
  extensions?: boolean;
  /** What newcomers may have in spite of a choke. Default: nothing. */
  allowedFast?: readonly number[];
  superSeeding?: boolean;
  priorities?: readonly number[];
  isSequential?: boolean;
  padding?: { offset: number; length: number }[];
  /** Keeps blocks of unfinished pieces. Default: nothing does. */
  keeper?: BlockKeeper;
  kept?: readonly KeptPiece[];
  /** Pieces settle only when the test calls `settle()`. Default false: at once. */
  holdStore?: boolean;
}

/** Of what is lent for uploads: the place of a block in its piece stands for its message. */
const LEASE = { messages: new Uint8Array(0), end: () => {} };

/** A remote as the test sees it. */
export interface Remote {
  readonly peer: Peer;
  readonly wire: FakeWire;
}

export class EngineHarness {
  readonly layout: PieceLayout;
  readonly engine: TorrentEngine;
  readonly buffers: CountingPool;
  /** What the engine told its owner: "stored 3", "rejected 3", "complete", "ban 2", "storage error …". */
  readonly events: string[] = [];
  /** Pieces that are with the store. */
  readonly storing: { index: number; settle(error?: Error): void }[] = [];
  /** Blocks that uploads wait for, if `isDiskSlow`. */
  readonly waitingReads: (() => void)[] = [];
  isDiskSlow = false;
  /** Blocks that were said to be wanted soon. */
  readonly prepared: [index: number, begin: number][] = [];
  now = 1_000_000;
  #joined = 0;

  constructor(options: HarnessOptions = {}) {
    const pieceLength = options.pieceLength ?? 4 * BLOCK_LENGTH;
    this.layout = new PieceLayout(
      pieceLength,
      options.totalLength ?? (options.pieceCount ?? 8) * pieceLength,
    );
    const have = bitfield(this.layout.pieceCount, options.have ?? []);
    this.buffers = new CountingPool(options.buffers ?? 100);
    this.engine = new TorrentEngine({
      layout: this.layout,
      have,
      buffers: this.buffers,
      random: seededRandom(options.seed ?? 1),
      uploadSlots: options.uploadSlots ?? 4,
      maxRequestQueue: options.maxRequestQueue ?? 500,
      extensions: options.extensions
        ? { port: 6881, infoBytes: options.infoBytes ?? INFO_BYTES, isPrivate: options.isPrivate ?? false }
        : undefined,
      superSeeding: options.superSeeding ?? false,
      ...(options.priorities && { priorities: Uint8Array.from(options.priorities) }),
      isSequential: options.isSequential ?? false,
      padding: options.padding ?? [],
      ...(options.keeper && { keeper: options.keeper }),
      ...(options.kept && { kept: options.kept }),
      allowedFast: () => Promise.resolve(options.allowedFast ?? []),
      store: { finish: (index, buffer) => this.#finish(index, buffer, options.holdStore ?? false) },
      source: {
        ready: (_index, _begin, _length, onReady) => {
          if (this.isDiskSlow) this.waitingReads.push(onReady);
          return !this.isDiskSlow;
        },
        prepare: (index, begin) => this.prepared.push([index, begin]),
        copy: (index, begin, into) => into.fill(contentOf(index, begin)),
        lend: (_index, begin, length, most) =>
          length === BLOCK_LENGTH
            ? { lease: LEASE, from: begin, to: begin + most * length, count: most }
            : undefined,
      },
      events: {
        onPieceStored: (index) => this.events.push(`stored ${index}`),
        onPieceRejected: (index) => this.events.push(`rejected ${index}`),
        onBlocksKept: (index) => this.events.push(`kept ${index}`),
        onComplete: () => this.events.push("complete"),
        onStorageError: (error) => this.events.push(`storage error ${error.message}`),
        onListening: (peer) => this.events.push(`listening ${peer.extensions?.port}`),
        onPeers: (addresses) => this.events.push(`peers ${addresses.map(formatPeerAddress).join(" ")}`),
        onBan: (peer) => this.events.push(`ban ${peer.peerId[0]}`),
      },
    });
  }

  /** A remote connects; it has these pieces, and unchokes us unless told not to. Remotes are numbered from 1. */
  join(
    pieces: readonly number[] | "all" | "none",
    { unchokes = true, extended = false, outgoing = true, fast = false }: {
      unchokes?: boolean;
      extended?: boolean;
      outgoing?: boolean;
      fast?: boolean;
    } = {},
  ): Remote {
    const wire = new FakeWire();
    const number = ++this.#joined;
    const peer = this.engine.add(wire, {
      peerId: new Uint8Array(20).fill(number),
      address: { ip: "127.0.0.1", port: 6880 + number },
      outgoing,
      extended,
      fast,
    }, this.now);
    if (pieces !== "none") peer.onBitfield(bitfield(this.layout.pieceCount, pieces).bytes);
    if (unchokes) peer.onUnchoke();
    this.batch({ peer, wire });
    return { peer, wire };
  }

  batch({ peer }: Remote): void {
    peer.onBatchEnd(this.now);
  }

  /** Moves time on in steps of a second, each with a tick. Remotes in `alive` send keep-alives. */
  pass(ms: number, alive: readonly Remote[] = []): void {
    for (const end = this.now + ms; this.now < end;) {
      this.now += Math.min(1000, end - this.now);
      for (const remote of alive) this.batch(remote);
      this.engine.tick(this.now);
    }
  }

  /** Sends one block, good unless told otherwise, without ending the batch. */
  sendBlock({ peer }: Remote, index: number, begin: number, { isBad = false } = {}): void {
    const length = this.layout.blockLength(index, begin);
    peer.onPiece(index, begin, new Uint8Array(length).fill(contentOf(index, begin) + (isBad ? 1 : 0)));
  }

  /** Answers requests the remote has received, in order, in one batch. Returns how many there were. */
  answer(remote: Remote, requests: Call[] = remote.wire.take("request"), { isBad = false } = {}): number {
    for (const [, index, begin] of requests) {
      this.sendBlock(remote, index as number, begin as number, { isBad });
    }
    this.batch(remote);
    return requests.length;
  }

  /** Lets the store's promises and their followers run. */
  async settle(): Promise<void> {
    for (const { settle } of this.storing.splice(0)) settle();
    for (let i = 0; i < 5; i++) await null;
  }

  #finish(index: number, buffer: Uint8Array, isHeld: boolean): Promise<Verdict> {
    let isGood = true;
    for (let at = 0; at < buffer.length; at++) {
      isGood &&= buffer[at] === contentOf(index, at - at % BLOCK_LENGTH);
    }
    const verdict: Verdict = isGood ? "stored" : "bad-hash";
    if (!isHeld) return Promise.resolve(verdict);
    return new Promise((resolve, reject) => {
      this.storing.push({ index, settle: (error) => error === undefined ? resolve(verdict) : reject(error) });
    });
  }
}

/** A peer that was met before the torrent was known, in a search for its metadata. */
export const MET: RemotePeer = {
  peerId: new Uint8Array(20),
  address: { ip: "192.0.2.1", port: 1 },
  outgoing: true,
  fast: true,
};

/** The info dictionary that peers may ask for: three pieces of it. */
export const INFO_BYTES: Uint8Array = pseudoRandomBytes(40_000, 9);

/** The byte of which a block of the content is made. */
export function contentOf(index: number, begin: number): number {
  return (index * 31 + begin / BLOCK_LENGTH * 7 + 1) & 0xff;
}

export function bitfield(length: number, pieces: readonly number[] | "all"): Bitfield {
  const field = new Bitfield(length);
  if (pieces === "all") field.setAll();
  else for (const index of pieces) field.set(index);
  return field;
}
