import assert from "node:assert/strict";
import { concat, fromBinary, toBinary } from "../../protocol/bytes.ts";
import { ProtocolError } from "../../protocol/errors.ts";
import {
  decodeMetadataMessage,
  encodeMetadataData,
  encodeMetadataReject,
  encodeMetadataRequest,
  metadataPieceCount,
} from "../../protocol/ut_metadata.ts";
import { mutate } from "../support/mutations.ts";
import { SeededRandom } from "../support/random.ts";

Deno.test("ut_metadata messages are written and read as BEP 9 shows them", () => {
  assert.equal(toBinary(encodeMetadataRequest(0)), "d8:msg_typei0e5:piecei0ee");
  assert.equal(toBinary(encodeMetadataReject(3)), "d8:msg_typei2e5:piecei3ee");
  assert.deepEqual(decodeMetadataMessage(fromBinary("d8:msg_typei0e5:piecei7ee")), {
    type: "request",
    piece: 7,
  });
  assert.deepEqual(decodeMetadataMessage(fromBinary("d8:msg_typei2e5:piecei0ee")), {
    type: "reject",
    piece: 0,
  });
  const data = decodeMetadataMessage(fromBinary("d8:msg_typei1e5:piecei0e10:total_sizei34256eexxxx"));
  assert.deepEqual(data, { type: "data", piece: 0, totalSize: 34256, data: fromBinary("xxxx") });
});

Deno.test("encodeMetadataData() cuts pieces of 16 KiB, the last one short", () => {
  const info = new Uint8Array(40_000).map((_, i) => i);
  assert.equal(metadataPieceCount(info.length), 3);
  const pieces = [0, 1, 2].map((piece) => decodeMetadataMessage(encodeMetadataData(piece, info)));
  const parts = pieces.map((message) => message?.type === "data" ? message.data : new Uint8Array());
  assert.deepEqual(parts.map((part) => part.length), [16384, 16384, 7232]);
  assert.deepEqual(concat(parts), info);
});

Deno.test("decodeMetadataMessage() ignores kinds that nobody knows, and refuses what names neither kind nor piece", () => {
  assert.equal(decodeMetadataMessage(fromBinary("d8:msg_typei3e5:piecei0ee")), undefined);
  for (
    const bytes of ["", "le", "d8:msg_typei0ee", "d5:piecei0ee", "d8:msg_typei0e5:piecei-1ee", "d8:msg_type"]
  ) {
    assert.throws(() => decodeMetadataMessage(fromBinary(bytes)), ProtocolError, bytes);
  }
});

Deno.test("ut_metadata with 10,000 mutations is read or refused with ProtocolError", () => {
  const random = new SeededRandom(9);
  const seeds = [
    encodeMetadataRequest(1),
    encodeMetadataReject(2),
    encodeMetadataData(0, new Uint8Array(50)),
  ];
  for (let round = 0; round < 10_000; round++) {
    try {
      decodeMetadataMessage(mutate(seeds[round % seeds.length] as Uint8Array, random));
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
    }
  }
});
