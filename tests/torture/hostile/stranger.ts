// A peer that means harm: it hears what an engine says to it, answers as its misdeed has it, and may say anything.

import type { MessageHandler } from "../../../protocol/mod.ts";
import { MessageId } from "../../../protocol/mod.ts";
import type { MemorySwarm, SwarmNode } from "../../support/memory_swarm.ts";
import type { MemoryWire } from "../../support/memory_wire.ts";
import type { SeededRandom } from "../../support/random.ts";

/** What a misdeed does when something comes in; what isn't there is ignored. */
export type Reactions = Partial<MessageHandler>;

/** One kind of bad behaviour. */
export interface Misdeed {
  name: string;
  /** Bytes a second that it can send. Default 10 MB. */
  upRate?: number;
  /** Makes one that does it. It is called when the connection is there. */
  begin(stranger: Stranger): Reactions;
}

/** One end of a connection to an engine. */
export class Stranger implements MessageHandler {
  readonly wire: MemoryWire;
  /** The engine's end of it. */
  readonly ofNode: MemoryWire;
  readonly swarm: MemorySwarm;
  readonly random: SeededRandom;
  #reactions: Reactions = {};

  constructor(
    swarm: MemorySwarm,
    victim: SwarmNode,
    { number, misdeed, random }: { number: number; misdeed: Misdeed; random: SeededRandom },
  ) {
    this.swarm = swarm;
    this.random = random;
    const { ofNode, wire } = swarm.connectStranger(victim, this, {
      name: `stranger ${number}`,
      number,
      ...(misdeed.upRate === undefined ? {} : { upRate: misdeed.upRate }),
    });
    this.wire = wire;
    this.ofNode = ofNode;
    this.#reactions = misdeed.begin(this);
    wire.flush();
  }

  /** Says bytes. */
  say(...messages: Uint8Array[]): void {
    for (const message of messages) this.wire.raw(message);
  }

  /** Does something now and again, until the connection ends. */
  every(ms: number, act: () => void): void {
    const { simulation } = this.swarm;
    const turn = () => {
      if (this.wire.isClosed) return;
      act();
      simulation.at(simulation.now + ms, turn);
    };
    simulation.at(simulation.now + ms, turn);
  }

  /** Sends a block, right or not. */
  sendBlock(index: number, begin: number, length: number, { isBad = false } = {}): void {
    const at = this.swarm.layout.pieceOffset(index) + begin;
    const into = this.wire.piece(index, begin, length);
    into.set(this.swarm.content.subarray(at, at + length));
    if (isBad) into[0] = ~(into[0] as number);
    this.wire.flush();
  }

  onBatchEnd(): void {}
  onWritable(): void {}
  onKeepAlive(): void {}
  onChoke(): void {
    this.#reactions.onChoke?.();
  }
  onUnchoke(): void {
    this.#reactions.onUnchoke?.();
  }
  onInterested(): void {
    this.#reactions.onInterested?.();
  }
  onNotInterested(): void {}
  onHave(): void {}
  onBitfield(): void {}
  onRequest(index: number, begin: number, length: number): void {
    this.#reactions.onRequest?.(index, begin, length);
  }
  onPiece(): void {}
  onCancel(): void {}
  onExtended(id: number, payload: Uint8Array): void {
    this.#reactions.onExtended?.(id, payload);
  }
  onSuggest(): void {}
  onHaveAll(): void {}
  onHaveNone(): void {}
  onReject(): void {}
  onAllowedFast(): void {}
  onUnknown(): void {}
}

/** A message: its id, numbers of four bytes, more bytes. */
export function message(id: number, numbers: readonly number[] = [], bytes = new Uint8Array()): Uint8Array {
  const whole = new Uint8Array(5 + 4 * numbers.length + bytes.length);
  const view = new DataView(whole.buffer);
  view.setUint32(0, whole.length - 4);
  view.setUint8(4, id);
  for (const [i, number] of numbers.entries()) view.setUint32(5 + 4 * i, number);
  whole.set(bytes, 5 + 4 * numbers.length);
  return whole;
}

/** A message of the extension protocol. */
export function extended(id: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + payload.length);
  bytes[0] = id;
  bytes.set(payload, 1);
  return message(MessageId.extended, [], bytes);
}
