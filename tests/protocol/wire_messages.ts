// Golden messages, written by hand, and a handler that notes what it is told: for the tests of both directions.

import * as messages from "../../protocol/messages.ts";
import type { MessageHandler } from "../../protocol/message_decoder.ts";

/** What a handler was told: the method and its arguments, byte strings as hex. */
export type Call = readonly (string | number)[];

export interface GoldenMessage {
  name: string;
  /** The message on the wire, a field per group. */
  hex: string;
  call: Call;
  /** How we write it; none for messages that we only pass on. */
  write?: (view: DataView, at: number) => number;
}

export const goldenMessages: readonly GoldenMessage[] = [
  { name: "keep-alive", hex: "00000000", call: ["keepAlive"], write: messages.writeKeepAlive },
  { name: "choke", hex: "00000001 00", call: ["choke"], write: messages.writeChoke },
  { name: "unchoke", hex: "00000001 01", call: ["unchoke"], write: messages.writeUnchoke },
  { name: "interested", hex: "00000001 02", call: ["interested"], write: messages.writeInterested },
  { name: "not interested", hex: "00000001 03", call: ["notInterested"], write: messages.writeNotInterested },
  {
    name: "have",
    hex: "00000005 04 00000102",
    call: ["have", 0x102],
    write: (view, at) => messages.writeHave(view, at, 0x102),
  },
  {
    name: "have, unsigned",
    hex: "00000005 04 fffffffe",
    call: ["have", 4294967294],
    write: (view, at) => messages.writeHave(view, at, 4294967294),
  },
  {
    name: "bitfield",
    hex: "00000004 05 ff00a0",
    call: ["bitfield", "ff00a0"],
    write: (view, at) => messages.writeBitfield(view, at, Uint8Array.of(0xff, 0x00, 0xa0)),
  },
  {
    name: "bitfield, empty",
    hex: "00000001 05",
    call: ["bitfield", ""],
    write: (view, at) => messages.writeBitfield(view, at, new Uint8Array(0)),
  },
  {
    name: "request",
    hex: "0000000d 06 00000003 00008000 00004000",
    call: ["request", 3, 32768, 16384],
    write: (view, at) => messages.writeRequest(view, at, 3, 32768, 16384),
  },
  {
    name: "request, unsigned",
    hex: "0000000d 06 ffffffff 80000000 fffffffe",
    call: ["request", 4294967295, 2147483648, 4294967294],
    write: (view, at) => messages.writeRequest(view, at, 4294967295, 2147483648, 4294967294),
  },
  {
    name: "piece",
    hex: "0000000e 07 00000001 00004000 0102030405",
    call: ["piece", 1, 16384, "0102030405"],
    write: (view, at) => {
      const next = messages.writePieceHeader(view, at, 1, 16384, 5);
      for (let i = 0; i < 5; i++) view.setUint8(next + i, i + 1);
      return next + 5;
    },
  },
  {
    name: "piece, unsigned, without a byte",
    hex: "00000009 07 80000001 ffffffff",
    call: ["piece", 2147483649, 4294967295, ""],
    write: (view, at) => messages.writePieceHeader(view, at, 2147483649, 4294967295, 0),
  },
  {
    name: "cancel",
    hex: "0000000d 08 00000003 00008000 00004000",
    call: ["cancel", 3, 32768, 16384],
    write: (view, at) => messages.writeCancel(view, at, 3, 32768, 16384),
  },
  { name: "port (BEP 5)", hex: "00000003 09 1ae1", call: ["unknown", 9, "1ae1"] },
  {
    name: "suggest",
    hex: "00000005 0d fffffffe",
    call: ["suggest", 4294967294],
    write: (view, at) => messages.writeSuggest(view, at, 4294967294),
  },
  { name: "have all", hex: "00000001 0e", call: ["haveAll"], write: messages.writeHaveAll },
  { name: "have none", hex: "00000001 0f", call: ["haveNone"], write: messages.writeHaveNone },
  {
    name: "reject",
    hex: "0000000d 10 80000003 00008000 00004000",
    call: ["reject", 2147483651, 32768, 16384],
    write: (view, at) => messages.writeReject(view, at, 2147483651, 32768, 16384),
  },
  {
    name: "allowed fast",
    hex: "00000005 11 00000102",
    call: ["allowedFast", 0x102],
    write: (view, at) => messages.writeAllowedFast(view, at, 0x102),
  },
  {
    name: "extended (BEP 10)",
    hex: "00000004 14 00 6465",
    call: ["extended", 0, "6465"],
    write: (view, at) => messages.writeExtended(view, at, 0, Uint8Array.of(0x64, 0x65)),
  },
  {
    name: "extended without a payload",
    hex: "00000002 14 ff",
    call: ["extended", 255, ""],
    write: (view, at) => messages.writeExtended(view, at, 255, new Uint8Array(0)),
  },
  { name: "an id that no one uses", hex: "00000002 ff 00", call: ["unknown", 255, "00"] },
];

export function fromSpacedHex(hex: string): Uint8Array {
  return Uint8Array.fromHex(hex.replaceAll(" ", ""));
}

/** Notes every call; copies what is borrowed. */
export class NotingHandler implements MessageHandler {
  readonly calls: Call[] = [];
  /** Called after a call was noted. */
  then: () => void = () => {};

  #note(...call: Call): void {
    this.calls.push(call);
    this.then();
  }

  onKeepAlive(): void {
    this.#note("keepAlive");
  }
  onChoke(): void {
    this.#note("choke");
  }
  onUnchoke(): void {
    this.#note("unchoke");
  }
  onInterested(): void {
    this.#note("interested");
  }
  onNotInterested(): void {
    this.#note("notInterested");
  }
  onHave(index: number): void {
    this.#note("have", index);
  }
  onBitfield(bits: Uint8Array): void {
    this.#note("bitfield", bits.toHex());
  }
  onRequest(index: number, begin: number, length: number): void {
    this.#note("request", index, begin, length);
  }
  onPiece(index: number, begin: number, block: Uint8Array): void {
    this.#note("piece", index, begin, block.toHex());
  }
  onCancel(index: number, begin: number, length: number): void {
    this.#note("cancel", index, begin, length);
  }
  onExtended(id: number, payload: Uint8Array): void {
    this.#note("extended", id, payload.toHex());
  }
  onSuggest(index: number): void {
    this.#note("suggest", index);
  }
  onHaveAll(): void {
    this.#note("haveAll");
  }
  onHaveNone(): void {
    this.#note("haveNone");
  }
  onReject(index: number, begin: number, length: number): void {
    this.#note("reject", index, begin, length);
  }
  onAllowedFast(index: number): void {
    this.#note("allowedFast", index);
  }
  onUnknown(id: number, payload: Uint8Array): void {
    this.#note("unknown", id, payload.toHex());
  }
}
