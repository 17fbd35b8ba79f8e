// Fuzz targets: what a stranger says to a peer, from the first byte of a connection on. Behind the parsers stands the whole
// engine, which must stay in order.

import assert from "node:assert/strict";
import { CryptoMethod } from "../../../peer/net/encryption.ts";
import { ConnectionError } from "../../../peer/net/errors.ts";
import { initiate, receive } from "../../../peer/net/handshaker.ts";
import { InfoHashIndex } from "../../../peer/net/info_hash_index.ts";
import { MetadataEngine } from "../../../peer/engine/metadata_engine.ts";
import {
  concat,
  decodeExtendedHandshake,
  decodeHandshake,
  decodeMetadataMessage,
  decodePex,
  encodeDontHave,
  encodeExtendedHandshake,
  encodeHandshake,
  encodeMetadataData,
  encodeMetadataReject,
  encodeMetadataRequest,
  encodePex,
  equals,
  ExtensionId,
  fromBinary,
  fromHex,
  MessageDecoder,
  type MessageHandler,
  ProtocolError,
  toHex,
} from "../../../protocol/mod.ts";
import { contentOf, EngineHarness, INFO_BYTES } from "../../support/engine_harness.ts";
import { FakeWire } from "../../support/fake_wire.ts";
import { memoryPair } from "../../support/memory_conn.ts";
import { mutate } from "../../support/mutations.ts";
import { SeededRandom } from "../../support/random.ts";
import type { FuzzTarget } from "./target.ts";

const INFO_HASH = new Uint8Array(20).fill(5);
const PEER_ID = new Uint8Array(20).fill(6);
const PIECES = 8;
/** So short that whole pieces come in a handful of messages. */
const PIECE_LENGTH = 64;
/** Inputs that one engine takes before another begins. */
const PER_ENGINE = 200;
const NEVER_MS = 2 ** 30;

const EXTENSION_WORDS = [
  ...[
    "1:md",
    "11:ut_metadatai3e",
    "6:ut_pexi1e",
    "13:metadata_sizei",
    "8:msg_typei1e",
    "5:piecei",
    "4:reqqi0e",
  ],
  ...["10:total_sizei40000e", "5:added", "7:added.f", "6:added6", "7:dropped"],
];

const extendedHandshake = encodeExtendedHandshake({
  ids: new Map([["ut_metadata", 3], ["ut_pex", 1], ["lt_donthave", 7], ["upload_only", 4]]),
  ...{ port: 6881, maxRequests: 250, metadataSize: INFO_BYTES.length, client: "x", yourIp: "192.0.2.1" },
});
const pex = encodePex({
  added: [{ ip: "192.0.2.7", port: 6881, flags: 2 }, { ip: "2001:db8::7", port: 6882, flags: 0 }],
  dropped: [{ ip: "192.0.2.8", port: 6881 }],
});
const metadata = [
  encodeMetadataRequest(0),
  encodeMetadataReject(1),
  encodeMetadataData(2, INFO_BYTES).subarray(0, 400),
];

/** A message of an id with these numbers of four bytes, and bytes after them. */
function message(
  id: number,
  numbers: readonly number[] = [],
  bytes: Uint8Array = new Uint8Array(),
): Uint8Array {
  const view = new DataView(new ArrayBuffer(5 + 4 * numbers.length));
  view.setUint32(0, 1 + 4 * numbers.length + bytes.length);
  view.setUint8(4, id);
  for (const [i, number] of numbers.entries()) view.setUint32(5 + 4 * i, number);
  return concat([new Uint8Array(view.buffer), bytes]);
}

function extended(id: number, payload: Uint8Array): Uint8Array {
  return message(20, [], concat([Uint8Array.of(id), payload]));
}

/** A block as the engine's store takes it. */
function block(index: number): Uint8Array {
  return message(7, [index, 0], new Uint8Array(PIECE_LENGTH).fill(contentOf(index, 0)));
}

const blocks = Array.from({ length: PIECES }, (_, index) => block(index));
const STREAMS: readonly Uint8Array[] = [
  concat([message(5, [], Uint8Array.of(0xff)), message(1), ...blocks]),
  concat([message(14), message(1), blocks[3] as Uint8Array, message(0), message(1), blocks[4] as Uint8Array]),
  concat([
    message(15),
    message(4, [2]),
    message(4, [7]),
    message(17, [2]),
    message(1),
    blocks[2] as Uint8Array,
  ]),
  concat([message(2), message(6, [0, 0, 64]), message(8, [0, 0, 64]), message(6, [1, 32, 32]), message(3)]),
  concat([
    message(13, [1]),
    message(16, [0, 0, 64]),
    Uint8Array.of(0, 0, 0, 0),
    message(9, [], Uint8Array.of(1, 2)),
  ]),
  concat([extended(0, extendedHandshake), extended(ExtensionId.ut_pex, pex), message(14), message(1)]),
  concat([
    extended(0, extendedHandshake),
    ...metadata.map((each) => extended(ExtensionId.ut_metadata, each)),
  ]),
  concat([
    message(14),
    extended(ExtensionId.lt_donthave, encodeDontHave(3)),
    message(4, [3]),
    extended(9, pex),
  ]),
];

export const PEER_TARGETS: readonly FuzzTarget[] = [
  {
    name: "handshakes",
    corpus: () => [encodeHandshake({ infoHash: INFO_HASH, peerId: PEER_ID })],
    words: ["BitTorrent protocol", "\x13"],
    errors: [ProtocolError],
    open: () => (input) => {
      const { infoHash, peerId } = decodeHandshake(input);
      assert.deepEqual([infoHash.length, peerId.length], [20, 20]);
    },
  },
  {
    name: "encrypted handshakes",
    cost: 400,
    // Keys are new each time, so the bytes are made on the way: an input says how they are spoilt.
    corpus: () => [new Uint8Array(8)],
    errors: [ProtocolError, ConnectionError],
    open: async () => {
      const index = new InfoHashIndex();
      await index.add(INFO_HASH);
      return (input) =>
        shake(index, new SeededRandom(input.reduce((sum, byte) => Math.imul(sum, 31) + byte, 7)));
    },
  },
  {
    name: "extended handshakes",
    corpus: () => [
      extendedHandshake,
      fromBinary("d1:ei1e1:md6:ut_pexi1ee1:pi6881e1:v3:abc6:yourip4:\x7f\0\0\x01e"),
    ],
    words: EXTENSION_WORDS,
    errors: [ProtocolError],
    open: () => (input) => {
      const { ids, port = 1, maxRequests = 1 } = decodeExtendedHandshake(input);
      assert.ok(port > 0 && port < 65_536 && maxRequests > 0);
      for (const id of ids.values()) assert.ok(id >= 0 && id < 256);
    },
  },
  {
    name: "metadata messages",
    corpus: () => metadata,
    words: EXTENSION_WORDS,
    errors: [ProtocolError],
    open: () => (input) => decodeMetadataMessage(input),
  },
  {
    name: "lists of peers",
    corpus: () => [pex],
    words: EXTENSION_WORDS,
    errors: [ProtocolError],
    open: () => (input) => {
      for (const { ip, port } of decodePex(input).added) {
        assert.ok(ip.length > 0 && port >= 0 && port < 65_536);
      }
    },
  },
  {
    name: "a peer's messages to an engine",
    cost: 4,
    corpus: () => STREAMS,
    words: EXTENSION_WORDS,
    errors: [ProtocolError],
    open: () => {
      let engine = new EngineInput();
      return async (input) => {
        if (engine.inputs === PER_ENGINE) {
          await engine.end();
          engine = new EngineInput();
        }
        await engine.take(input);
      };
    },
  },
  {
    name: "a peer's messages before the metadata",
    cost: 3,
    corpus: () => STREAMS,
    words: EXTENSION_WORDS,
    errors: [ProtocolError],
    open: () => {
      const engine = new MetadataEngine({
        port: 6881,
        verify: (bytes) => Promise.resolve(equals(bytes, INFO_BYTES)),
        events: { onMetadata() {}, onListening() {}, onPeers() {}, onBan() {} },
      });
      let now = 1_000_000;
      return async (input) => {
        const address = { ip: "192.0.2.1", port: 6881 };
        const peer = engine.add(
          new FakeWire(),
          { peerId: PEER_ID, address, outgoing: true, extended: true },
          ++now,
        );
        try {
          feed(input, peer);
          if (!peer.isGone) peer.onBatchEnd(++now);
          await null;
        } finally {
          if (!peer.isGone) engine.remove(peer);
        }
      };
    },
  },
];

/** An engine that is half complete, and one stranger after the other. */
class EngineInput {
  inputs = 0;
  readonly #harness = new EngineHarness({
    pieceCount: PIECES,
    pieceLength: PIECE_LENGTH,
    have: [0, 1],
    extensions: true,
    allowedFast: [1],
  });

  async take(input: Uint8Array): Promise<void> {
    const harness = this.#harness;
    const isFast = this.inputs++ % 2 === 0;
    const { peer } = harness.join("none", { unchokes: false, extended: true, fast: isFast });
    try {
      feed(input, peer);
      if (!peer.isGone) harness.batch({ peer, wire: new FakeWire() });
      await harness.settle();
      harness.pass(1000);
    } finally {
      if (!peer.isGone) harness.engine.remove(peer);
    }
  }

  /** No buffer may be lost by whatever came. */
  async end(): Promise<void> {
    this.#harness.engine.close();
    await this.#harness.settle();
    assert.equal(this.#harness.buffers.lent, 0, "buffers are lost");
  }
}

/** Through a decoder, as a connection does. */
function feed(input: Uint8Array, handler: MessageHandler): void {
  const decoder = new MessageDecoder({ initialBytes: 256 });
  for (let at = 0; at < input.length;) {
    const space = decoder.space();
    const n = Math.min(space.length, input.length - at);
    space.set(input.subarray(at, at + n));
    decoder.advance(n, handler);
    at += n;
  }
}

/** Both sides of an encrypted handshake, with faults on the way: either may only end with its own error. */
async function shake(index: InfoHashIndex, random: SeededRandom): Promise<void> {
  const spoil = (bytes: Uint8Array) => random.below(4) === 0 ? mutate(bytes, random) : bytes.slice();
  const [near, far] = memoryPair({ spoil });
  const leave = (conn: Deno.Conn) => () => conn.close();
  const ends = await Promise.allSettled([
    initiate(near, {
      infoHash: INFO_HASH,
      peerId: PEER_ID,
      timeoutMs: NEVER_MS,
      methods: CryptoMethod.rc4 | CryptoMethod.plaintext,
    }).then(leave(near)),
    receive(far, {
      timeoutMs: NEVER_MS,
      encryption: random.below(2) === 0 ? "preferred" : "allowed",
      findInfoHash: (obfuscated) => index.find(obfuscated),
      introduce: (hex) =>
        hex === toHex(INFO_HASH) ? { infoHash: INFO_HASH, peerId: fromHex("07".repeat(20)) } : undefined,
    }).then(leave(far)),
  ]);
  const refusals = ends.flatMap((end) => end.status === "rejected" ? [end.reason] : []);
  for (const reason of refusals) {
    if (!(reason instanceof ProtocolError || reason instanceof ConnectionError)) throw reason;
  }
  if (refusals.length > 0) throw refusals[0];
}
