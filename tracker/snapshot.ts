// The swarms as bytes, to be read back after a restart: frames of some hundred peers each, every one whole in itself, so
// that writing and reading go on in small steps between announces and what is spoilt costs one frame. No I/O.
//
//   frame   bytes of the rest (4) · checksum of what follows (4) · Unix milliseconds (8) · records
//   swarm   1 · info hash (20) · largest `left` (8)
//   peer    4 or 6 · address and port (6 or 18) · peer id (20) · hash of its key (4) · age in tenths of a second (4)
//           · 1: seeder, 2: has completed, 4: partial seed (1) · uploaded, downloaded, left (8 each); of the swarm last named
//
// Numbers are little-endian. Peers in browsers are not in it: their connections don't survive.

import { toBinary } from "../protocol/mod.ts";
import { hashBytes } from "./hash.ts";
import { Counter, MAX_KEY, TIME_ROUND } from "./peer_record.ts";
import { NO_LIST, NO_PEER } from "./peer_table.ts";
import { reachOf } from "./reach.ts";
import { NO_SWARM } from "./swarm_store.ts";
import type { Tracker } from "./tracker.ts";

/** Before the first frame: what this is, and in which version. */
export const SNAPSHOT_HEAD = "seedling swarms 1\n";

const FRAME_HEAD = 16;
/** Some 500 peers: a frame is written in half a millisecond, and read in a whole one. */
const MAX_FRAME_BYTES = 32 * 1024;
const SWARM = 1;
const SWARM_BYTES = 29;
const MAX_PEER_BYTES = 72;
/** Places and peers that one call of next() looks at, at most: a millisecond or less. */
const STEP = 2000;

const IS_SEEDER = 1;
const HAS_COMPLETED = 2;
const IS_PARTIAL = 4;

/** Bytes that are no snapshot, or a spoilt one. */
export class SnapshotError extends Error {
  override name = "SnapshotError";
}

/** Walks through all swarms and writes them down. What changes meanwhile may be told as it was or as it is. */
export class SnapshotWriter {
  readonly #tracker: Tracker;
  #place = 0;
  #isIp6 = false;
  #position = 0;
  readonly #bytes = new Uint8Array(MAX_FRAME_BYTES);
  readonly #view = new DataView(this.#bytes.buffer);
  #length = 0;
  #peers = 0;

  constructor(tracker: Tracker) {
    this.#tracker = tracker;
  }

  /** Peers written so far. */
  get peers(): number {
    return this.#peers;
  }

  /** The next frame, borrowed until the next call; empty where a step found nothing, undefined after the last one. */
  next(now: number, unix: number): Uint8Array<ArrayBuffer> | undefined {
    const { peers, swarms } = this.#tracker;
    const tenths = this.#tracker.tenths(now);
    if (this.#place >= swarms.places) return undefined;
    this.#length = FRAME_HEAD;
    let named = NO_SWARM;
    for (let left = STEP; left > 0 && this.#place < swarms.places; left--) {
      const swarm = swarms.at(this.#place);
      const list = swarm === NO_SWARM ? NO_LIST : peers.lists.find(swarm, this.#isIp6);
      if (this.#position >= peers.lists.count(list)) {
        this.#goOn();
        continue;
      }
      if (this.#length + SWARM_BYTES + MAX_PEER_BYTES > MAX_FRAME_BYTES) break;
      if (named !== swarm) this.#writeSwarm(swarm);
      named = swarm;
      this.#writePeer(list, this.#position++, tenths);
    }
    return this.#length === FRAME_HEAD ? this.#bytes.subarray(0, 0) : this.#seal(unix);
  }

  #goOn(): void {
    this.#position = 0;
    this.#isIp6 = !this.#isIp6;
    if (!this.#isIp6) this.#place++;
  }

  #writeSwarm(swarm: number): void {
    const { swarms } = this.#tracker;
    const at = this.#length;
    this.#bytes[at] = SWARM;
    this.#bytes.set(swarms.infoHash(swarm), at + 1);
    this.#view.setFloat64(at + 21, swarms.largestLeft(swarm), true);
    this.#length += SWARM_BYTES;
  }

  #writePeer(list: number, position: number, tenths: number): void {
    const { peers } = this.#tracker;
    const endpoint = peers.endpoint(list, position);
    let at = this.#length;
    this.#bytes[at++] = endpoint.length === 6 ? 4 : 6;
    this.#bytes.set(endpoint, at);
    at += endpoint.length;
    this.#bytes.set(peers.peerId(list, position), at);
    this.#view.setUint32(at + 20, peers.keyOf(list, position), true);
    this.#view.setUint32(at + 24, peers.silence(list, position, tenths), true);
    this.#bytes[at + 28] = (peers.isSeeder(list, position) ? IS_SEEDER : 0) |
      (peers.hasCompleted(list, position) ? HAS_COMPLETED : 0) |
      (peers.isPartial(list, position) ? IS_PARTIAL : 0);
    for (const [i, counter] of COUNTERS.entries()) {
      this.#view.setFloat64(at + 29 + 8 * i, peers.counter(list, position, counter), true);
    }
    this.#length = at + 53;
    this.#peers++;
  }

  #seal(unix: number): Uint8Array<ArrayBuffer> {
    const frame = this.#bytes.subarray(0, this.#length);
    this.#view.setFloat64(8, unix, true);
    this.#view.setUint32(0, this.#length - 4, true);
    this.#view.setUint32(4, hashBytes(0, frame, 8), true);
    return frame;
  }
}

const COUNTERS = [Counter.uploaded, Counter.downloaded, Counter.left] as const;

/** The largest number that a counter may be: what is above was no counter of ours. */
const MAX_VALUE = 2 ** 48;

/** Peers of a full swarm of which the one that is silent longest makes room: a small swarm's all, a large one's so many. */
const LOOKED_AT = 16;
/** The same in a full tracker: peers, and ends of lists, of which the smallest swarm has two for its one peer. */
const LOOKED_AT_ANYWHERE = 3 * LOOKED_AT;

/**
 * Puts what a snapshot says into a tracker. Peers that have announced since the start are left as they are. Where a swarm
 * or the tracker may have fewer peers now, those are back that announced last: all but a few of them where they are many.
 */
export class SnapshotReader {
  readonly #tracker: Tracker;
  // A peer on its way in.
  readonly #endpoint4 = new Uint16Array(3);
  readonly #endpoint6 = new Uint16Array(9);
  readonly #identity = { endpoint: this.#endpoint4, peerId: new Uint32Array(5), key: 0 };
  readonly #peerIdBytes = new Uint8Array(this.#identity.peerId.buffer);
  readonly #counters = { uploaded: 0, downloaded: 0, left: 0 };
  #peers = 0;
  #leftOut = 0;
  /** Where in a full swarm is looked next, around and around: all of it is looked at as often. */
  #hand = 0;
  /** The same in a full tracker. */
  readonly #round = { place: 0, isIp6: false, position: 0 };

  constructor(tracker: Tracker) {
    this.#tracker = tracker;
  }

  /** Peers that are back. */
  get peers(): number {
    return this.#peers;
  }

  /** Peers that aren't, since there is no room for them. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /**
   * How many bytes the frame has that begins with `bytes`, undefined if they are too few to tell.
   *
   * @throws {SnapshotError} if it is none.
   */
  frameLength(bytes: Uint8Array): number | undefined {
    if (bytes.length < 4) return undefined;
    const length = viewOf(bytes).getUint32(0, true) + 4;
    if (length < FRAME_HEAD || length > MAX_FRAME_BYTES) throw spoilt();
    return length;
  }

  /**
   * Takes in one whole frame.
   *
   * @throws {SnapshotError} if it is spoilt.
   */
  read(frame: Uint8Array, now: number, unix: number): void {
    const view = viewOf(frame);
    if (frame.length < FRAME_HEAD || view.getUint32(4, true) !== hashBytes(0, frame, 8)) throw spoilt();
    const written = view.getFloat64(8, true);
    const age = Math.max(0, Math.floor((unix - written) / 100));
    if (!Number.isFinite(age)) throw spoilt();
    let swarm: string | undefined;
    let largestLeft = 0;
    const tenths = this.#tracker.tenths(now);
    const timeout = this.#tracker.peerTimeout(now) * 10;
    for (let at = FRAME_HEAD; at < frame.length;) {
      const kind = frame[at++];
      if (kind === SWARM && at + SWARM_BYTES - 1 <= frame.length) {
        swarm = toBinary(frame.subarray(at, at + 20));
        largestLeft = view.getFloat64(at + 20, true);
        at += SWARM_BYTES - 1;
        continue;
      }
      const length = kind === 4 ? 6 : 18;
      if ((kind !== 4 && kind !== 6) || swarm === undefined || at + length + 53 > frame.length) {
        throw spoilt();
      }
      this.#readPeer(frame, view, at, { swarm, largestLeft, length, age, tenths, timeout });
      at += length + 53;
    }
  }

  #readPeer(
    bytes: Uint8Array,
    view: DataView,
    at: number,
    { age, largestLeft, length, swarm: infoHash, tenths, timeout }: {
      swarm: string;
      largestLeft: number;
      length: number;
      age: number;
      tenths: number;
      timeout: number;
    },
  ): void {
    const { peers, swarms } = this.#tracker;
    const idAt = at + length;
    const silence = view.getUint32(idAt + 24, true) + age;
    if (silence >= timeout || !this.#tracker.admission.lists.allows(infoHash)) return;
    const counters = this.#counters;
    counters.uploaded = readCounter(view, idAt + 29);
    counters.downloaded = readCounter(view, idAt + 37);
    counters.left = readCounter(view, idAt + 45);

    const identity = this.#identity;
    const endpoint = length === 6 ? this.#endpoint4 : this.#endpoint6;
    identity.endpoint = endpoint;
    new Uint8Array(endpoint.buffer).set(bytes.subarray(at, at + length));
    this.#peerIdBytes.set(bytes.subarray(idAt, idAt + 20));
    const { admission } = this.#tracker;
    if (admission.deniesPeer(() => bytes.subarray(idAt, idAt + 20), bytes.subarray(at, idAt))) {
      return;
    }
    identity.key = view.getUint32(idAt + 20, true) & MAX_KEY;
    const isIp6 = length === 18;
    const known = swarms.find(infoHash);
    const former = known === NO_SWARM ? NO_LIST : peers.lists.find(known, isIp6);
    if (former !== NO_LIST) {
      if (peers.find(former, endpoint) !== NO_PEER || peers.findByKey(former, identity) !== NO_PEER) return;
      if (this.#tracker.isFullOfPorts(known, isIp6)) {
        this.#leftOut++;
        if (!this.#makeRoom(former, silence, tenths)) return;
        this.#peers--;
      }
    }
    if (this.#tracker.isFull) {
      const needsSwarm = known === NO_SWARM && !this.#tracker.isRoomForSwarm;
      this.#makeRoomAnywhere(silence, tenths, needsSwarm);
    }
    const swarm = this.#tracker.readmit(infoHash);
    if (swarm === NO_SWARM) {
      this.#leftOut++;
      return;
    }
    const list = peers.lists.make(swarm, isIp6);
    const flags = bytes[idAt + 28] as number;
    const position = peers.add(list, (flags & IS_SEEDER) !== 0, identity);
    const lastSeen = tenths - silence;
    // Before the tracker's start: times go round.
    peers.update(list, position, counters, lastSeen < 0 ? lastSeen + TIME_ROUND : lastSeen);
    if ((flags & HAS_COMPLETED) !== 0) peers.complete(list, position);
    if ((flags & IS_PARTIAL) !== 0 && (flags & IS_SEEDER) === 0) peers.setPartial(list, position, true);
    this.#tracker.noteReach(reachOf(bytes, at, length - 2));
    if (largestLeft >= 0 && largestLeft <= MAX_VALUE) swarms.noteLeft(swarm, largestLeft);
    if (lastSeen > swarms.lastAnnounce(swarm)) swarms.noteAnnounce(swarm, lastSeen);
    swarms.touch(swarm);
    this.#peers++;
  }

  /** Forgets a peer of a list that has been silent for longer, and since before the start. False if there is none. */
  #makeRoom(list: number, silence: number, tenths: number): boolean {
    const { peers } = this.#tracker;
    const count = peers.lists.count(list);
    let longest = Math.max(silence, tenths - 1);
    let found = NO_PEER;
    for (let i = 0; i < Math.min(LOOKED_AT, count); i++) {
      const position = (this.#hand + i) % count;
      const each = peers.silence(list, position, tenths);
      if (each <= longest) continue;
      longest = each;
      found = position;
    }
    this.#hand = (this.#hand + LOOKED_AT) % count;
    if (found === NO_PEER) return false;
    peers.remove(list, found);
    return true;
  }

  /** Forgets such a peer of any swarm, if there is one; if a swarm's place is needed, too, one that its swarm goes with. */
  #makeRoomAnywhere(silence: number, tenths: number, needsSwarm: boolean): void {
    const { peers, swarms } = this.#tracker;
    const at = this.#round;
    let longest = Math.max(silence, tenths - 1);
    let found: { swarm: number; list: number; position: number } | undefined;
    for (let i = 0; i < LOOKED_AT_ANYWHERE; i++) {
      const swarm = swarms.at(at.place);
      const list = swarm === NO_SWARM ? NO_LIST : peers.lists.find(swarm, at.isIp6);
      const position = at.position++;
      if (position >= peers.lists.count(list)) {
        at.position = 0;
        at.isIp6 = !at.isIp6;
        if (!at.isIp6) at.place = (at.place + 1) % swarms.places;
        continue;
      }
      const each = peers.silence(list, position, tenths);
      if (each <= longest || (needsSwarm && !this.#tracker.goesWithPeer(swarm))) continue;
      longest = each;
      found = { swarm, list, position };
    }
    if (found === undefined) return;
    this.#tracker.remove(found.swarm, found.list, found.position);
    this.#peers--;
    this.#leftOut++;
  }
}

function readCounter(view: DataView, at: number): number {
  const value = view.getFloat64(at, true);
  if (value >= 0 && value <= MAX_VALUE) return value;
  throw spoilt();
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function spoilt(): SnapshotError {
  return new SnapshotError("Cannot read the snapshot: it is spoilt");
}
