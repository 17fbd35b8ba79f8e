// Writes a line for each wire message, both ways, for `--verbose`: wrapped around a peer only when someone asked,
// so that the usual path pays nothing for it.

import type { Landing } from "../protocol/message_decoder.ts";
import { HAVE_LENGTH } from "../protocol/messages.ts";
import type { LentMessages, Wire } from "./engine/ports.ts";
import type { ConnectedPeer } from "./net/peer_connection.ts";

/** Takes one line for people, without its line break. */
export type Log = (line: string) => void;

/** The indices in any number of have messages. */
export function haveIndices(messages: Uint8Array): number[] {
  const view = new DataView(messages.buffer, messages.byteOffset, messages.length);
  return Array.from(
    { length: messages.length / HAVE_LENGTH },
    (_, i) => view.getUint32((i + 1) * HAVE_LENGTH - 4),
  );
}

/** A wire that tells `log` of everything it sends. */
export class LoggedWire implements Wire {
  #wire: Wire;
  #log: Log;

  constructor(wire: Wire, remote: string, log: Log) {
    this.#wire = wire;
    this.#log = (line) => log(`${remote} < ${line}`);
  }

  get room(): number {
    return this.#wire.room;
  }

  choke(): void {
    this.#log("choke");
    this.#wire.choke();
  }

  unchoke(): void {
    this.#log("unchoke");
    this.#wire.unchoke();
  }

  interested(): void {
    this.#log("interested");
    this.#wire.interested();
  }

  notInterested(): void {
    this.#log("not interested");
    this.#wire.notInterested();
  }

  haves(messages: Uint8Array): void {
    for (const index of haveIndices(messages)) this.#log(`have ${index}`);
    this.#wire.haves(messages);
  }

  bitfield(bits: Uint8Array): void {
    this.#log(`bitfield of ${bits.length} bytes`);
    this.#wire.bitfield(bits);
  }

  request(index: number, begin: number, length: number): void {
    this.#log(`request ${index} ${begin} ${length}`);
    this.#wire.request(index, begin, length);
  }

  cancel(index: number, begin: number, length: number): void {
    this.#log(`cancel ${index} ${begin} ${length}`);
    this.#wire.cancel(index, begin, length);
  }

  haveAll(): void {
    this.#log("have all");
    this.#wire.haveAll();
  }

  haveNone(): void {
    this.#log("have none");
    this.#wire.haveNone();
  }

  reject(index: number, begin: number, length: number): void {
    this.#log(`reject ${index} ${begin} ${length}`);
    this.#wire.reject(index, begin, length);
  }

  allowedFast(index: number): void {
    this.#log(`allowed fast ${index}`);
    this.#wire.allowedFast(index);
  }

  suggest(index: number): void {
    this.#log(`suggest ${index}`);
    this.#wire.suggest(index);
  }

  keepAlive(): void {
    this.#log("keep-alive");
    this.#wire.keepAlive();
  }

  extended(id: number, payload: Uint8Array): void {
    this.#log(`extended ${id} of ${payload.length} bytes`);
    this.#wire.extended(id, payload);
  }

  piece(index: number, begin: number, length: number): Uint8Array {
    this.#log(`piece ${index} ${begin} ${length}`);
    return this.#wire.piece(index, begin, length);
  }

  slices(length: number): boolean {
    return this.#wire.slices(length);
  }

  /** Each block is copied, so that each has its line. */
  takesLent(): number {
    return 0;
  }

  lent(messages: LentMessages): void {
    this.#wire.lent(messages);
  }

  flush(): void {
    this.#wire.flush();
  }

  close(reason: string): void {
    this.#log(`close: ${reason}`);
    this.#wire.close(reason);
  }
}

/** A handler that tells `log` of everything that arrives. */
export class LoggedHandler implements ConnectedPeer {
  #handler: ConnectedPeer;
  #log: Log;

  constructor(handler: ConnectedPeer, remote: string, log: Log) {
    this.#handler = handler;
    this.#log = (line) => log(`${remote} > ${line}`);
  }

  onKeepAlive(): void {
    this.#log("keep-alive");
    this.#handler.onKeepAlive();
  }

  onChoke(): void {
    this.#log("choke");
    this.#handler.onChoke();
  }

  onUnchoke(): void {
    this.#log("unchoke");
    this.#handler.onUnchoke();
  }

  onInterested(): void {
    this.#log("interested");
    this.#handler.onInterested();
  }

  onNotInterested(): void {
    this.#log("not interested");
    this.#handler.onNotInterested();
  }

  onHave(index: number): void {
    this.#log(`have ${index}`);
    this.#handler.onHave(index);
  }

  onBitfield(bits: Uint8Array): void {
    this.#log(`bitfield of ${bits.length} bytes`);
    this.#handler.onBitfield(bits);
  }

  onRequest(index: number, begin: number, length: number): void {
    this.#log(`request ${index} ${begin} ${length}`);
    this.#handler.onRequest(index, begin, length);
  }

  onPieceBegin(index: number, begin: number, length: number): Landing | undefined {
    return this.#handler.onPieceBegin?.(index, begin, length);
  }

  onPiece(index: number, begin: number, block: Uint8Array): void {
    this.#log(`piece ${index} ${begin} ${block.length}`);
    this.#handler.onPiece(index, begin, block);
  }

  onCancel(index: number, begin: number, length: number): void {
    this.#log(`cancel ${index} ${begin} ${length}`);
    this.#handler.onCancel(index, begin, length);
  }

  onExtended(id: number, payload: Uint8Array): void {
    this.#log(`extended ${id} of ${payload.length} bytes`);
    this.#handler.onExtended(id, payload);
  }

  onSuggest(index: number): void {
    this.#log(`suggest ${index}`);
    this.#handler.onSuggest(index);
  }

  onHaveAll(): void {
    this.#log("have all");
    this.#handler.onHaveAll();
  }

  onHaveNone(): void {
    this.#log("have none");
    this.#handler.onHaveNone();
  }

  onReject(index: number, begin: number, length: number): void {
    this.#log(`reject ${index} ${begin} ${length}`);
    this.#handler.onReject(index, begin, length);
  }

  onAllowedFast(index: number): void {
    this.#log(`allowed fast ${index}`);
    this.#handler.onAllowedFast(index);
  }

  onUnknown(id: number, payload: Uint8Array): void {
    this.#log(`message ${id} of ${payload.length} bytes, ignored`);
    this.#handler.onUnknown(id, payload);
  }

  onBatchEnd(now: number): void {
    this.#handler.onBatchEnd(now);
  }

  onWritable(now: number): void {
    this.#handler.onWritable(now);
  }

  onHeldBack(ms: number, now: number): void {
    this.#handler.onHeldBack?.(ms, now);
  }
}
