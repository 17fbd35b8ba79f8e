// The messages of one connection but for blocks, laid into its send buffer one behind the other.
// https://www.bittorrent.org/beps/bep_0003.html, BEP 6, BEP 10. When they leave, and what may wait, is the connection's.

import {
  bitfieldLength,
  EXTENDED_HEADER_LENGTH,
  HAVE_LENGTH,
  KEEP_ALIVE_LENGTH,
  REQUEST_LENGTH,
  STATE_LENGTH,
  writeAllowedFast,
  writeBitfield,
  writeCancel,
  writeChoke,
  writeExtended,
  writeHaveAll,
  writeHaveNone,
  writeInterested,
  writeKeepAlive,
  writeNotInterested,
  writeReject,
  writeRequest,
  writeSuggest,
  writeUnchoke,
} from "../../protocol/messages.ts";
import type { Wire } from "../engine/ports.ts";
import { SendBuffer } from "./send_buffer.ts";

/** The half of a Wire that says things. */
export abstract class WireMessages
  implements Omit<Wire, "room" | "piece" | "takesLent" | "slices" | "lent" | "flush" | "close"> {
  protected readonly send = new SendBuffer();

  /** Makes place for `length` more bytes and returns where they go. */
  protected abstract reserve(length: number): number;

  choke(): void {
    const at = this.reserve(STATE_LENGTH);
    writeChoke(this.send.view, at);
  }

  unchoke(): void {
    const at = this.reserve(STATE_LENGTH);
    writeUnchoke(this.send.view, at);
  }

  interested(): void {
    const at = this.reserve(STATE_LENGTH);
    writeInterested(this.send.view, at);
  }

  notInterested(): void {
    const at = this.reserve(STATE_LENGTH);
    writeNotInterested(this.send.view, at);
  }

  haves(messages: Uint8Array): void {
    const at = this.reserve(messages.length);
    this.send.bytes.set(messages, at);
  }

  bitfield(bits: Uint8Array): void {
    const at = this.reserve(bitfieldLength(bits));
    writeBitfield(this.send.view, at, bits);
  }

  request(index: number, begin: number, length: number): void {
    const at = this.reserve(REQUEST_LENGTH);
    writeRequest(this.send.view, at, index, begin, length);
  }

  cancel(index: number, begin: number, length: number): void {
    const at = this.reserve(REQUEST_LENGTH);
    writeCancel(this.send.view, at, index, begin, length);
  }

  haveAll(): void {
    const at = this.reserve(STATE_LENGTH);
    writeHaveAll(this.send.view, at);
  }

  haveNone(): void {
    const at = this.reserve(STATE_LENGTH);
    writeHaveNone(this.send.view, at);
  }

  reject(index: number, begin: number, length: number): void {
    const at = this.reserve(REQUEST_LENGTH);
    writeReject(this.send.view, at, index, begin, length);
  }

  allowedFast(index: number): void {
    const at = this.reserve(HAVE_LENGTH);
    writeAllowedFast(this.send.view, at, index);
  }

  suggest(index: number): void {
    const at = this.reserve(HAVE_LENGTH);
    writeSuggest(this.send.view, at, index);
  }

  keepAlive(): void {
    const at = this.reserve(KEEP_ALIVE_LENGTH);
    writeKeepAlive(this.send.view, at);
  }

  extended(id: number, payload: Uint8Array): void {
    const at = this.reserve(EXTENDED_HEADER_LENGTH + payload.length);
    writeExtended(this.send.view, at, id, payload);
  }
}
