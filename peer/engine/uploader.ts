// Answers requests: takes them in while we don't choke, and lays blocks into the send buffer as it has room.
// https://www.bittorrent.org/beps/bep_0003.html ("request", "cancel", "piece"). To whom we upload, the choker decides;
// where blocks come from, BlockSource hides. With the fast extension (BEP 6) every request is answered: with its block,
// or with a reject.

import type { Bitfield } from "../../protocol/bitfield.ts";
import { ProtocolError } from "../../protocol/errors.ts";
import { PIECE_HEADER_LENGTH } from "../../protocol/messages.ts";
import { LONG_BLOCK_LENGTH, type PieceLayout } from "../../protocol/piece_layout.ts";
import type { Peer } from "./peer.ts";
import type { BlockSource } from "./ports.ts";
import type { SuperSeeding } from "./super_seeding.ts";

/**
 * The most that may be asked for at once, which peers are told (`max_request_length`). BEP 3 knows 16 KiB; older clients use up
 * to 128 KiB without being told.
 */
export const MAX_REQUEST_BYTES = LONG_BLOCK_LENGTH;
/** What older clients ask for at most. Under a small limit on uploads nobody gets more at once. */
const MAX_SLICED_BYTES = 128 * 1024;
/** A longer block leaves as soon as this much might: else it would wait until nothing else does. */
const ENOUGH_ROOM = MAX_SLICED_BYTES + PIECE_HEADER_LENGTH;
/**
 * So many bytes of requests before its turn, and up to twice as many, a block is read while others are sent. A batch at a
 * time, as each wakes a disk thread and is answered by it: with pieces of 256 KiB that took 5 % of the CPU.
 */
const READ_AHEAD_BYTES = 1024 * 1024;

export interface UploaderOptions {
  layout: PieceLayout;
  have: Bitfield;
  source: BlockSource;
  superSeeding: SuperSeeding | undefined;
}

/** The sending half of one torrent. */
export class Uploader {
  /** Bytes of blocks put into send buffers. */
  uploaded = 0;
  readonly #layout: PieceLayout;
  readonly #have: Bitfield;
  readonly #source: BlockSource;
  /** Set while peers may ask only for what they were told of. */
  readonly #superSeeding: SuperSeeding | undefined;

  constructor({ layout, have, source, superSeeding }: UploaderOptions) {
    this.#superSeeding = superSeeding;
    this.#layout = layout;
    this.#have = have;
    this.#source = source;
  }

  /** @throws {ProtocolError} if there is no such range, or it is too long. */
  onRequest(peer: Peer, index: number, begin: number, length: number): void {
    if (!this.#layout.contains(index, begin, length) || length > MAX_REQUEST_BYTES) {
      throw new ProtocolError(
        `Cannot accept a request: must be 1 to ${MAX_REQUEST_BYTES} bytes inside a piece: ` +
          `got ${length} bytes at ${begin} of piece ${index}`,
      );
    }
    // Weather: our choke was under way when it asked (BEP 3), or it misread what we have.
    const isWelcome = this.#have.has(index) &&
      (!peer.amChoking || peer.fast?.spend(index, length) === true) &&
      (this.#superSeeding === undefined || this.#superSeeding.hasTold(peer, index));
    if (isWelcome && this.#isTooSlowFor(peer, length)) return reject(peer, index, begin, length);
    // A full queue drops the request. Nobody honest gets there, and memory stays bounded.
    if (!isWelcome || !peer.uploads.requests.push(index, begin, length)) reject(peer, index, begin, length);
  }

  onCancel(peer: Peer, index: number, begin: number): void {
    const { uploads } = peer;
    const { requests } = uploads;
    const place = requests.find(index, begin);
    if (place < 0) return; // its block is on the way: that is the answer
    const length = requests.lengthAt(place);
    requests.remove(index, begin);
    if (place < uploads.prepared) uploads.prepared--;
    reject(peer, index, begin, length);
  }

  /** We have begun to choke the peer: what it has asked for is dropped, but for what it may have all the same. */
  onChoke(peer: Peer): void {
    const { fast, uploads: { requests } } = peer;
    peer.uploads.prepared = 0;
    if (fast === undefined) return requests.clear();
    for (let left = requests.length; left > 0; left--) {
      const index = requests.indexAt(0);
      const begin = requests.beginAt(0);
      const length = requests.lengthAt(0);
      requests.shift();
      if (fast.spend(index, length)) requests.push(index, begin, length);
      else reject(peer, index, begin, length);
    }
  }

  /** Puts blocks into the peer's send buffer while there is room. Appends only: the caller flushes. */
  fill(peer: Peer, now: number): void {
    const { requests } = peer.uploads;
    if (requests.length === 0 || peer.uploads.isWaiting || peer.isGone) return;
    const { wire } = peer;
    while (requests.length > 0) {
      const length = requests.lengthAt(0);
      if (this.#isTooSlowFor(peer, length)) {
        reject(peer, requests.indexAt(0), requests.beginAt(0), length);
        requests.shift();
        peer.uploads.prepared = Math.max(0, peer.uploads.prepared - 1);
        continue;
      }
      if (wire.room < Math.min(length + PIECE_HEADER_LENGTH, ENOUGH_ROOM)) return;
      const index = requests.indexAt(0);
      const begin = requests.beginAt(0);
      peer.uploads.isWaiting = true;
      const isReady = this.#source.ready(index, begin, length, peer.uploads.onReady);
      this.#prepare(peer);
      if (!isReady) return;
      peer.uploads.isWaiting = false;
      const count = this.#lend(peer, index, begin, length) || this.#copy(peer, index, begin, length);
      requests.shift(count);
      peer.uploads.prepared = Math.max(0, peer.uploads.prepared - count);
      peer.uploaded += count * length;
      this.uploaded += count * length;
      peer.sentAt = now;
    }
  }

  /** Whatever else is to be said takes the rest of a block with it that leaves in slices: that must not be a long one. */
  #isTooSlowFor({ wire }: Peer, length: number): boolean {
    return length > MAX_SLICED_BYTES && wire.slices(length);
  }

  /** Sends a block from where it lies, and those behind it that are asked for next. Returns how many; 0 if it must be copied. */
  #lend({ uploads, wire }: Peer, index: number, begin: number, length: number): number {
    const most = uploads.requests.row(wire.takesLent(length));
    const messages = most === 0 ? undefined : this.#source.lend(index, begin, length, most);
    if (messages === undefined) return 0;
    wire.lent(messages);
    return messages.count;
  }

  #copy({ wire }: Peer, index: number, begin: number, length: number): number {
    this.#source.copy(index, begin, wire.piece(index, begin, length));
    return 1;
  }

  /** Tells the source what will be wanted of it next. */
  #prepare({ uploads }: Peer): void {
    const { prepared, requests } = uploads;
    const ahead = Math.ceil(READ_AHEAD_BYTES / requests.lengthAt(0));
    if (prepared > ahead) return;
    uploads.prepared = Math.min(2 * ahead, requests.length);
    for (let i = prepared; i < uploads.prepared; i++) {
      this.#source.prepare(requests.indexAt(i), requests.beginAt(i), requests.lengthAt(i));
    }
  }
}

/** Tells a peer that understands it that its request will not be answered. */
function reject({ fast, wire }: Peer, index: number, begin: number, length: number): void {
  if (fast !== undefined) wire.reject(index, begin, length);
}
