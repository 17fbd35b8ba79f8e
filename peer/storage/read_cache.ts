// Blocks for upload, out of whole spans: one disk read of up to 1 MiB serves up to 64 blocks, and every peer that asks for
// the same piece. A fixed number of buffers, the least recently used span gives way, and a span is read once however
// many wait for it. It lies there as it leaves (span_messages.ts): blocks are lent to connections, which send them from
// there. A block that lies across the border of two spans is served from a third that begins in the middle
// of the first, so nobody ever needs two spans at once and nobody can starve waiting for the second.
//
//   unknown ──ready()──▶ queued ──buffer free──▶ reading ──▶ held ──least recently used──▶ unknown
//
// What a peer has asked for is read ahead of its turn, as far as a quarter of the buffers holds it: the network need not
// wait for a disk thread between two spans.
//
// Who first wants a span decides whether it is cut into blocks of 16 KiB or long ones; to others its blocks are copied.
//
// Reads begin, and spans give way, in a microtask after the caller is done: what ready() said in one turn stays
// true for the whole turn, at no cost for each block.

import { BLOCK_LENGTH, LONG_BLOCK_LENGTH, type PieceLayout } from "../../protocol/piece_layout.ts";
import type { BlockSource, LentMessages } from "../engine/ports.ts";
import { SharedMemory } from "./shared_memory.ts";
import { Span } from "./span.ts";
import { messagesLength } from "./span_messages.ts";

const MAX_SPAN_LENGTH = 1024 * 1024;
const DEFAULT_MAX_BYTES = 16 * 1024 * 1024;
// One being sent from while the next is read.
const MIN_BUFFERS = 2;
const MAX_QUEUED = 256;

/** Where spans come from: Disk. */
export interface SpanSource {
  /**
   * Fills `messages` with piece messages (span_messages.ts) from `begin` of a piece, with blocks of `blockLength` bytes. They
   * lie in shared memory, where a disk thread can write.
   */
  readMessages(
    index: number,
    begin: number,
    messages: Uint8Array<SharedArrayBuffer>,
    blockLength: number,
  ): Promise<void>;
}

/** How much to hold, and whom to tell. */
export interface ReadCacheOptions {
  /** Bytes of all buffers together, made when first wanted. Default 16 MiB; two spans at least. */
  maxBytes?: number;
  /** Longest span in bytes, at least twice the longest request. Default 1 MiB. */
  maxSpanLength?: number;
  /** Where the buffers come from, and go to. Default: its own. */
  memory?: SharedMemory;
  /** A part of this piece can be copied now, because somebody has asked for it. */
  onRead?(index: number): void;
  /** A read failed. Who waited for it is forgotten, not called; another request would try again. */
  onError(error: Error, index: number): void;
}

/** An LRU of spans in front of a disk. */
export class ReadCache implements BlockSource {
  readonly #source: SpanSource;
  readonly #memory: SharedMemory;
  readonly #layout: PieceLayout;
  readonly #onError: (error: Error, index: number) => void;
  readonly #onReadEnd: ((index: number) => void) | undefined;
  readonly #spanLength: number;
  readonly #keysPerPiece: number;
  readonly #maxBuffers: number;
  readonly #maxAhead: number;
  /** Half of the buffers: a peer that doesn't read what it is sent must not keep the others from being served. */
  readonly #maxLent: number;
  /** Spans that are ahead. */
  #ahead = 0;
  /** Spans from which somebody sends. */
  #lent = 0;
  readonly #spans = new Map<number, Span>();
  readonly #queue: Span[] = [];
  /** Came while the queue was full: they may ask again as soon as a read has ended. */
  readonly #turnedAway = new Set<() => void>();
  readonly #free: SharedArrayBuffer[] = [];
  #buffers = 0;
  /** Counts uses. */
  #clock = 0;
  #isPumping = false;
  #isClosed = false;

  constructor(source: SpanSource, layout: PieceLayout, options: ReadCacheOptions) {
    this.#source = source;
    this.#memory = options.memory ?? new SharedMemory();
    this.#layout = layout;
    this.#onError = options.onError;
    this.#onReadEnd = options.onRead;
    this.#spanLength = Math.min(options.maxSpanLength ?? MAX_SPAN_LENGTH, layout.pieceLength);
    this.#keysPerPiece = 2 * Math.ceil(layout.pieceLength / this.#spanLength);
    const affordable = Math.floor((options.maxBytes ?? DEFAULT_MAX_BYTES) / this.#spanLength);
    this.#maxBuffers = Math.max(MIN_BUFFERS, affordable);
    this.#maxAhead = Math.ceil(this.#maxBuffers / 4);
    this.#maxLent = Math.floor(this.#maxBuffers / 2);
  }

  ready(index: number, begin: number, length: number, onReady: () => void): boolean {
    if (this.#isClosed) return false;
    const key = this.#key(index, begin, length);
    let span = this.#spans.get(key);
    if (span?.isAhead) this.#catchUp(span);
    if (span?.held) {
      span.lastUsed = ++this.#clock;
      return true;
    }
    span ??= this.#enqueue(key, index, this.#cutFor(index, begin, length));
    (span?.waiting ?? this.#turnedAway).add(onReady);
    return false;
  }

  prepare(index: number, begin: number, length: number): void {
    if (this.#isClosed || this.#ahead >= this.#maxAhead) return;
    const key = this.#key(index, begin, length);
    if (this.#spans.has(key)) return;
    const span = this.#enqueue(key, index, this.#cutFor(index, begin, length));
    if (span === undefined) return;
    span.isAhead = true;
    this.#ahead++;
  }

  copy(index: number, begin: number, into: Uint8Array): void {
    const span = this.#spans.get(this.#key(index, begin, into.length));
    if (!span?.held) {
      throw new Error(`Cannot copy a block of piece ${index}: ready() has not said that it is there`);
    }
    span.copy(begin, into);
  }

  lend(index: number, begin: number, length: number, most: number): LentMessages | undefined {
    const span = this.#spans.get(this.#key(index, begin, length));
    if (!span?.held || (!span.isLent && this.#lent === this.#maxLent)) return undefined;
    const isFirst = !span.isLent;
    const messages = span.lend(begin, length, most);
    if (isFirst && messages !== undefined) this.#lent++;
    return messages;
  }

  /** Frees the spans that it holds. What is being read, or sent, stays. */
  trim(): void {
    for (const span of this.#spans.values()) {
      if (span.held === undefined || span.isLent) continue;
      this.#forget(span);
      this.#release(span.held.buffer);
    }
    for (const memory of this.#free.splice(0)) this.#release(memory);
  }

  /** Forgets what it has of a piece, which isn't true any more. What is being read or sent gives its buffer back later. */
  forget(index: number): void {
    for (const span of this.#spans.values()) {
      if (span.index !== index) continue;
      this.#forget(span);
      if (span.held !== undefined && !span.isLent) this.#release(span.held.buffer);
    }
  }

  /** Forgets everything and everyone. Reads under way end unheard; what is sent from stays until it has left. Idempotent. */
  close(): void {
    this.trim();
    this.#isClosed = true;
    this.#spans.clear();
    this.#turnedAway.clear();
    this.#queue.length = 0;
  }

  #release(memory: SharedArrayBuffer): void {
    this.#buffers--;
    this.#memory.give(memory);
  }

  /** Even: spans side by side. Odd: half a span further on, for what lies across their border. */
  #key(index: number, begin: number, length: number): number {
    const k = Math.floor(begin / this.#spanLength);
    const isAcross = begin + length > (k + 1) * this.#spanLength;
    if (isAcross && length > this.#spanLength >>> 1) {
      throw new RangeError(`Cannot cache a block of ${length} bytes: a span has ${this.#spanLength}`);
    }
    return index * this.#keysPerPiece + 2 * k + (isAcross ? 1 : 0);
  }

  /** How long the blocks are to be of a span that is wanted for this one. */
  #cutFor(index: number, begin: number, length: number): number {
    const long = Math.min(LONG_BLOCK_LENGTH, this.#layout.pieceLengthAt(index) - begin);
    return length > BLOCK_LENGTH && length === long ? LONG_BLOCK_LENGTH : BLOCK_LENGTH;
  }

  /** Undefined when too many are queued. */
  #enqueue(key: number, index: number, blockLength: number): Span | undefined {
    if (this.#queue.length >= MAX_QUEUED) return undefined;
    const begin = Math.floor((key % this.#keysPerPiece) * this.#spanLength / 2);
    const length = Math.min(this.#spanLength, this.#layout.pieceLengthAt(index) - begin);
    const span = new Span({ key, index, begin, length, blockLength }, (returned) => this.#onReturn(returned));
    this.#spans.set(key, span);
    this.#queue.push(span);
    this.#pumpSoon();
    return span;
  }

  #forget(span: Span): void {
    this.#spans.delete(span.key);
    this.#catchUp(span);
  }

  /** Nobody sends from a span any more: its buffer may be what a read waits for. */
  #onReturn(span: Span): void {
    const { held } = span;
    this.#lent--;
    if (held !== undefined && !this.#isKnown(span)) this.#release(held.buffer);
    if (this.#queue.length > 0) this.#pumpSoon();
  }

  /** False if it was forgotten meanwhile. */
  #isKnown(span: Span): boolean {
    return this.#spans.get(span.key) === span;
  }

  /** It isn't ahead any more, if it was. */
  #catchUp(span: Span): void {
    if (!span.isAhead) return;
    span.isAhead = false;
    this.#ahead--;
  }

  #pumpSoon(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    queueMicrotask(() => {
      this.#isPumping = false;
      this.#pump();
    });
  }

  /** Begins as many queued reads as there are buffers. */
  #pump(): void {
    while (this.#queue.length > 0) {
      const buffer = this.#buffer();
      if (!buffer) return;
      this.#read(this.#queue.shift() as Span, buffer);
    }
  }

  #buffer(): SharedArrayBuffer | undefined {
    const free = this.#free.pop();
    if (free) return free;
    if (this.#buffers < this.#maxBuffers) {
      this.#buffers++;
      return this.#memory.take(messagesLength(this.#spanLength, BLOCK_LENGTH));
    }
    // Once for each read of a span, not for each block: looking at all of them costs less than keeping them in order.
    let oldest: Span | undefined;
    for (const span of this.#spans.values()) {
      if (span.held && !span.isLent && (!oldest || span.lastUsed < oldest.lastUsed)) oldest = span;
    }
    if (!oldest) return undefined;
    this.#forget(oldest);
    return oldest.held?.buffer;
  }

  #read(span: Span, memory: SharedArrayBuffer): void {
    const { index, begin, blockLength } = span;
    const messages = new Uint8Array(memory, 0, messagesLength(span.length, blockLength));
    this.#source.readMessages(index, begin, messages, blockLength).then(
      () => this.#onRead(span, messages),
      (error) => this.#onFailed(span, memory, error),
    );
  }

  #onRead(span: Span, held: Uint8Array<SharedArrayBuffer>): void {
    if (this.#isClosed) return this.#release(held.buffer);
    const isKnown = this.#isKnown(span);
    if (isKnown) {
      span.held = held;
      span.lastUsed = ++this.#clock;
    } else {
      this.#free.push(held.buffer);
    }
    const waiting = [...span.waiting, ...this.#turnedAway];
    span.waiting.clear();
    this.#turnedAway.clear();
    // Not before those who waited have copied: the pump may take this very span.
    if (this.#queue.length > 0) this.#pumpSoon();
    if (isKnown) this.#onReadEnd?.(span.index);
    for (const onReady of waiting) onReady();
  }

  #onFailed(span: Span, memory: SharedArrayBuffer, error: unknown): void {
    if (this.#isClosed) return this.#release(memory);
    this.#free.push(memory);
    const wasKnown = this.#isKnown(span);
    if (wasKnown) this.#forget(span);
    span.waiting.clear();
    if (this.#queue.length > 0) this.#pumpSoon();
    const turnedAway = [...this.#turnedAway];
    this.#turnedAway.clear();
    if (wasKnown) this.#onError(error instanceof Error ? error : new Error(String(error)), span.index);
    for (const onReady of turnedAway) onReady();
  }
}
