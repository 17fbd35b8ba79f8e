// One peer's socket: the read loop feeds the message decoder, the write loop drains the send buffer.
// https://www.bittorrent.org/beps/bep_0003.html — decides nothing: what arrives goes to the peer (engine), what leaves
// comes from it. The handshake is handshaker.ts's; keep-alives and the limit on silence are the engine's.

import { MessageDecoder, type MessageHandler } from "../../protocol/message_decoder.ts";
import { ProtocolError } from "../../protocol/errors.ts";
import { PIECE_HEADER_LENGTH, writePieceHeader } from "../../protocol/messages.ts";
import type { LentMessages, Wire } from "../engine/ports.ts";
import { BlockSlicer } from "./block_slicer.ts";
import { describeSocketError } from "./errors.ts";
import type { Ciphers } from "./handshaker.ts";
import { hangUp } from "./hang_up.ts";
import { type Throttle, type Throttled, ThrottledReader } from "./throttle.ts";
import { WireMessages } from "./wire_messages.ts";

/** Who gets what arrives: the engine's Peer. */
export interface ConnectedPeer extends MessageHandler {
  /** Called after each read, when all its whole messages were delivered. */
  onBatchEnd(now: number): void;
  /** Called after each write, when there is room again. */
  onWritable(now: number): void;
  /** For the last so many ms it was our limit that kept us from reading: the remote may have sent any amount. */
  onHeldBack?(ms: number, now: number): void;
}

export interface PeerConnectionOptions {
  /** For what comes and what leaves. Default: in the clear. */
  ciphers?: Ciphers | undefined;
  /** What came together with the handshake, deciphered. */
  received?: Uint8Array;
  /** What may be read and, of blocks, written. Default: anything. */
  limits?: { down: Throttle; up: Throttle };
  /** Longest message accepted, in bytes, its length prefix included. Default: the decoder's. */
  maxMessageLength?: number;
  /** Block data that waits for the write under way, in bytes: the connection's `room`. Default 256 KiB. */
  maxBlockBytes?: number;
  /** A peer that lets this much wait, in bytes, doesn't read. Default 4 MiB. */
  maxWaitingBytes?: number;
  /** A write that gets nothing out for this long ends the connection (by `tick()`). Default 60,000. */
  writeTimeoutMs?: number;
  /** Clock for the times given to the peer, in milliseconds. Default `performance.now`. */
  now?: () => number;
  /** Gets errors that are neither the peer's nor the network's: our bugs. Default: uncaught, which ends the program. */
  onBug?: (error: unknown) => void;
}

/**
 * A longer block leaves by itself. Measured over loopback, a core for each end: 132 KiB 1.8 GB/s, 256 KiB 2.2 to 2.7, 512
 * KiB 2.1 to 2.6; several times what hash and disk can follow.
 * `deno run --allow-net --allow-read tests/bench/peer_connection.ts 132 256 512`
 */
const DEFAULT_BLOCK_BYTES = 256 * 1024;

/** After this long without a write the buffers are made small again. */
const QUIET_MS = 10_000;

/** A connection after its handshake. Owns the socket from the constructor on. */
export class PeerConnection extends WireMessages implements Wire, Throttled {
  readonly #conn: Deno.Conn;
  readonly #decoder: MessageDecoder;
  readonly #ciphers: Ciphers | undefined;
  #received: Uint8Array | undefined;
  #up: Throttle | undefined;
  #slicer: BlockSlicer | undefined;
  #reader: ThrottledReader | undefined;
  /** Until when a read that waits for its turn has been excused; undefined while none waits. */
  #heldSince: number | undefined;
  readonly #maxBlockBytes: number;
  readonly #maxWaitingBytes: number;
  readonly #writeTimeoutMs: number;
  readonly #now: () => number;
  readonly #onBug: (error: unknown) => void;
  #peer: ConnectedPeer | undefined;
  #isWriting = false;
  /** When the write loop last began or got bytes out. */
  #progressAt = 0;
  #writeLoopEnd: Promise<void> = Promise.resolve();
  #isClosed = false;
  #closeReason = "";
  #bytesRead = 0;
  #bytesWritten = 0;

  constructor(conn: Deno.Conn, options: PeerConnectionOptions = {}) {
    super();
    this.#conn = conn;
    this.#ciphers = options.ciphers;
    this.#received = options.received;
    if (options.limits !== undefined) this.#limit(options.limits);
    const { maxMessageLength } = options;
    this.#decoder = new MessageDecoder(maxMessageLength === undefined ? {} : { maxMessageLength });
    this.#maxBlockBytes = options.maxBlockBytes ?? DEFAULT_BLOCK_BYTES;
    this.#maxWaitingBytes = options.maxWaitingBytes ?? 4 * 1024 * 1024;
    this.#writeTimeoutMs = options.writeTimeoutMs ?? 60_000;
    this.#now = options.now ?? (() => performance.now());
    this.#onBug = options.onBug ?? reportError;
  }

  /** Bytes that came in after the handshake, everything counted. */
  get bytesRead(): number {
    return this.#bytesRead;
  }

  /** Bytes that the system took from us after the handshake, everything counted. */
  get bytesWritten(): number {
    return this.#bytesWritten;
  }

  /** Why it ended, for people; empty while it lives. */
  get closeReason(): string {
    return this.#closeReason;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /**
   * Reads and delivers until the connection ends, from either side. Never rejects; `closeReason` then says why.
   * When it has resolved, `peer` isn't called again.
   */
  async run(peer: ConnectedPeer): Promise<void> {
    this.#peer = peer;
    this.flush();
    if (this.#received !== undefined) this.#takeIn(this.#received);
    this.#received = undefined;
    await this.#readLoop();
    this.#decoder.end();
    await this.#writeLoopEnd;
  }

  /** What comes from here on is for another peer, and within these limits; `run()` goes on. Not while a message is delivered. */
  passTo(peer: ConnectedPeer, limits?: { down: Throttle; up: Throttle }): void {
    this.#peer = peer;
    if (limits !== undefined && !this.#isClosed) this.#limit(limits);
  }

  /** Once a second, by the owner: ends a connection whose peer stopped reading, frees the buffers of a quiet one. */
  tick(now: number): void {
    if (this.#isClosed) return;
    this.#excuse(now);
    if (this.#isWriting) {
      if (now - this.#progressAt > this.#writeTimeoutMs) this.close("does not read what we send");
    } else if (this.send.waiting === 0 && now - this.#progressAt > QUIET_MS) {
      this.send.shrink();
    }
  }

  override request(index: number, begin: number, length: number): void {
    this.#decoder.expect(PIECE_HEADER_LENGTH + length);
    super.request(index, begin, length);
  }

  get room(): number {
    if (this.#isClosed || this.#slicer?.isBusy || this.#up?.mayPass() === false) return 0;
    return Math.max(0, this.#maxBlockBytes - this.send.waiting);
  }

  piece(index: number, begin: number, length: number): Uint8Array {
    const sliced = this.#slicer?.begin(index, begin, length);
    if (sliced !== undefined) return sliced;
    const at = this.reserve(PIECE_HEADER_LENGTH + length);
    this.#up?.take(PIECE_HEADER_LENGTH + length);
    writePieceHeader(this.send.view, at, index, begin, length);
    const blockAt = at + PIECE_HEADER_LENGTH;
    return this.send.bytes.subarray(blockAt, blockAt + length);
  }

  slices(length: number): boolean {
    return this.#slicer?.slices(length) === true;
  }

  takesLent(length: number): number {
    if (this.#ciphers !== undefined || this.slices(length)) return 0;
    const most = Math.max(1, Math.floor(this.room / (PIECE_HEADER_LENGTH + length)));
    // Under a limit one at a time, so that no more leaves early than with blocks that are copied.
    return this.#up === undefined || this.#up.rate === Infinity ? most : Math.min(1, most);
  }

  lent(messages: LentMessages): void {
    this.#slicer?.end();
    this.send.lend(messages);
    this.#up?.take(messages.to - messages.from);
    if (this.#isClosed) this.send.clear();
  }

  flush(): void {
    this.#slicer?.next();
    if (this.#isWriting || this.#isClosed || this.send.waiting === 0) return;
    this.#isWriting = true;
    this.#writeLoopEnd = this.#writeLoop();
  }

  /** Blocks may leave again. */
  onTurn(): void {
    this.flush();
    if (!this.#slicer?.isBusy) this.#askForMore(this.#now());
  }

  close(reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#closeReason = reason;
    this.#decoder.stop();
    this.send.clear();
    this.#slicer?.drop();
    this.#up?.leave(this);
    this.#reader?.close();
    hangUp(this.#conn); // ends a read and a write under way, too
  }

  /** One await per read, none per message. */
  async #readLoop(): Promise<void> {
    while (!this.#isClosed) {
      let n: number | null;
      let space = this.#decoder.space();
      const reader = this.#reader;
      if (reader !== undefined) {
        const most = reader.reserve(space.length) || await this.#turn(reader, space.length);
        if (this.#isClosed) return;
        if (most < space.length) space = space.subarray(0, most);
      }
      try {
        n = await this.#conn.read(space);
      } catch (error) {
        return this.close(describeSocketError(error));
      }
      if (this.#isClosed) return;
      if (n === null) return this.close("the peer hung up");
      reader?.done(n);
      this.#bytesRead += n;
      if (this.#ciphers !== undefined) this.#ciphers.incoming.apply(space.subarray(0, n));
      this.#deliver(n);
    }
  }

  /** Waits until as much may be read as it returns; 0: it was closed meanwhile. */
  async #turn(reader: ThrottledReader, most: number): Promise<number> {
    this.#heldSince = this.#now();
    const bytes = await reader.turn(most);
    this.#excuse(this.#now());
    this.#heldSince = undefined;
    return bytes;
  }

  /** It was not the peer that let us wait. */
  #excuse(now: number): void {
    if (this.#heldSince === undefined || this.#isClosed) return;
    this.#peer?.onHeldBack?.(now - this.#heldSince, now);
    this.#heldSince = now;
  }

  /** What came before the first read. */
  #takeIn(received: Uint8Array): void {
    for (let at = 0; at < received.length && !this.#isClosed;) {
      const space = this.#decoder.space();
      const part = received.subarray(at, at + space.length);
      space.set(part);
      at += part.length;
      this.#deliver(part.length);
    }
  }

  #deliver(n: number): void {
    const peer = this.#peer as ConnectedPeer;
    try {
      this.#decoder.advance(n, peer);
      if (!this.#isClosed) peer.onBatchEnd(this.#now());
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Writes buffer after buffer until nothing waits. The peer is asked for more after each, so no timer is needed. */
  async #writeLoop(): Promise<void> {
    this.#progressAt = this.#now();
    while (!this.#isClosed && this.send.waiting > 0) {
      const parts = this.send.swap();
      try {
        for (const { bytes } of parts) await this.#write(bytes);
      } catch (error) {
        this.close(describeSocketError(error));
      } finally {
        for (const { lease } of parts) lease?.end();
      }
      if (!this.#isClosed) this.#askForMore(this.#progressAt);
    }
    this.#isWriting = false;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    this.#ciphers?.outgoing.apply(bytes);
    // The system takes what its own buffer holds, which is often less than all.
    for (let written = 0; written < bytes.length && !this.#isClosed;) {
      const n = await this.#conn.write(written === 0 ? bytes : bytes.subarray(written));
      written += n;
      this.#bytesWritten += n;
      this.#progressAt = this.#now();
    }
  }

  #limit({ down, up }: { down: Throttle; up: Throttle }): void {
    this.#slicer?.end();
    this.#slicer = new BlockSlicer(up, (bytes) => {
      const at = this.#place(bytes.length);
      this.send.bytes.set(bytes, at);
    });
    this.#up = up;
    up.join(this);
    this.#reader = new ThrottledReader(down);
  }

  #askForMore(now: number): void {
    try {
      this.#peer?.onWritable(now);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** A place for a message, behind the rest of a block that is under way. */
  protected override reserve(length: number): number {
    this.#slicer?.end();
    return this.#place(length);
  }

  #place(length: number): number {
    if (this.#isClosed) {
      this.send.clear(); // nothing leaves any more, but whoever is in the middle of sending gets a place to write to
    } else if (this.send.waiting + length > this.#maxWaitingBytes) {
      this.close("does not read what we send");
    }
    return this.send.reserve(length);
  }

  #fail(error: unknown): void {
    if (error instanceof ProtocolError) return this.close(error.message);
    this.close(`internal error: ${error instanceof Error ? error.message : String(error)}`);
    this.#onBug(error);
  }
}
