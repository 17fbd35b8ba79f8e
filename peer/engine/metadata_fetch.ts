// Puts the info dictionary together from what several peers send of it, whoever lies.
// https://www.bittorrent.org/beps/bep_0009.html. Nothing that a peer says is believed but through the info hash:
//
//   each size that is claimed: an attempt, its pieces from all who claim it ──all here──▶ hash ──right──▶ done
//                                    ▲                                                     │ wrong
//                                    │      one sender: it lied and goes                   │
//                                    └───── several: once more, from one of them alone ◀───┘

import { concat } from "../../protocol/bytes.ts";
import {
  encodeMetadataRequest,
  METADATA_PIECE_LENGTH,
  type MetadataMessage,
  metadataPieceCount,
} from "../../protocol/ut_metadata.ts";

/** Largest info dictionary fetched, in bytes. A torrent of 500,000 pieces has one of 10 MB; usual are 20 to 500 KB. */
export const MAX_METADATA_BYTES = 16 * 1024 * 1024;
/** Attempts at the same time, that is sizes that peers claim: liars can take up no more than these. */
const MOST_ATTEMPTS = 4;
/** Requests open with one peer. */
const MOST_REQUESTS = 4;
/** After this long without an answer others are asked for the piece, and the peer is left alone for a while, ms. */
const REQUEST_TIMEOUT_MS = 10_000;
/** A peer that refuses or does not answer is asked again after this long, ms. */
const REST_MS = 30_000;
/** An attempt that gets no piece for this long makes way for another size or source, ms. */
const STALL_MS = 30_000;
/** So does one that was slower than a piece a second for this long, if a size waits: a liar can make it last for hours, ms. */
const SLOW_MS = 60_000;
const SLOW_PIECE_MS = 1_000;

export interface MetadataFetchOptions<P> {
  /** Sends the payload of an `ut_metadata` message. The caller flushes after each call into here. */
  send(peer: P, payload: Uint8Array): void;
  /** True if the bytes have the torrent's info hash. */
  verify(bytes: Uint8Array): Promise<boolean>;
  /** The info dictionary is here. Called once, the last call of all. */
  onDone(bytes: Uint8Array): void;
  /** This peer has sent what can't be right: it is to be dropped. */
  onLiar(peer: P, reason: string): void;
  /** A verdict has come in and others were asked: all that wait are to be flushed. */
  onFlush(): void;
}

/** A peer that says it has the info dictionary. */
interface Source<P> {
  readonly peer: P;
  readonly size: number;
  /** Pieces asked of it, with the time. */
  readonly asked: Map<number, number>;
  /** Pieces that it was asked for in vain: they may still come. */
  readonly late: Set<number>;
  /** Not to be asked before, ms. */
  restsUntil: number;
}

/** The pieces of a dictionary of one size. */
interface Attempt<P> {
  readonly size: number;
  readonly pieces: (Uint8Array | undefined)[];
  readonly senders: Set<P>;
  missing: number;
  /** The only one that is asked, after pieces of several made no right whole. */
  soleSource: P | undefined;
  isChecking: boolean;
  /** When it began, and when a piece last came, ms. */
  beganAt: number;
  progressAt: number;
}

/** One info dictionary on its way. `now` is milliseconds of a monotonic clock. */
export class MetadataFetch<P> {
  readonly #options: MetadataFetchOptions<P>;
  readonly #sources = new Map<P, Source<P>>();
  /** By size. */
  readonly #attempts = new Map<number, Attempt<P>>();
  #isDone = false;

  constructor(options: MetadataFetchOptions<P>) {
    this.#options = options;
  }

  /** The part of the dictionary that is here, 0 to 1, by the attempt that has come farthest. */
  get progress(): number {
    let most = 0;
    for (const { pieces, missing } of this.#attempts.values()) {
      most = Math.max(most, (pieces.length - missing) / pieces.length);
    }
    return most;
  }

  /** The peer says that it has a dictionary of `size` bytes. */
  onSize(peer: P, size: number, now: number): void {
    const before = this.#sources.get(peer)?.size;
    if (this.#isDone || before === size) return;
    if (before !== undefined) {
      return this.#accuse(peer, "claims another size of the metadata than before", now);
    }
    if (size > MAX_METADATA_BYTES) {
      this.#options.onLiar(peer, `claims ${size} bytes of metadata: limit is ${MAX_METADATA_BYTES}`);
      return;
    }
    this.#sources.set(peer, { peer, size, asked: new Map(), late: new Set(), restsUntil: now });
    this.#askAll(now);
  }

  /** A peer has answered. */
  onMessage(peer: P, message: MetadataMessage, now: number): void {
    const source = this.#sources.get(peer);
    if (this.#isDone || source === undefined || message.type === "request") return;
    if (message.type === "data") return this.#onData(source, message, now);
    if (!source.asked.delete(message.piece)) return;
    source.restsUntil = now + REST_MS;
    this.#askAll(now);
  }

  /** The peer is gone. Idempotent. */
  remove(peer: P, now: number): void {
    const source = this.#sources.get(peer);
    if (source === undefined) return;
    this.#sources.delete(peer);
    const attempt = this.#attempts.get(source.size);
    if (attempt?.soleSource === peer) this.#restart(attempt, now);
    this.#dropOrphans();
    this.#askAll(now);
  }

  /** Once a second: who does not answer is not waited for. */
  tick(now: number): void {
    if (this.#isDone) return;
    for (const source of this.#sources.values()) {
      for (const [piece, askedAt] of source.asked) {
        if (now - askedAt < REQUEST_TIMEOUT_MS) continue;
        source.asked.delete(piece);
        source.late.add(piece);
        source.restsUntil = now + REST_MS;
      }
    }
    for (const attempt of this.#attempts.values()) {
      if (attempt.isChecking) continue;
      const isStalled = now - attempt.progressAt >= STALL_MS;
      if (isStalled && attempt.soleSource !== undefined) this.#restart(attempt, now);
      else if ((isStalled || isSlow(attempt, now)) && this.#isSizeWaiting()) this.#setAside(attempt);
    }
    this.#askAll(now);
  }

  #onData(source: Source<P>, { piece, totalSize, data }: MetadataMessage & { type: "data" }, now: number) {
    const { peer, size } = source;
    const wasAsked = source.asked.delete(piece) || source.late.delete(piece);
    const attempt = this.#attempts.get(size);
    if (!wasAsked || attempt === undefined) return;
    if (data.length !== pieceLength(size, piece) || (totalSize !== undefined && totalSize !== size)) {
      this.#accuse(peer, `sent metadata of another size than it had claimed`, now);
      return;
    }
    const isWelcome = attempt.soleSource === undefined || attempt.soleSource === peer;
    if (isWelcome && attempt.pieces[piece] === undefined) {
      attempt.pieces[piece] = data.slice();
      attempt.senders.add(peer);
      attempt.progressAt = now;
      if (--attempt.missing === 0) return void this.#check(attempt, now);
    }
    this.#askAll(now);
  }

  async #check(attempt: Attempt<P>, now: number): Promise<void> {
    attempt.isChecking = true;
    const bytes = concat(attempt.pieces as Uint8Array[]);
    const isRight = await this.#options.verify(bytes);
    if (this.#isDone) return;
    attempt.isChecking = false;
    if (isRight) {
      this.#isDone = true;
      this.#attempts.clear();
      this.#options.onDone(bytes);
      return;
    }
    const [sender] = attempt.senders;
    const isProven = attempt.senders.size === 1 && sender !== undefined;
    this.#restart(attempt, now);
    if (isProven) this.#accuse(sender, "sent metadata with a wrong hash", now);
    else this.#askAll(now);
    this.#options.onFlush();
  }

  #accuse(peer: P, reason: string, now: number): void {
    this.remove(peer, now);
    this.#options.onLiar(peer, reason);
  }

  /** Begins again, from one source alone: another one than before, if there is one. */
  #restart(attempt: Attempt<P>, now: number): void {
    const { soleSource } = attempt;
    attempt.pieces.fill(undefined);
    attempt.missing = attempt.pieces.length;
    attempt.senders.clear();
    attempt.beganAt = attempt.progressAt = now;
    for (const source of this.#sources.values()) {
      if (source.size !== attempt.size) continue;
      // What was asked before could still come, and count for the new attempt: of the new sole source only.
      for (const piece of source.asked.keys()) source.late.add(piece);
      source.asked.clear();
    }
    const candidates = [...this.#sources.values()].filter(({ size }) => size === attempt.size);
    const before = candidates.findIndex(({ peer }) => peer === soleSource);
    attempt.soleSource = candidates[(before + 1) % candidates.length]?.peer;
  }

  /** Another size has its turn before this one has it again. */
  #setAside({ size }: Attempt<P>): void {
    this.#attempts.delete(size);
    for (const source of [...this.#sources.values()]) {
      if (source.size !== size) continue;
      this.#sources.delete(source.peer);
      this.#sources.set(source.peer, source);
    }
  }

  /** Asks every source for as much as it may be asked. */
  #askAll(now: number): void {
    if (this.#isDone) return;
    for (const source of this.#sources.values()) {
      const attempt = this.#attemptFor(source.size, now);
      if (attempt !== undefined) this.#ask(source, attempt, now);
    }
  }

  #ask(source: Source<P>, attempt: Attempt<P>, now: number): void {
    const { peer, asked } = source;
    if (attempt.isChecking || now < source.restsUntil || asked.size >= MOST_REQUESTS) return;
    if (attempt.soleSource !== undefined && attempt.soleSource !== peer) return;
    const taken = this.#askedPieces(attempt.size);
    for (let piece = 0; piece < attempt.pieces.length && asked.size < MOST_REQUESTS; piece++) {
      if (attempt.pieces[piece] !== undefined || taken.has(piece)) continue;
      asked.set(piece, now);
      source.late.delete(piece);
      this.#options.send(peer, encodeMetadataRequest(piece));
    }
  }

  #askedPieces(size: number): Set<number> {
    const taken = new Set<number>();
    for (const source of this.#sources.values()) {
      if (source.size === size) { for (const piece of source.asked.keys()) taken.add(piece); }
    }
    return taken;
  }

  #attemptFor(size: number, now: number): Attempt<P> | undefined {
    const existing = this.#attempts.get(size);
    if (existing !== undefined || this.#attempts.size >= MOST_ATTEMPTS) return existing;
    const count = metadataPieceCount(size);
    const attempt: Attempt<P> = {
      size,
      pieces: new Array<Uint8Array | undefined>(count).fill(undefined),
      senders: new Set(),
      missing: count,
      soleSource: undefined,
      isChecking: false,
      beganAt: now,
      progressAt: now,
    };
    this.#attempts.set(size, attempt);
    return attempt;
  }

  /** Attempts at a size that nobody claims any more. */
  #dropOrphans(): void {
    const claimed = new Set([...this.#sources.values()].map(({ size }) => size));
    for (const size of this.#attempts.keys()) if (!claimed.has(size)) this.#attempts.delete(size);
  }

  /** True if a source claims a size that no attempt is made at. */
  #isSizeWaiting(): boolean {
    return [...this.#sources.values()].some(({ size }) => !this.#attempts.has(size));
  }
}

function isSlow({ beganAt, missing, pieces }: Attempt<unknown>, now: number): boolean {
  const ms = now - beganAt;
  return ms >= SLOW_MS && ms > (pieces.length - missing) * SLOW_PIECE_MS;
}

function pieceLength(size: number, piece: number): number {
  return Math.min(METADATA_PIECE_LENGTH, size - piece * METADATA_PIECE_LENGTH);
}
