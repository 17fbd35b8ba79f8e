// A Wire that goes nowhere: it writes down what the engine says.

import { haveIndices } from "../../peer/message_log.ts";
import type { LentMessages, Wire } from "../../peer/engine/ports.ts";

/** One call: its name and its numbers, such as ["request", 3, 0, 16384]. */
export type Call = [name: string, ...fields: number[]];

/** Records every message. Flushes are counted, not listed. */
export class FakeWire implements Wire {
  /** Every message since the last `take()`. */
  calls: Call[] = [];
  /** The blocks that went out, in order. */
  readonly blocks: Uint8Array[] = [];
  /** The extended messages that went out, in order. */
  readonly extensions: { id: number; payload: Uint8Array }[] = [];
  /** Whether it takes messages from where they lie. */
  takesMessages = false;
  /** Longer blocks than this would leave in slices. */
  longestWhole = Infinity;
  flushes = 0;
  /** Falls by each block; the test raises it again. */
  room = 1024 * 1024;
  /** Why the engine closed it, if it did. */
  closeReason: string | undefined = undefined;
  /** The bits of the bitfield that was sent. */
  sentBits: Uint8Array | undefined = undefined;

  /** Returns and forgets the messages so far, or only those of one kind. */
  take(name?: string): Call[] {
    const taken = this.calls.filter((call) => name === undefined || call[0] === name);
    this.calls = [];
    return taken;
  }

  choke(): void {
    this.calls.push(["choke"]);
  }
  unchoke(): void {
    this.calls.push(["unchoke"]);
  }
  interested(): void {
    this.calls.push(["interested"]);
  }
  notInterested(): void {
    this.calls.push(["notInterested"]);
  }
  haves(messages: Uint8Array): void {
    for (const index of haveIndices(messages)) this.calls.push(["have", index]);
  }
  bitfield(bits: Uint8Array): void {
    this.sentBits = bits.slice();
    this.calls.push(["bitfield"]);
  }
  request(index: number, begin: number, length: number): void {
    this.calls.push(["request", index, begin, length]);
  }
  cancel(index: number, begin: number, length: number): void {
    this.calls.push(["cancel", index, begin, length]);
  }
  haveAll(): void {
    this.calls.push(["haveAll"]);
  }
  haveNone(): void {
    this.calls.push(["haveNone"]);
  }
  reject(index: number, begin: number, length: number): void {
    this.calls.push(["reject", index, begin, length]);
  }
  allowedFast(index: number): void {
    this.calls.push(["allowedFast", index]);
  }
  suggest(index: number): void {
    this.calls.push(["suggest", index]);
  }
  keepAlive(): void {
    this.calls.push(["keepAlive"]);
  }
  extended(id: number, payload: Uint8Array): void {
    this.calls.push(["extended", id]);
    this.extensions.push({ id, payload: payload.slice() });
  }
  piece(index: number, begin: number, length: number): Uint8Array {
    this.calls.push(["piece", index, begin, length]);
    this.room -= length + 13;
    const block = new Uint8Array(length);
    this.blocks.push(block);
    return block;
  }
  slices(length: number): boolean {
    return length > this.longestWhole;
  }
  takesLent(length: number): number {
    return this.takesMessages ? Math.floor(this.room / (length + 13)) : 0;
  }
  lent({ count, from, to }: LentMessages): void {
    this.calls.push(["lent", from, to]);
    this.room -= to - from + count * 13;
  }
  flush(): void {
    this.flushes++;
  }
  close(reason: string): void {
    this.closeReason ??= reason;
  }
}
