// Puts the info dictionary together from what several peers send of it, whoever lies.
// https://www.bittorrent.org/beps/bep_0009.html. Nothing that a peer says is believed but through the info hash:
//
//   each size that is claimed: its pieces from all who claim it ──all here──▶ hash ──right──▶ done
//                                                                               │ wrong
//                                                   one sender: it lied and goes ┤
//                                          several: each alone is asked for all ◀┘
//
// Liars that claim a size each would otherwise keep everybody else waiting: all claims have their turns, and keep what came
// until the next. Of peers that are asked for the same, who has let us wait stands behind those that have not.

import { concat } from "../../protocol/bytes.ts";
import {
  encodeMetadataRequest,
  METADATA_PIECE_LENGTH,
  type MetadataMessage,
  metadataPieceCount,
} from "../../protocol/ut_metadata.ts";

/** Largest info dictionary fetched, in bytes. A torrent of 500,000 pieces has one of 10 MB; usual are 20 to 500 KB. */
export const MAX_METADATA_BYTES = 16 * 1024 * 1024;
/** Claims of which pieces are asked for at the same time. */
const MOST_ACTIVE = 4;
/** After this long a claim makes way for one that waits, ms: among 29 that lie an honest peer is asked within 70 s. */
const TURN_MS = 10_000;
/** Pieces of claims that wait are kept up to this sum, in bytes; beyond it the one that has most loses what it has. */
const MOST_KEPT_BYTES = 2 * MAX_METADATA_BYTES;
/** Requests open with one peer. */
const MOST_REQUESTS = 4;
/** A piece that was asked for this long ago is asked of one more who has nothing else to do, ms. */
const ASK_AGAIN_MS = 2_000;
/** After this long without an answer others are asked for the piece, and the peer is left alone for a while, ms. */
const REQUEST_TIMEOUT_MS = 10_000;
/** A peer that refuses or does not answer is asked again after this long, ms. */
const REST_MS = 30_000;
/** A peer that has been asked for this long, and has sent nothing, does not have what it says, ms. */
const IN_VAIN_MS = 60_000;
/** Besides that minute a peer may take so long for each piece that it sends, ms: 1.6 KB/s. */
const PIECE_MS = 10_000;
/** But no longer than this for all, ms, however many there are: 9 KB/s for the largest dictionary from one peer alone. */
const WHOLE_MS = 30 * 60_000;

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
  claim: Claim<P>;
  /** Pieces asked of it, with the time. */
  readonly asked: Map<number, number>;
  /** Pieces that it was asked for in vain: they may still come. */
  readonly late: Set<number>;
  /** Not to be asked before, ms. */
  restsUntil: number;
  /** When it was first asked since it has last sent something, ms. */
  owesSince: number;
  /** How long it has let us wait before that, ms. */
  owedMs: number;
  /** Requests to it, and answers with a piece: a slow peer, which is asked for some twice, answers both. */
  requests: number;
  answers: number;
}

/** The pieces of a dictionary of one size: of all who claim it, or, once those made no right whole, of one of them alone. */
interface Claim<P> {
  readonly size: number;
  readonly pieces: (Uint8Array | undefined)[];
  /** Peers whose pieces are here. */
  readonly senders: Set<P>;
  missing: number;
  isChecking: boolean;
  /** When its turn began, ms; undefined while it waits. */
  activeSince: number | undefined;
}

/** One info dictionary on its way. `now` is milliseconds of a monotonic clock. */
export class MetadataFetch<P> {
  readonly #options: MetadataFetchOptions<P>;
  /** Who has let us wait comes last. */
  readonly #sources = new Map<P, Source<P>>();
  /** Whoever's turn ended last is last. */
  readonly #claims = new Set<Claim<P>>();
  /** Sizes of which several have sent pieces that made no right whole. */
  readonly #spoilt = new Set<number>();
  #isDone = false;

  constructor(options: MetadataFetchOptions<P>) {
    this.#options = options;
  }

  /** The part of the dictionary that is here, 0 to 1, by the claim that has come farthest. */
  get progress(): number {
    let most = 0;
    for (const { pieces, missing } of this.#claims) {
      most = Math.max(most, (pieces.length - missing) / pieces.length);
    }
    return most;
  }

  /** True if the peer has been asked for a minute and has sent nothing meanwhile: its place may be worth more to others. */
  isInVain(peer: P, now: number): boolean {
    const source = this.#sources.get(peer);
    return !this.#isDone && source !== undefined && now - source.owesSince >= IN_VAIN_MS;
  }

  /**
   * True if the peer has taken more time for what it has sent than an honest one needs: a piece now and then would keep its
   * place for ever. Time in which nothing is asked of it does not count.
   */
  isTooSlow(peer: P, now: number): boolean {
    const source = this.#sources.get(peer);
    if (this.#isDone || source === undefined) return false;
    const { owedMs, owesSince, answers } = source;
    const takenMs = owedMs + Math.max(0, now - owesSince);
    return takenMs >= IN_VAIN_MS + Math.min(answers * PIECE_MS, WHOLE_MS);
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
    this.#sources.set(peer, {
      peer,
      size,
      claim: this.#claimOf(size),
      asked: new Map(),
      late: new Set(),
      restsUntil: now,
      owesSince: Infinity,
      owedMs: 0,
      requests: 0,
      answers: 0,
    });
    this.#askAll(now);
  }

  /** A peer has answered. */
  onMessage(peer: P, message: MetadataMessage, now: number): void {
    const source = this.#sources.get(peer);
    if (this.#isDone || source === undefined || message.type === "request") return;
    if (message.type === "data") return this.#onData(source, message, now);
    if (!source.asked.delete(message.piece)) return;
    this.#rest(source, now);
    this.#askAll(now);
  }

  /** The peer is gone. Idempotent. */
  remove(peer: P, now: number): void {
    const source = this.#sources.get(peer);
    if (source === undefined) return;
    this.#sources.delete(peer);
    const { claim, size } = source;
    if (this.#sourcesOf(claim).length === 0) this.#claims.delete(claim);
    if (![...this.#sources.values()].some((other) => other.size === size)) this.#spoilt.delete(size);
    this.#askAll(now);
  }

  /** Once a second: who does not answer is not waited for. */
  tick(now: number): void {
    if (this.#isDone) return;
    for (const source of [...this.#sources.values()]) {
      for (const [piece, askedAt] of source.asked) {
        if (now - askedAt < REQUEST_TIMEOUT_MS) continue;
        source.asked.delete(piece);
        source.late.add(piece);
        this.#rest(source, now);
      }
    }
    this.#askAll(now);
  }

  #onData(source: Source<P>, { piece, totalSize, data }: MetadataMessage & { type: "data" }, now: number) {
    const { peer, size, claim, asked } = source;
    if (source.answers < source.requests) source.answers++;
    const wasAsked = asked.delete(piece) || source.late.delete(piece);
    if (!wasAsked) return;
    if (data.length !== pieceLength(size, piece) || (totalSize !== undefined && totalSize !== size)) {
      this.#accuse(peer, `sent metadata of another size than it had claimed`, now);
      return;
    }
    source.restsUntil = now; // late or not, it does answer
    source.owedMs += Math.max(0, now - source.owesSince);
    source.owesSince = asked.size > 0 ? now : Infinity;
    if (claim.pieces[piece] === undefined) {
      claim.pieces[piece] = data.slice();
      claim.senders.add(peer);
      if (--claim.missing === 0) return void this.#check(claim, now);
    }
    this.#askAll(now);
  }

  async #check(claim: Claim<P>, now: number): Promise<void> {
    claim.isChecking = true;
    const bytes = concat(claim.pieces as Uint8Array[]);
    const isRight = await this.#options.verify(bytes);
    if (this.#isDone) return;
    claim.isChecking = false;
    if (isRight) {
      this.#isDone = true;
      this.#claims.clear();
      this.#options.onDone(bytes);
      return;
    }
    const [sender] = claim.senders;
    if (claim.senders.size === 1 && sender !== undefined) {
      this.#clear(claim);
      this.#accuse(sender, "sent metadata with a wrong hash", now);
    } else {
      this.#split(claim);
      this.#askAll(now);
    }
    this.#options.onFlush();
  }

  #accuse(peer: P, reason: string, now: number): void {
    this.remove(peer, now);
    this.#options.onLiar(peer, reason);
  }

  /** A peer that lets us wait: it is left alone for a while, and asked after those that have not. */
  #rest(source: Source<P>, now: number): void {
    source.restsUntil = now + REST_MS;
    this.#sources.delete(source.peer);
    this.#sources.set(source.peer, source);
  }

  /** Where the next one that claims this size belongs. */
  #claimOf(size: number): Claim<P> {
    const known = this.#spoilt.has(size)
      ? undefined
      : this.#claims.values().find((each) => each.size === size);
    return known ?? this.#begin(size);
  }

  #begin(size: number): Claim<P> {
    const count = metadataPieceCount(size);
    const claim: Claim<P> = {
      size,
      pieces: new Array<Uint8Array | undefined>(count).fill(undefined),
      senders: new Set(),
      missing: count,
      isChecking: false,
      activeSince: undefined,
    };
    this.#claims.add(claim);
    return claim;
  }

  /** Forgets what came. What was asked for could still come. */
  #clear(claim: Claim<P>): void {
    claim.pieces.fill(undefined);
    claim.missing = claim.pieces.length;
    claim.senders.clear();
    for (const source of this.#sourcesOf(claim)) {
      for (const piece of source.asked.keys()) source.late.add(piece);
      source.asked.clear();
    }
  }

  /** One of several has spoilt the whole: from here on each has to send all of it. */
  #split(claim: Claim<P>): void {
    this.#clear(claim);
    this.#claims.delete(claim);
    const sources = this.#sourcesOf(claim);
    if (sources.length > 0) this.#spoilt.add(claim.size);
    for (const source of sources) source.claim = this.#begin(claim.size);
  }

  /** Asks every source whose turn it is for as much as it may be asked. */
  #askAll(now: number): void {
    if (this.#isDone) return;
    this.#takeTurns(now);
    for (const source of this.#sources.values()) {
      if (source.claim.activeSince !== undefined) this.#ask(source, now);
    }
  }

  /** Gives those that wait, and could be asked, the places of those whose turn is over. */
  #takeTurns(now: number): void {
    const active: Claim<P>[] = [];
    const waiting: Claim<P>[] = [];
    for (const claim of this.#claims) {
      if (claim.activeSince !== undefined) active.push(claim);
      else if (this.#sourcesOf(claim).some(({ restsUntil }) => now >= restsUntil)) waiting.push(claim);
    }
    for (const claim of waiting) {
      if (active.length >= MOST_ACTIVE) {
        const over = active.find((other) => this.#isOver(other, now));
        if (over === undefined) return;
        active.splice(active.indexOf(over), 1);
        this.#setAside(over);
      }
      claim.activeSince = now;
      active.push(claim);
    }
  }

  /** True if a claim has been asked for long enough, or can be asked for nothing. */
  #isOver(claim: Claim<P>, now: number): boolean {
    if (claim.isChecking || claim.activeSince === undefined) return false;
    if (now - claim.activeSince >= TURN_MS) return true;
    return !this.#sourcesOf(claim).some(({ asked, restsUntil }) => asked.size > 0 || now >= restsUntil);
  }

  /** All others that wait have their turn before this one has it again. */
  #setAside(claim: Claim<P>): void {
    claim.activeSince = undefined;
    this.#claims.delete(claim);
    this.#claims.add(claim);
    const waiting = [...this.#claims].filter(({ activeSince, isChecking }) =>
      activeSince === undefined && !isChecking
    );
    let kept = 0;
    let largest = claim;
    for (const other of waiting) {
      kept += keptBytes(other);
      if (keptBytes(other) > keptBytes(largest)) largest = other;
    }
    if (kept > MOST_KEPT_BYTES) this.#clear(largest);
  }

  #ask(source: Source<P>, now: number): void {
    const { asked, claim, restsUntil } = source;
    if (claim.isChecking || now < restsUntil || asked.size >= MOST_REQUESTS) return;
    const taken = this.#askedPieces(claim);
    this.#askFor(source, (piece) => !taken.has(piece), now);
    if (asked.size > 0) return;
    this.#askFor(source, (piece) => now - (taken.get(piece) as number) >= ASK_AGAIN_MS, now);
  }

  #askFor(source: Source<P>, isWanted: (piece: number) => boolean, now: number): void {
    const { peer, asked, claim, late } = source;
    for (let piece = 0; piece < claim.pieces.length && asked.size < MOST_REQUESTS; piece++) {
      if (claim.pieces[piece] !== undefined || !isWanted(piece)) continue;
      asked.set(piece, now);
      source.requests++;
      late.delete(piece);
      source.owesSince = Math.min(source.owesSince, now);
      this.#options.send(peer, encodeMetadataRequest(piece));
    }
  }

  /** When each piece that somebody is asked for was asked for last, ms. */
  #askedPieces(claim: Claim<P>): Map<number, number> {
    const taken = new Map<number, number>();
    for (const { asked } of this.#sourcesOf(claim)) {
      for (const [piece, at] of asked) taken.set(piece, Math.max(at, taken.get(piece) ?? at));
    }
    return taken;
  }

  #sourcesOf(claim: Claim<P>): Source<P>[] {
    return [...this.#sources.values()].filter((source) => source.claim === claim);
  }
}

/** Bytes of the pieces of a claim that are here. */
function keptBytes({ pieces, missing }: Claim<unknown>): number {
  return (pieces.length - missing) * METADATA_PIECE_LENGTH;
}

function pieceLength(size: number, piece: number): number {
  return Math.min(METADATA_PIECE_LENGTH, size - piece * METADATA_PIECE_LENGTH);
}
