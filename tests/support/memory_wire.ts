// Connections without sockets: real messages, real decoder, and between them a link of a certain rate and latency.

import { MessageDecoder, type MessageHandler } from "../../protocol/message_decoder.ts";
import * as messages from "../../protocol/messages.ts";
import type { Wire } from "../../peer/engine/ports.ts";
import { SendBuffer } from "../../peer/net/send_buffer.ts";
import type { Simulation } from "./simulation.ts";

/** What an uplink sends before the next connection has its turn, in bytes. */
const QUANTUM = 16 * 1024;
const BLOCK_ROOM = 256 * 1024;

/** The peer at the receiving end. */
export interface Receiver extends MessageHandler {
  onBatchEnd(now: number): void;
  onWritable(now: number): void;
}

/** A node's way out or in: one thing at a time, so many bytes per millisecond. */
export class Uplink {
  readonly #simulation: Simulation;
  readonly #bytesPerMs: number;
  readonly #waiting: MemoryWire[] = [];
  #isBusy = false;

  constructor(simulation: Simulation, bytesPerMs: number) {
    this.#simulation = simulation;
    this.#bytesPerMs = bytesPerMs;
  }

  /** `wire` has something to send and is not in the queue. */
  enqueue(wire: MemoryWire): void {
    this.#waiting.push(wire);
    if (!this.#isBusy) this.#next();
  }

  #next(): void {
    const wire = this.#waiting.shift();
    this.#isBusy = wire !== undefined;
    if (wire === undefined) return;
    const chunk = wire.nextChunk(QUANTUM);
    this.#simulation.at(this.#simulation.now + chunk.length / this.#bytesPerMs, () => {
      wire.onSent(chunk);
      this.#next();
    });
  }
}

/** The way in: keeps arrivals in order and apart. */
export class Downlink {
  readonly #bytesPerMs: number;
  #freeAt = 0;

  constructor(bytesPerMs: number) {
    this.#bytesPerMs = bytesPerMs;
  }

  /** When `bytes` that reach the link at `at` are through. */
  through(bytes: number, at: number): number {
    return this.#freeAt = Math.max(this.#freeAt, at) + bytes / this.#bytesPerMs;
  }
}

export interface MemoryWireOptions {
  simulation: Simulation;
  uplink: Uplink;
  latencyMs: number;
  /** Never tells anyone that it is unchoked, or may have anything in spite of a choke. */
  isSelfish?: boolean;
  /** Called when either side has closed, once. */
  onClose(reason: string): void;
}

const NOTHING = new Uint8Array(0);

/** One end of a connection. Its bytes are all its own, so they leave in one part. */
export class MemoryWire implements Wire {
  readonly #options: MemoryWireOptions;
  readonly #send = new SendBuffer();
  readonly #decoder = new MessageDecoder();
  #other: MemoryWire | undefined;
  #downlink: Downlink | undefined;
  #receiver: Receiver | undefined;
  #writing: Uint8Array = NOTHING;
  #written = 0;
  isClosed = false;

  constructor(options: MemoryWireOptions) {
    this.#options = options;
  }

  /** Joins this end: to whom it sends, through which way in, and who takes what comes from there. */
  join(other: MemoryWire, downlink: Downlink, receiver: Receiver): void {
    this.#other = other;
    this.#downlink = downlink;
    this.#receiver = receiver;
    this.flush();
  }

  choke(): void {
    const at = this.#send.reserve(messages.STATE_LENGTH);
    messages.writeChoke(this.#send.view, at);
  }
  unchoke(): void {
    if (this.#options.isSelfish) return;
    const at = this.#send.reserve(messages.STATE_LENGTH);
    messages.writeUnchoke(this.#send.view, at);
  }
  interested(): void {
    const at = this.#send.reserve(messages.STATE_LENGTH);
    messages.writeInterested(this.#send.view, at);
  }
  notInterested(): void {
    const at = this.#send.reserve(messages.STATE_LENGTH);
    messages.writeNotInterested(this.#send.view, at);
  }
  haves(encoded: Uint8Array): void {
    const at = this.#send.reserve(encoded.length);
    this.#send.bytes.set(encoded, at);
  }
  bitfield(bits: Uint8Array): void {
    const at = this.#send.reserve(messages.bitfieldLength(bits));
    messages.writeBitfield(this.#send.view, at, bits);
  }
  request(index: number, begin: number, length: number): void {
    this.#decoder.expect(messages.PIECE_HEADER_LENGTH + length);
    const at = this.#send.reserve(messages.REQUEST_LENGTH);
    messages.writeRequest(this.#send.view, at, index, begin, length);
  }
  cancel(index: number, begin: number, length: number): void {
    const at = this.#send.reserve(messages.REQUEST_LENGTH);
    messages.writeCancel(this.#send.view, at, index, begin, length);
  }
  haveAll(): void {
    const at = this.#send.reserve(messages.STATE_LENGTH);
    messages.writeHaveAll(this.#send.view, at);
  }
  haveNone(): void {
    const at = this.#send.reserve(messages.STATE_LENGTH);
    messages.writeHaveNone(this.#send.view, at);
  }
  reject(index: number, begin: number, length: number): void {
    const at = this.#send.reserve(messages.REQUEST_LENGTH);
    messages.writeReject(this.#send.view, at, index, begin, length);
  }
  allowedFast(index: number): void {
    if (this.#options.isSelfish) return;
    const at = this.#send.reserve(messages.HAVE_LENGTH);
    messages.writeAllowedFast(this.#send.view, at, index);
  }
  suggest(index: number): void {
    const at = this.#send.reserve(messages.HAVE_LENGTH);
    messages.writeSuggest(this.#send.view, at, index);
  }
  keepAlive(): void {
    const at = this.#send.reserve(messages.KEEP_ALIVE_LENGTH);
    messages.writeKeepAlive(this.#send.view, at);
  }
  extended(id: number, payload: Uint8Array): void {
    const at = this.#send.reserve(messages.EXTENDED_HEADER_LENGTH + payload.length);
    messages.writeExtended(this.#send.view, at, id, payload);
  }
  get room(): number {
    return this.isClosed ? 0 : Math.max(0, BLOCK_ROOM - this.#send.waiting);
  }
  piece(index: number, begin: number, length: number): Uint8Array {
    const at = this.#send.reserve(messages.PIECE_HEADER_LENGTH + length);
    messages.writePieceHeader(this.#send.view, at, index, begin, length);
    return this.#send.bytes.subarray(
      at + messages.PIECE_HEADER_LENGTH,
      at + messages.PIECE_HEADER_LENGTH + length,
    );
  }

  slices(): boolean {
    return false;
  }
  takesLent(): number {
    return 0;
  }
  lent(): void {}

  /** Bytes that wait behind the write under way. */
  get waiting(): number {
    return this.#send.waiting;
  }

  /** Says these bytes, whatever they are. */
  raw(bytes: Uint8Array): void {
    const at = this.#send.reserve(bytes.length);
    this.#send.bytes.set(bytes, at);
    this.flush();
  }

  flush(): void {
    const isBusy = this.#written < this.#writing.length;
    if (isBusy || this.isClosed || this.#other === undefined || this.#send.waiting === 0) return;
    this.#writing = this.#send.swap()[0]?.bytes ?? NOTHING;
    this.#written = 0;
    this.#options.uplink.enqueue(this);
  }

  close(reason: string): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#decoder.end();
    const { simulation, latencyMs } = this.#options;
    simulation.at(simulation.now, () => this.#options.onClose(reason));
    simulation.at(simulation.now + latencyMs, () => this.#other?.close("the peer hung up"));
  }

  /** The next bytes of the write under way, copied: the buffer is filled again before they arrive. */
  nextChunk(most: number): Uint8Array {
    const chunk = this.#writing.slice(this.#written, this.#written + most);
    this.#written += chunk.length;
    return chunk;
  }

  /** The uplink is through with a chunk. */
  onSent(chunk: Uint8Array): void {
    if (this.isClosed) return;
    const { simulation, uplink, latencyMs } = this.#options;
    const arrival = this.#downlink?.through(chunk.length, simulation.now + latencyMs) ?? 0;
    simulation.at(arrival, () => this.#other?.receive(chunk));
    if (this.#written < this.#writing.length) return uplink.enqueue(this);
    this.#receiver?.onWritable(simulation.now);
    this.flush();
  }

  receive(chunk: Uint8Array): void {
    if (this.isClosed || this.#receiver === undefined) return;
    try {
      for (let at = 0; at < chunk.length;) {
        const space = this.#decoder.space();
        const n = Math.min(space.length, chunk.length - at);
        space.set(chunk.subarray(at, at + n));
        this.#decoder.advance(n, this.#receiver);
        at += n;
      }
      if (!this.isClosed) this.#receiver.onBatchEnd(this.#options.simulation.now);
    } catch (error) {
      this.close(error instanceof Error ? error.message : String(error));
      if (!(error instanceof Error && error.name === "ProtocolError")) throw error;
    }
  }
}
