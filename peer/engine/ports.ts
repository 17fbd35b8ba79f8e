// What the engine needs of others. `net/` implements Wire, `storage/` implements PieceStore, BlockSource and
// BufferPool; a fake in a test is ten lines. The engine itself knows no socket, no file, no timer and no Deno.

import type { Bitfield } from "../../protocol/bitfield.ts";

/**
 * One remote's outgoing half: every method appends a message to the send buffer, in order, and returns at once.
 * Nothing is sent before the engine calls `flush()`.
 */
export interface Wire {
  choke(): void;
  unchoke(): void;
  interested(): void;
  notInterested(): void;
  /** Any number of have messages, encoded by the caller, as everybody gets the same. Copied before this returns. */
  haves(messages: Uint8Array): void;
  /** `bits` is copied before this returns. */
  bitfield(bits: Uint8Array): void;
  request(index: number, begin: number, length: number): void;
  cancel(index: number, begin: number, length: number): void;
  // BEP 6: to peers that speak the fast extension only.
  haveAll(): void;
  haveNone(): void;
  reject(index: number, begin: number, length: number): void;
  allowedFast(index: number): void;
  suggest(index: number): void;
  keepAlive(): void;
  /** A message of the extension protocol (BEP 10), under the id that the remote chose. `payload` is copied before this returns. */
  extended(id: number, payload: Uint8Array): void;
  /**
   * Bytes of block data (headers included) that may still be appended before the write under way has to finish.
   * Only `piece()` obeys it: the small messages always fit, their queue is bounded by the protocol.
   */
  readonly room: number;
  /** Appends a piece message's header and returns the place, `length` bytes long, into which the caller puts the block at once. */
  piece(index: number, begin: number, length: number): Uint8Array;
  /** How many blocks of so many bytes `lent()` takes where there is room: one at least. 0 if each has to be enciphered, or to leave in slices. */
  takesLent(length: number): number;
  /** A block of so many bytes would leave in slices, over seconds: the limit on uploads is too small for it. */
  slices(length: number): boolean;
  /** Appends whole piece messages from where they lie, and ends their lease when they have left, or never will. */
  lent(messages: LentMessages): void;
  /** Starts a write if something is waiting and none is under way. */
  flush(): void;
  /** Ends the connection; `reason` is for people: "sent a block that was never requested". Idempotent. */
  close(reason: string): void;
}

/** What became of a piece that was handed to the store. */
export type Verdict = "stored" | "bad-hash";

/** Where verified pieces live. */
export interface PieceStore {
  /**
   * Hashes `buffer` (a whole piece, exactly its length) and, if the hash is right, writes it. The buffer is lent to
   * the store until the promise settles: nobody may change it meanwhile.
   * Rejects with StorageError when the disk failed; nothing counts as written then.
   */
  finish(index: number, buffer: Uint8Array): Promise<Verdict>;
}

/** Blocks of an unfinished piece that lie at their place on the disk. */
export interface KeptPiece {
  index: number;
  /** A bit for each block of the piece. */
  blocks: Bitfield;
}

/** Where blocks of unfinished pieces wait for the others. None of them counts before its piece is whole and right. */
export interface BlockKeeper {
  /** Writes bytes to their place in a piece. They are the keeper's from here on. Rejects with StorageError when the disk failed. */
  keep(index: number, begin: number, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Reads bytes of a piece, whatever they are. Rejects if they aren't there. */
  recall(index: number, begin: number, length: number): Promise<Uint8Array>;
}

/** Verified blocks for upload, through a cache that reads whole spans. */
export interface BlockSource {
  /** True if the block can be copied now. If not, reading begins and `onReady` is called once when it is worth asking again. */
  ready(index: number, begin: number, length: number, onReady: () => void): boolean;
  /** A block will be asked for soon: reading may begin. Nobody is called. */
  prepare(index: number, begin: number, length: number): void;
  /** Copies a block for which `ready()` has just returned true. */
  copy(index: number, begin: number, into: Uint8Array): void;
  /**
   * The same block with its header, to be sent from where it lies, and as many of those of the same length behind it as lie
   * there too, `most` in all. Undefined if it has to be copied.
   */
  lend(index: number, begin: number, length: number, most: number): LentMessages | undefined;
}

/** Memory of a BlockSource that nobody changes before every lease of it has ended. */
export interface Lease {
  /** Piece messages, one behind the other. */
  readonly messages: Uint8Array;
  /** Once for all messages that were lent in one go. */
  end(): void;
}

/** Whole piece messages side by side: the bytes of a lease's messages from `from` to before `to`, `count` of them. */
export interface LentMessages {
  lease: Lease;
  from: number;
  to: number;
  count: number;
}

/** The fixed set of piece buffers: none free means no new piece is begun. This is the client's back-pressure. */
export interface BufferPool {
  /** A buffer of exactly `length` bytes with undefined content, or undefined when none is free. */
  take(length: number): Uint8Array | undefined;
  /** Gives back what `take()` handed out. */
  give(buffer: Uint8Array): void;
}
