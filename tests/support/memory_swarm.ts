// A swarm of engines in one process: real messages over simulated links, pieces compared with the content instead of
// hashed. Deterministic: time is simulated, chance is seeded.

import { Buffer } from "node:buffer";
import { Bitfield } from "../../protocol/bitfield.ts";
import { BLOCK_LENGTH, PieceLayout } from "../../protocol/piece_layout.ts";
import { allowedFastSize } from "../../peer/engine/allowed_fast.ts";
import type { Peer } from "../../peer/engine/peer.ts";
import type { BlockSource, BufferPool, PieceStore, Verdict } from "../../peer/engine/ports.ts";
import { TorrentEngine } from "../../peer/engine/torrent_engine.ts";
import { Downlink, MemoryWire, type Receiver, Uplink } from "./memory_wire.ts";
import { seededRandom } from "./random.ts";
import { Simulation } from "./simulation.ts";

export interface SwarmOptions {
  totalLength: number;
  pieceLength: number;
  /** One way, ms. Default 10. */
  latencyMs?: number;
  /** Hash and write of a piece, ms. Default 2. */
  diskMs?: number;
  seed?: number;
}

export interface NodeOptions {
  name: string;
  /** Has everything. Default false. */
  isSeeder?: boolean;
  /** Has this part of the pieces, by chance. Default 0. */
  part?: number;
  /** Regular upload slots. Default: the engine's. */
  uploadSlots?: number;
  /** Bytes per second. Default 10 MB/s both ways. */
  upRate?: number;
  downRate?: number;
  /** Takes and never gives. */
  isSelfish?: boolean;
  /** Piece buffers. Default 32 MiB worth. */
  buffers?: number;
  /** Speaks the fast extension (BEP 6). Default true. */
  isFast?: boolean;
  /** Speaks the extension protocol (BEP 10), and has this info dictionary. Default: it doesn't. */
  infoBytes?: Uint8Array;
  /** Gives each piece away once (BEP 16). Default false. */
  superSeeding?: boolean;
  /** Spoils blocks on their way out. */
  spoil?(index: number, begin: number, block: Uint8Array): void;
}

/** One engine with its links, its store and its counters. */
export class SwarmNode {
  readonly name: string;
  readonly engine: TorrentEngine;
  readonly buffers: CountingPool;
  readonly uplink: Uplink;
  readonly downlink: Downlink;
  readonly isSelfish: boolean;
  readonly isFast: boolean;
  readonly isExtended: boolean;
  /** Addresses that others have named. */
  named = 0;
  /** Simulated time of completion, ms. */
  completeAt: number | undefined = undefined;
  readonly banned: Peer[] = [];
  readonly rejected: number[] = [];
  /** Why connections ended. */
  readonly closeReasons: string[] = [];

  constructor(swarm: MemorySwarm, options: NodeOptions, random: () => number) {
    const { layout, simulation, content } = swarm;
    const have = new Bitfield(layout.pieceCount);
    if (options.isSeeder) have.setAll();
    for (let index = 0; index < layout.pieceCount; index++) {
      if (random() < (options.part ?? 0)) have.set(index);
    }
    this.name = options.name;
    this.isSelfish = options.isSelfish ?? false;
    this.isFast = options.isFast ?? true;
    this.isExtended = options.infoBytes !== undefined;
    this.buffers = new CountingPool(
      options.buffers ?? Math.max(4, Math.floor(32 * 1024 * 1024 / layout.pieceLength)),
    );
    this.uplink = new Uplink(simulation, (options.upRate ?? 10e6) / 1000);
    this.downlink = new Downlink((options.downRate ?? 10e6) / 1000);
    this.engine = new TorrentEngine({
      layout,
      have,
      random,
      ...(options.uploadSlots === undefined ? {} : { uploadSlots: options.uploadSlots }),
      buffers: this.buffers,
      superSeeding: options.superSeeding ?? false,
      ...(options.infoBytes && {
        extensions: { port: 6881, infoBytes: options.infoBytes, isPrivate: false },
      }),
      allowedFast: (ip) => Promise.resolve(swarm.allowedFast(ip)),
      store: new ComparingStore(swarm),
      source: new ContentSource(layout, content, options.spoil),
      events: {
        onPieceStored: () => {},
        onPieceRejected: (index) => this.rejected.push(index),
        onComplete: () => this.completeAt = simulation.now,
        onStorageError: (error) => {
          throw error;
        },
        onBan: (peer) => this.banned.push(peer),
        onPeers: (addresses) => this.named += addresses.length,
      },
    });
  }
}

/** Any number of nodes around one content. */
export class MemorySwarm {
  readonly simulation = new Simulation();
  readonly layout: PieceLayout;
  readonly content: Uint8Array;
  readonly diskMs: number;
  readonly nodes: SwarmNode[] = [];
  readonly #latencyMs: number;
  readonly #random: () => number;

  constructor({ totalLength, pieceLength, latencyMs = 10, diskMs = 2, seed = 1 }: SwarmOptions) {
    this.layout = new PieceLayout(pieceLength, totalLength);
    this.#latencyMs = latencyMs;
    this.diskMs = diskMs;
    this.#random = seededRandom(seed);
    this.content = makeContent(totalLength, this.#random);
  }

  /** Adds a node, and connects it with all others unless told with whom. */
  add(options: NodeOptions, neighbours: readonly SwarmNode[] = this.nodes): SwarmNode {
    const node = new SwarmNode(this, options, this.#random);
    for (const other of [...neighbours]) this.connect(node, other);
    this.nodes.push(node);
    const tick = (): void => {
      node.engine.tick(this.simulation.now);
      this.simulation.at(this.simulation.now + 1000, tick);
    };
    this.simulation.at(this.simulation.now + Math.floor(this.#random() * 1000), tick);
    return node;
  }

  /** Connects two nodes and returns both ends, the first node's first. */
  connect(a: SwarmNode, b: SwarmNode): [MemoryWire, MemoryWire] {
    const wireA = this.#wire(a, () => a.engine.remove(peerOfA));
    const wireB = this.#wire(b, () => b.engine.remove(peerOfB));
    const { now } = this.simulation;
    const both = { fast: a.isFast && b.isFast, extended: a.isExtended && b.isExtended };
    const peerOfA = a.engine.add(wireA, { ...this.#remote(b), outgoing: true, ...both }, now);
    const peerOfB = b.engine.add(wireB, { ...this.#remote(a), outgoing: false, ...both }, now);
    wireA.join(wireB, b.downlink, peerOfA);
    wireB.join(wireA, a.downlink, peerOfB);
    return [wireA, wireB];
  }

  /**
   * Connects a node with somebody who is no engine: `receiver` hears what the node says, and the wire that is returned says
   * whatever it is told to.
   */
  connectStranger(
    node: SwarmNode,
    receiver: Receiver,
    { name, number, upRate = 10e6 }: { name: string; number: number; upRate?: number },
  ): { wire: MemoryWire; ofNode: MemoryWire; peer: Peer } {
    const { simulation } = this;
    const wire = new MemoryWire({
      simulation,
      uplink: new Uplink(simulation, upRate / 1000),
      latencyMs: this.#latencyMs,
      onClose() {},
    });
    const ofNode = this.#wire(node, () => node.engine.remove(peer));
    const address = { ip: `10.66.${number}.1`, port: 6881 };
    const remote = {
      peerId: peerIdOf(name),
      address,
      outgoing: true,
      fast: node.isFast,
      extended: node.isExtended,
    };
    const peer = node.engine.add(ofNode, remote, simulation.now);
    ofNode.join(wire, new Downlink(10e6 / 1000), peer);
    wire.join(ofNode, node.downlink, receiver);
    return { wire, ofNode, peer };
  }

  /** Runs until every node that can is complete. Returns the simulated seconds. */
  async run(limitMs = 3_600_000, isDone = () => this.isComplete): Promise<number> {
    const start = this.simulation.now;
    await this.simulation.run(limitMs, isDone);
    return (this.simulation.now - start) / 1000;
  }

  /** What newcomers may have in spite of a choke: others for each address, as with real ones. */
  allowedFast(ip: string): number[] {
    const seed = [...ip].reduce((sum, char) => Math.imul(sum, 31) + char.charCodeAt(0), 7);
    const random = seededRandom(seed);
    const { pieceCount } = this.layout;
    return Array.from({ length: allowedFastSize(this.layout) }, () => Math.floor(random() * pieceCount));
  }

  get isComplete(): boolean {
    return this.nodes.every(({ engine }) => engine.isComplete);
  }

  /** Stops all engines and lets the pieces that are with the stores come back. */
  async close(): Promise<void> {
    for (const { engine } of this.nodes) engine.close();
    await this.run(1000, () => false);
  }

  #wire(node: SwarmNode, remove: () => void): MemoryWire {
    return new MemoryWire({
      simulation: this.simulation,
      uplink: node.uplink,
      latencyMs: this.#latencyMs,
      isSelfish: node.isSelfish,
      onClose: (reason) => {
        node.closeReasons.push(reason);
        remove();
      },
    });
  }

  #remote(node: SwarmNode): { peerId: Uint8Array; address: { ip: string; port: number } } {
    const place = this.nodes.indexOf(node);
    const number = place < 0 ? this.nodes.length : place;
    return { peerId: peerIdOf(node.name), address: { ip: `10.0.${number}.1`, port: 6881 } };
  }
}

function peerIdOf(name: string): Uint8Array {
  return new TextEncoder().encode(name.padEnd(20, "-").slice(0, 20));
}

/** A pool that knows what it lent. */
export class CountingPool implements BufferPool {
  lent = 0;
  readonly size: number;
  readonly #free: Uint8Array[] = [];

  constructor(size: number) {
    this.size = size;
  }

  take(length: number): Uint8Array | undefined {
    if (this.lent === this.size) return undefined;
    this.lent++;
    const buffer = this.#free.pop() ?? new Uint8Array(length);
    return buffer.length === length ? buffer : new Uint8Array(length);
  }

  give(buffer: Uint8Array): void {
    if (this.lent === 0) throw new Error("Cannot give a buffer back: none is lent");
    this.lent--;
    this.#free.push(buffer);
  }
}

/** "Hashes" by comparing with the content, after a while. */
class ComparingStore implements PieceStore {
  readonly #swarm: MemorySwarm;

  constructor(swarm: MemorySwarm) {
    this.#swarm = swarm;
  }

  finish(index: number, buffer: Uint8Array): Promise<Verdict> {
    const { simulation, layout, content, diskMs } = this.#swarm;
    const offset = layout.pieceOffset(index);
    const isGood = Buffer.compare(buffer, content.subarray(offset, offset + buffer.length)) === 0;
    return new Promise((resolve) => {
      simulation.at(simulation.now + diskMs, () => {
        simulation.hasSettled = true;
        resolve(isGood ? "stored" : "bad-hash");
      });
    });
  }
}

class ContentSource implements BlockSource {
  readonly #layout: PieceLayout;
  readonly #content: Uint8Array;
  readonly #spoil: NodeOptions["spoil"];

  constructor(layout: PieceLayout, content: Uint8Array, spoil: NodeOptions["spoil"]) {
    this.#layout = layout;
    this.#content = content;
    this.#spoil = spoil;
  }

  ready(): boolean {
    return true;
  }

  prepare(): void {}

  copy(index: number, begin: number, into: Uint8Array): void {
    const offset = this.#layout.pieceOffset(index) + begin;
    into.set(this.#content.subarray(offset, offset + into.length));
    this.#spoil?.(index, begin, into);
  }

  lend(): undefined {}
}

/** Bytes in which no block is like another. */
function makeContent(length: number, random: () => number): Uint8Array {
  const content = new Uint8Array(length);
  for (let i = 0; i < BLOCK_LENGTH && i < length; i++) content[i] = random() * 256;
  for (let at = BLOCK_LENGTH; at < length; at += BLOCK_LENGTH) {
    content.set(content.subarray(0, Math.min(BLOCK_LENGTH, length - at)), at);
    content[at] = at >>> 14;
    if (at + 1 < length) content[at + 1] = at >>> 22;
  }
  return content;
}
