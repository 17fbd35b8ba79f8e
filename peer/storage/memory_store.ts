// A torrent in memory: for tests and for benches of the network alone. The same behaviour as Disk, as the
// conformance suite shows, short of files.

import { createHash } from "node:crypto";
import type { Metainfo } from "../../protocol/metainfo.ts";
import { equals } from "../../protocol/bytes.ts";
import type { PieceStore, Verdict } from "../engine/ports.ts";
import { blockParts, spanLength, writeHeaders } from "./span_messages.ts";

/** Holds the whole content in one array. */
export class MemoryStore implements PieceStore {
  /** The torrent's bytes; zeros where nothing was stored. */
  readonly content: Uint8Array;
  readonly #metainfo: Pick<Metainfo, "layout" | "pieces">;

  /** `content` is what is there already, trusted and not copied. */
  constructor(metainfo: Pick<Metainfo, "layout" | "pieces">, content?: Uint8Array) {
    this.#metainfo = metainfo;
    this.content = content ?? new Uint8Array(metainfo.layout.totalLength);
  }

  finish(index: number, buffer: Uint8Array): Promise<Verdict> {
    const { layout, pieces } = this.#metainfo;
    const digest = createHash("sha1").update(buffer).digest();
    if (!equals(digest, pieces.subarray(index * 20, index * 20 + 20))) {
      return Promise.resolve("bad-hash");
    }
    this.content.set(buffer, layout.pieceOffset(index));
    return Promise.resolve("stored");
  }

  readSpan(index: number, begin: number, buffer: Uint8Array): Promise<void> {
    const offset = this.#metainfo.layout.pieceOffset(index) + begin;
    buffer.set(this.content.subarray(offset, offset + buffer.length));
    return Promise.resolve();
  }

  readMessages(index: number, begin: number, messages: Uint8Array, blockLength: number): Promise<void> {
    writeHeaders(messages, index, begin, blockLength);
    const offset = this.#metainfo.layout.pieceOffset(index) + begin;
    const span = spanLength(messages.length, blockLength);
    for (const { at, place, length } of blockParts(0, span, blockLength)) {
      messages.set(this.content.subarray(offset + at, offset + at + length), place);
    }
    return Promise.resolve();
  }
}
