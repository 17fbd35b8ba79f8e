// Splits a peer's byte stream into messages, in place and without copying, one method call for each.
// https://www.bittorrent.org/beps/bep_0003.html (peer messages), BEP 6 (fast extension). Checks what can be checked without knowing the
// torrent: lengths. It knows neither sockets nor pieces: whether an index exists is the handler's question.
//
//   buffer   ┌── delivered ──┬── unfinished tail ──┬────── space() ──────┐
//            0            #start                 #end            buffer.length
//
// But for a long block whose handler has a place for it: what comes of it is read there (a landing), and nothing is copied.

import { copyShared } from "./bytes.ts";
import { ProtocolError } from "./errors.ts";
import { EXTENDED_HEADER_LENGTH, LENGTH_PREFIX, MessageId, PIECE_HEADER_LENGTH } from "./messages.ts";

/** The place of a block that has begun to come: its bytes are written there as they are read. */
export interface Landing {
  /** As long as the block. */
  readonly bytes: Uint8Array;
  /** Called after each read but the last: so many of the bytes are here. */
  onRead?(landed: number): void;
  /** Called once: nothing will be written there any more. Either all of it is here, or the connection has ended. */
  end(): void;
}

/**
 * Where messages go. Numbers are the unsigned 32-bit fields as sent, unchecked; `bits`, `block` and `payload` are
 * borrowed: they are valid during the call only. A handler that finds the peer at fault throws ProtocolError;
 * one that closes the connection calls `decoder.stop()`.
 */
export interface MessageHandler {
  /** Nothing but a sign of life. */
  onKeepAlive(): void;
  /** The peer will not answer our requests. */
  onChoke(): void;
  /** The peer answers our requests from now on. */
  onUnchoke(): void;
  /** The peer wants pieces of ours. */
  onInterested(): void;
  /** The peer wants nothing of ours. */
  onNotInterested(): void;
  /** The peer has one more piece. */
  onHave(index: number): void;
  /** The pieces that the peer has, the first in the highest bit. `bits` is borrowed. */
  onBitfield(bits: Uint8Array): void;
  /** The peer asks for `length` bytes at `begin` of a piece. */
  onRequest(index: number, begin: number, length: number): void;
  /** A block of a piece. `block` is borrowed: a view that is valid during this call. */
  onPiece(index: number, begin: number, block: Uint8Array): void;
  /**
   * The header of a piece message is here and not all of its block, which has `length` bytes and at least 32 KiB: where it is
   * to go. Undefined, or no such method: onPiece() gets it from the receive buffer. May be asked several times for a block
   * until it names a place.
   */
  onPieceBegin?(index: number, begin: number, length: number): Landing | undefined;
  /** The peer no longer wants what it asked for. */
  onCancel(index: number, begin: number, length: number): void;
  /** A message of the extension protocol (BEP 10): `id` is the one that we chose for it. `payload` is borrowed. */
  onExtended(id: number, payload: Uint8Array): void;
  /** A piece that is good to ask for (BEP 6). */
  onSuggest(index: number): void;
  /** The peer has everything (BEP 6). */
  onHaveAll(): void;
  /** The peer has nothing (BEP 6). */
  onHaveNone(): void;
  /** The peer will not answer this request (BEP 6). */
  onReject(index: number, begin: number, length: number): void;
  /** We may ask for this piece in spite of a choke (BEP 6). */
  onAllowedFast(index: number): void;
  /** Any other id, without a check of its length. */
  onUnknown(id: number, payload: Uint8Array): void;
}

/** Limits of a MessageDecoder, in bytes. */
export interface MessageDecoderOptions {
  /** Longest message accepted, length prefix included. Default: a piece message with a block of 128 KiB. */
  maxMessageLength?: number;
  /** Size of the receive buffer at first and when little arrives. Default 64 KiB. */
  initialBytes?: number;
  /** Size up to which the buffer grows while reads fill it; one longer message may take it further. Default 512 KiB. */
  maxBytes?: number;
}

/** Longest message accepted by default: a piece message with a block of 128 KiB. */
export const MAX_MESSAGE_LENGTH: number = 128 * 1024 + PIECE_HEADER_LENGTH;

/** Shorter blocks are copied: to read a header and then its block takes one more read than to read many at once. */
const MIN_LANDING = 32 * 1024;

/** Reads in a row that leave three quarters of the buffer empty, after which it is halved. */
const SMALL_READS_BEFORE_SHRINKING = 16;

/** By id, the only value that the length prefix may have. 0: the length is free (or not checked here). */
const EXACT_LENGTHS = new Uint8Array(256);
EXACT_LENGTHS[MessageId.choke] = 1;
EXACT_LENGTHS[MessageId.unchoke] = 1;
EXACT_LENGTHS[MessageId.interested] = 1;
EXACT_LENGTHS[MessageId.notInterested] = 1;
EXACT_LENGTHS[MessageId.have] = 5;
EXACT_LENGTHS[MessageId.request] = 13;
EXACT_LENGTHS[MessageId.cancel] = 13;
EXACT_LENGTHS[MessageId.suggest] = 5;
EXACT_LENGTHS[MessageId.haveAll] = 1;
EXACT_LENGTHS[MessageId.haveNone] = 1;
EXACT_LENGTHS[MessageId.reject] = 13;
EXACT_LENGTHS[MessageId.allowedFast] = 5;

/** By id, the least value of the length prefix: what stands in front of a block or payload. */
const MIN_LENGTHS = new Uint8Array(256);
MIN_LENGTHS[MessageId.piece] = PIECE_HEADER_LENGTH - LENGTH_PREFIX;
MIN_LENGTHS[MessageId.extended] = EXTENDED_HEADER_LENGTH - LENGTH_PREFIX;

/**
 * The receiving half of one connection: owns its receive buffer. Read into `space()`, then `advance()`.
 */
export class MessageDecoder {
  #maxMessageLength: number;
  readonly #initialBytes: number;
  readonly #maxBytes: number;
  #buffer: Uint8Array<ArrayBuffer>;
  /** One view for the whole buffer: a view per message would be an allocation per message. */
  #view: DataView<ArrayBuffer>;
  #start = 0;
  #end = 0;
  #smallReads = 0;
  #stopped = false;
  /** Where the rest of a block goes, what has come of it, and of which block it is. */
  #landing: Landing | undefined;
  #landed = 0;
  #index = 0;
  #begin = 0;
  /** A block has landed: another one probably follows, of which no more than the header should be read here. */
  #expectsHeader = false;

  /** Sizes are in bytes; all have defaults. */
  constructor(options: MessageDecoderOptions = {}) {
    this.#maxMessageLength = options.maxMessageLength ?? MAX_MESSAGE_LENGTH;
    this.#initialBytes = Math.max(options.initialBytes ?? 64 * 1024, LENGTH_PREFIX);
    this.#maxBytes = Math.max(options.maxBytes ?? 512 * 1024, this.#initialBytes);
    this.#buffer = new Uint8Array(this.#initialBytes);
    this.#view = new DataView(this.#buffer.buffer);
  }

  /** True if the stream stands between two messages: hanging up now loses nothing. */
  get idle(): boolean {
    return this.#start === this.#end && this.#landing === undefined;
  }

  /** Bytes of memory that the receive buffer takes now. */
  get capacity(): number {
    return this.#buffer.length;
  }

  /** Where the next read goes, never empty. Stays the same place until `advance()`. */
  space(): Uint8Array {
    if (this.#landing !== undefined) return this.#landing.bytes.subarray(this.#landed);
    return this.#buffer.subarray(this.#end, this.#spaceEnd);
  }

  /** Accepts messages of so many bytes, length prefix included: something that long was asked for. */
  expect(messageLength: number): void {
    this.#maxMessageLength = Math.max(this.#maxMessageLength, messageLength);
  }

  /** Delivers nothing more, neither of this batch nor of later ones. For a handler that has closed the connection. */
  stop(): void {
    this.#stopped = true;
  }

  /** After the last read has ended: lets go of the place of a block whose rest won't come. */
  end(): void {
    this.#stopped = true;
    this.#landing?.end();
    this.#landing = undefined;
  }

  /**
   * Takes in the `n` bytes that were read into `space()` and delivers every message that is complete, in order.
   * After any exception the decoder delivers nothing more.
   *
   * @throws {ProtocolError} if a message is too long or has a length that its kind can't have; whatever the handler throws.
   * @throws {RangeError} if `n` is more than `space()` offered.
   */
  advance(n: number, handler: MessageHandler): void {
    const landing = this.#landing;
    const offered = landing === undefined ? this.#spaceEnd - this.#end : landing.bytes.length - this.#landed;
    if (n < 0 || n > offered) throw new RangeError(`Cannot take in ${n} bytes: space was ${offered}`);
    if (this.#stopped) return;
    try {
      if (landing !== undefined) return this.#land(landing, n, handler);
      this.#end += n;
      this.#expectsHeader = false;
      this.#deliver(handler);
    } catch (error) {
      this.#stopped = true;
      throw error;
    } finally {
      if (this.#stopped) this.#start = this.#end = 0;
    }
    this.#settle(n);
  }

  /** Where the space for the next read ends in the buffer. */
  get #spaceEnd(): number {
    const { length } = this.#buffer;
    return this.#expectsHeader ? Math.min(this.#end + PIECE_HEADER_LENGTH, length) : length;
  }

  /** Some of a block has come to its place. */
  #land(landing: Landing, n: number, handler: MessageHandler): void {
    this.#landed += n;
    if (this.#landed < landing.bytes.length) return landing.onRead?.(this.#landed);
    this.#landing = undefined;
    this.#expectsHeader = true;
    landing.end();
    handler.onPiece(this.#index, this.#begin, landing.bytes);
  }

  /** Calls `handler` for every complete message between `#start` and `#end`. */
  #deliver(handler: MessageHandler): void {
    const view = this.#view;
    const end = this.#end;
    let at = this.#start;
    while (end - at >= LENGTH_PREFIX) {
      const length = view.getUint32(at);
      const next = at + LENGTH_PREFIX + length;
      if (LENGTH_PREFIX + length > this.#maxMessageLength) {
        throw new ProtocolError(
          `Cannot accept a message: must be at most ${this.#maxMessageLength} bytes: got ${
            LENGTH_PREFIX + length
          }`,
        );
      }
      if (length === 0) {
        this.#start = at = next;
        handler.onKeepAlive();
      } else {
        if (end - at === LENGTH_PREFIX) return;
        const id = view.getUint8(at + 4);
        // Checked as soon as the id is here, so that nobody waits for the rest of a message that can't be right.
        const exact = EXACT_LENGTHS[id] as number;
        if (exact !== 0 && exact !== length) throw wrongLength(id, length, exact);
        if (length < (MIN_LENGTHS[id] as number)) throw wrongLength(id, length, MIN_LENGTHS[id] as number);
        if (next > end) {
          const isLong = id === MessageId.piece && next - at >= PIECE_HEADER_LENGTH + MIN_LANDING;
          if (isLong && end - at >= PIECE_HEADER_LENGTH) this.#beginLanding(handler, at, next);
          return;
        }
        // Moved on before the call: what the handler does, throwing included, finds the decoder in order.
        this.#start = next;
        this.#dispatch(handler, id, at, next);
        at = next;
      }
      if (this.#stopped) return;
    }
  }

  /** A piece message, `at` its prefix, has begun whose block ends at `next`: takes what is here of it to its place. */
  #beginLanding(handler: MessageHandler, at: number, next: number): void {
    const index = this.#view.getUint32(at + 5);
    const begin = this.#view.getUint32(at + 9);
    const blockAt = at + PIECE_HEADER_LENGTH;
    const landing = handler.onPieceBegin?.(index, begin, next - blockAt);
    if (landing === undefined) return;
    const here = this.#buffer.subarray(blockAt, this.#end);
    copyShared(here, landing.bytes, 0);
    this.#landing = landing;
    this.#landed = here.length;
    this.#index = index;
    this.#begin = begin;
    this.#start = this.#end;
  }

  /** One message with its length checked: `at` is its prefix, `next` the byte after it. */
  #dispatch(handler: MessageHandler, id: number, at: number, next: number): void {
    const view = this.#view;
    switch (id) {
      case MessageId.piece:
        return handler.onPiece(
          view.getUint32(at + 5),
          view.getUint32(at + 9),
          this.#buffer.subarray(at + 13, next),
        );
      case MessageId.request:
        return handler.onRequest(view.getUint32(at + 5), view.getUint32(at + 9), view.getUint32(at + 13));
      case MessageId.have:
        return handler.onHave(view.getUint32(at + 5));
      case MessageId.cancel:
        return handler.onCancel(view.getUint32(at + 5), view.getUint32(at + 9), view.getUint32(at + 13));
      case MessageId.choke:
        return handler.onChoke();
      case MessageId.unchoke:
        return handler.onUnchoke();
      case MessageId.interested:
        return handler.onInterested();
      case MessageId.notInterested:
        return handler.onNotInterested();
      case MessageId.bitfield:
        return handler.onBitfield(this.#buffer.subarray(at + 5, next));
      case MessageId.extended:
        return handler.onExtended(view.getUint8(at + 5), this.#buffer.subarray(at + 6, next));
      case MessageId.reject:
        return handler.onReject(view.getUint32(at + 5), view.getUint32(at + 9), view.getUint32(at + 13));
      case MessageId.haveAll:
        return handler.onHaveAll();
      case MessageId.haveNone:
        return handler.onHaveNone();
      case MessageId.allowedFast:
        return handler.onAllowedFast(view.getUint32(at + 5));
      case MessageId.suggest:
        return handler.onSuggest(view.getUint32(at + 5));
      default:
        return handler.onUnknown(id, this.#buffer.subarray(at + 5, next));
    }
  }

  /**
   * Makes ready for the next read: grows the buffer if the last read filled it, shrinks it after a row of small
   * ones, else moves the tail to the front once less than half of the buffer is left behind it. The buffer grows
   * with what has arrived, never with what a length claims.
   */
  #settle(n: number): void {
    const size = this.#buffer.length;
    const isFull = this.#end === size;
    const tail = this.#end - this.#start;
    if (tail === 0) this.#start = this.#end = 0;
    this.#smallReads = n < size / 4 ? this.#smallReads + 1 : 0;
    if (isFull && size < this.#maxBytes) return this.#resize(Math.min(size * 2, this.#maxBytes));
    // One message fills the whole buffer: it must fit, whatever else was asked for.
    if (tail === size) return this.#resize(Math.min(size * 2, this.#maxMessageLength));
    if (this.#smallReads >= SMALL_READS_BEFORE_SHRINKING && size > this.#initialBytes && tail <= size / 4) {
      return this.#resize(Math.max(Math.ceil(size / 2), this.#initialBytes));
    }
    if (this.#start > 0 && size - this.#end < size / 2) {
      this.#buffer.copyWithin(0, this.#start, this.#end);
      this.#start = 0;
      this.#end = tail;
    }
  }

  /** Swaps the buffer for one of `bytes` bytes that begins with the tail. */
  #resize(bytes: number): void {
    const buffer = new Uint8Array(bytes);
    buffer.set(this.#buffer.subarray(this.#start, this.#end));
    this.#end -= this.#start;
    this.#start = 0;
    this.#smallReads = 0;
    this.#buffer = buffer;
    this.#view = new DataView(buffer.buffer);
  }
}

function wrongLength(id: number, length: number, expected: number): ProtocolError {
  const least = MIN_LENGTHS[id] === 0 ? "" : "at least ";
  return new ProtocolError(
    `Cannot accept a message with id ${id}: its length must be ${least}${expected}: got ${length}`,
  );
}
