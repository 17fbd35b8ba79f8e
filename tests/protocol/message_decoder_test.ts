import assert from "node:assert/strict";
import { concat } from "../../protocol/bytes.ts";
import { ProtocolError } from "../../protocol/errors.ts";
import { type Landing, MessageDecoder, type MessageHandler } from "../../protocol/message_decoder.ts";
import { PIECE_HEADER_LENGTH, writePieceHeader } from "../../protocol/messages.ts";
import { mutate, randomParts } from "../support/mutations.ts";
import { SeededRandom } from "../support/random.ts";
import { type Call, fromSpacedHex, goldenMessages, NotingHandler } from "./wire_messages.ts";

const stream = fromSpacedHex(goldenMessages.map(({ hex }) => hex).join(""));
const calls = goldenMessages.map(({ call }) => call);

/** Feeds `bytes` as a socket would: never more than there is space for. */
function feed(decoder: MessageDecoder, bytes: Uint8Array, handler: MessageHandler): void {
  for (let at = 0; at < bytes.length;) {
    const space = decoder.space();
    assert.ok(space.length > 0, "space() is never empty");
    const n = Math.min(space.length, bytes.length - at);
    space.set(bytes.subarray(at, at + n));
    decoder.advance(n, handler);
    at += n;
  }
}

function pieceMessage(index: number, length: number): Uint8Array {
  const bytes = new Uint8Array(PIECE_HEADER_LENGTH + length);
  writePieceHeader(new DataView(bytes.buffer), 0, index, 0, length);
  for (let i = PIECE_HEADER_LENGTH; i < bytes.length; i++) bytes[i] = index + i;
  return bytes;
}

/** A handler that throws for any message, for tests in which none may arrive. */
function expectNothing(): NotingHandler {
  const handler = new NotingHandler();
  handler.then = () => assert.fail(`delivered ${handler.calls.at(-1)}`);
  return handler;
}

Deno.test("MessageDecoder reads every message of BEP 3 and 6 and passes the others on", () => {
  for (const { name, hex, call } of goldenMessages) {
    const decoder = new MessageDecoder();
    const handler = new NotingHandler();
    feed(decoder, fromSpacedHex(hex), handler);
    assert.deepEqual(handler.calls, [call], name);
    assert.ok(decoder.idle, name);
  }
});

Deno.test("MessageDecoder reads several messages of one read in order", () => {
  const handler = new NotingHandler();
  feed(new MessageDecoder(), stream, handler);
  assert.deepEqual(handler.calls, calls);
});

Deno.test("MessageDecoder reads a stream that arrives one byte at a time", () => {
  const decoder = new MessageDecoder({ initialBytes: 4 });
  const handler = new NotingHandler();
  for (const byte of stream) feed(decoder, Uint8Array.of(byte), handler);
  assert.deepEqual(handler.calls, calls);
  assert.ok(decoder.idle);
});

Deno.test("MessageDecoder reads a stream cut anywhere, with buffers of any size", () => {
  for (let seed = 1; seed <= 500; seed++) {
    const random = new SeededRandom(seed);
    const initialBytes = 4 + random.below(60);
    const decoder = new MessageDecoder({
      initialBytes,
      maxBytes: 4 + random.below(300),
      maxMessageLength: 64,
    });
    const handler = new NotingHandler();
    const most = 1 + random.below(60);
    for (let round = 0; round < 5; round++) {
      for (const part of randomParts(stream, most, random)) feed(decoder, part, handler);
    }
    assert.deepEqual(handler.calls, [calls, calls, calls, calls, calls].flat(), `seed ${seed}`);
  }
});

Deno.test("MessageDecoder lends blocks of the receive buffer instead of copying them", () => {
  const decoder = new MessageDecoder();
  const space = decoder.space();
  space.set(pieceMessage(1, 100));
  let lent: Uint8Array | undefined;
  const handler = new NotingHandler();
  handler.onPiece = (_index, _begin, block) => void (lent = block);
  decoder.advance(113, handler);
  assert.equal(lent?.buffer, space.buffer);
  assert.equal(lent?.byteOffset, space.byteOffset + PIECE_HEADER_LENGTH);
});

Deno.test("MessageDecoder refuses a length that the message can't have, as soon as the id is known", () => {
  const rows: { hex: string; why: RegExp }[] = [
    { hex: "00000002 00", why: /id 0: its length must be 1: got 2/ },
    { hex: "00000005 01", why: /id 1: its length must be 1: got 5/ },
    { hex: "00000002 02", why: /id 2: its length must be 1: got 2/ },
    { hex: "00000003 03", why: /id 3: its length must be 1: got 3/ },
    { hex: "00000003 04", why: /id 4: its length must be 5: got 3/ },
    { hex: "00000001 04", why: /id 4: its length must be 5: got 1/ },
    { hex: "0000000b 06", why: /id 6: its length must be 13: got 11/ },
    { hex: "00000008 07", why: /id 7: its length must be at least 9: got 8/ },
    { hex: "00000001 07", why: /id 7: its length must be at least 9: got 1/ },
    { hex: "00000001 14", why: /id 20: its length must be at least 2: got 1/ },
    { hex: "0000000e 08", why: /id 8: its length must be 13: got 14/ },
    { hex: "00000001 0d", why: /id 13: its length must be 5: got 1/ },
    { hex: "00000002 0e", why: /id 14: its length must be 1: got 2/ },
    { hex: "00000005 0f", why: /id 15: its length must be 1: got 5/ },
    { hex: "00000009 10", why: /id 16: its length must be 13: got 9/ },
    { hex: "00000006 11", why: /id 17: its length must be 5: got 6/ },
  ];
  for (const { hex, why } of rows) {
    const decoder = new MessageDecoder();
    assert.throws(
      () => feed(decoder, fromSpacedHex(hex), expectNothing()),
      (error) => error instanceof ProtocolError && why.test(error.message),
      hex,
    );
  }
});

Deno.test("MessageDecoder refuses a message of 4 GiB by its length alone", () => {
  const decoder = new MessageDecoder();
  assert.throws(
    () => feed(decoder, fromSpacedHex("ffffffff"), expectNothing()),
    {
      name: "ProtocolError",
      message: "Cannot accept a message: must be at most 131085 bytes: got 4294967299",
    },
  );
  assert.equal(decoder.capacity, 64 * 1024, "nothing was allocated for it");
});

Deno.test("MessageDecoder accepts a message of exactly the limit and none longer", () => {
  const handler = new NotingHandler();
  handler.onPiece = (_index, _begin, block) => void handler.calls.push([block.length]);
  feed(new MessageDecoder(), pieceMessage(0, 128 * 1024), handler);
  assert.deepEqual(handler.calls, [[128 * 1024]]);
  const tooLong = pieceMessage(0, 128 * 1024 + 1);
  assert.throws(() => feed(new MessageDecoder(), tooLong.subarray(0, 4), expectNothing()), ProtocolError);
});

Deno.test("MessageDecoder grows for a message longer than its buffer, even beyond maxBytes", () => {
  const decoder = new MessageDecoder({ initialBytes: 16, maxBytes: 32, maxMessageLength: 1000 });
  const handler = new NotingHandler();
  const long = pieceMessage(7, 900);
  feed(decoder, long, handler);
  feed(decoder, stream, handler);
  assert.deepEqual(handler.calls, [["piece", 7, 0, long.subarray(13).toHex()], ...calls]);
  assert.ok(decoder.capacity <= 1000);
});

Deno.test("MessageDecoder doubles its buffer while reads fill it, up to maxBytes", () => {
  const decoder = new MessageDecoder({ initialBytes: 1024, maxBytes: 6000, maxMessageLength: 600 });
  const handler = new NotingHandler();
  const fast = new Uint8Array(60_000); // keep-alives
  const sizes: number[] = [];
  for (let at = 0; at < fast.length;) {
    const space = decoder.space();
    if (sizes.at(-1) !== decoder.capacity) sizes.push(decoder.capacity);
    decoder.advance(Math.min(space.length, fast.length - at), handler);
    at += space.length;
  }
  assert.deepEqual(sizes, [1024, 2048, 4096, 6000]);
  assert.equal(handler.calls.length, 15_000);
});

Deno.test("MessageDecoder gives memory back when little arrives, and loses no byte of the tail", () => {
  const decoder = new MessageDecoder({ initialBytes: 1024, maxBytes: 65536 });
  const handler = new NotingHandler();
  feed(decoder, new Uint8Array(400_000), handler);
  assert.equal(decoder.capacity, 65536);
  handler.calls.length = 0;
  const random = new SeededRandom(11);
  for (let round = 0; round < 40; round++) {
    for (const part of randomParts(stream, 30, random)) feed(decoder, part, handler);
  }
  assert.equal(decoder.capacity, 1024);
  assert.deepEqual(handler.calls, Array.from({ length: 40 }, () => calls).flat());
});

Deno.test("MessageDecoder keeps its buffer while a fast peer's reads vary", () => {
  const decoder = new MessageDecoder({ initialBytes: 1024, maxBytes: 65536 });
  const handler = new NotingHandler();
  feed(decoder, new Uint8Array(400_000), handler);
  const place = decoder.space().buffer;
  for (let round = 0; round < 200; round++) {
    decoder.space().fill(0);
    decoder.advance(round % 10 === 0 ? 40_000 : 400, handler);
  }
  assert.equal(decoder.space().buffer, place);
});

Deno.test("MessageDecoder.idle is false inside a message only", () => {
  const decoder = new MessageDecoder();
  const handler = new NotingHandler();
  assert.equal(decoder.idle, true);
  feed(decoder, fromSpacedHex("000000"), handler);
  assert.equal(decoder.idle, false);
  feed(decoder, fromSpacedHex("01"), handler);
  assert.equal(decoder.idle, false);
  feed(decoder, fromSpacedHex("01"), handler);
  assert.equal(decoder.idle, true);
  assert.deepEqual(handler.calls, [["unchoke"]]);
});

Deno.test("MessageDecoder.stop() in a handler ends the batch and everything after it", () => {
  const decoder = new MessageDecoder();
  const handler = new NotingHandler();
  handler.then = () => handler.calls.length === 3 && decoder.stop();
  feed(decoder, stream, handler);
  feed(decoder, stream, handler);
  feed(decoder, fromSpacedHex("ffffffff"), handler);
  assert.deepEqual(handler.calls, calls.slice(0, 3));
});

Deno.test("MessageDecoder delivers nothing more after an exception", () => {
  for (const error of [new ProtocolError("the handler's"), new TypeError("a bug")]) {
    const decoder = new MessageDecoder();
    const handler = new NotingHandler();
    handler.then = () => {
      if (handler.calls.length === 2) throw error;
    };
    assert.throws(() => feed(decoder, stream, handler), error);
    feed(decoder, stream, handler);
    assert.deepEqual(handler.calls, calls.slice(0, 2));
  }
  const decoder = new MessageDecoder();
  assert.throws(() => feed(decoder, fromSpacedHex("00000002 00"), expectNothing()), ProtocolError);
  feed(decoder, stream, expectNothing());
});

Deno.test("MessageDecoder.advance() refuses to take in what space() didn't offer", () => {
  const decoder = new MessageDecoder({ initialBytes: 64 });
  assert.throws(() => decoder.advance(65, expectNothing()), RangeError);
  assert.throws(() => decoder.advance(-1, expectNothing()), RangeError);
  decoder.advance(0, expectNothing());
});

Deno.test("MessageDecoder meets 10,000 spoilt streams with nothing but ProtocolError, the same however they are cut", () => {
  const random = new SeededRandom(20260101);
  let refused = 0;
  for (let round = 0; round < 10_000; round++) {
    const spoilt = mutate(stream, random);
    const once = outcome(spoilt, [spoilt]);
    const cut = outcome(spoilt, randomParts(spoilt, 1 + random.below(40), random));
    assert.deepEqual(cut, once, `round ${round}: ${spoilt.toHex()}`);
    if (once.error !== undefined) refused++;
  }
  assert.ok(refused > 1000 && refused < 10_000, `${refused} refused`);
});

function outcome(bytes: Uint8Array, parts: Iterable<Uint8Array>): { calls: Call[]; error?: string } {
  const decoder = new MessageDecoder({ initialBytes: 32 });
  const handler = new NotingHandler();
  try {
    for (const part of parts) feed(decoder, part, handler);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw new Error(`for ${bytes.toHex()}`, { cause: error });
    return { calls: handler.calls, error: error.message };
  }
  return { calls: handler.calls };
}

/** A handler with a place for every block, and what became of it. */
class LandingHandler extends NotingHandler {
  /** Of each block: its index, and whether its place is done with. */
  readonly landings: { index: number; bytes: Uint8Array; ends: number }[] = [];
  hasPlace = true;

  onPieceBegin(index: number, begin: number, length: number): Landing | undefined {
    this.calls.push(["pieceBegin", index, begin, length]);
    if (!this.hasPlace) return undefined;
    const landing = { index, bytes: new Uint8Array(new SharedArrayBuffer(length)), ends: 0, end: () => {} };
    landing.end = () => landing.ends++;
    this.landings.push(landing);
    return landing;
  }

  override onPiece(index: number, begin: number, block: Uint8Array): void {
    if (block.length < 32 * 1024) return super.onPiece(index, begin, block);
    assert.equal(block, this.landings.at(-1)?.bytes, "it is where it landed");
    assert.equal(this.landings.at(-1)?.ends, 1, "nothing is written there any more");
    super.onPiece(index, begin, block.slice(0, 4));
  }
}

const LONG = 512 * 1024;

Deno.test("MessageDecoder takes a long block to its place as it comes, however the stream is cut", () => {
  const blocks = [pieceMessage(3, 32 * 1024), pieceMessage(4, 100_000), pieceMessage(5, 32 * 1024)];
  const bytes = concat([stream, ...blocks, stream, ...blocks]);
  for (let seed = 1; seed <= 60; seed++) {
    const random = new SeededRandom(seed);
    const decoder = new MessageDecoder({ initialBytes: 32 + random.below(4000), maxBytes: 8000 });
    const handler = new LandingHandler();
    for (const part of randomParts(bytes, 1 + random.below(20_000), random)) feed(decoder, part, handler);
    assert.ok(decoder.idle);
    assert.deepEqual(
      handler.landings.map(({ index, ends }) => [index, ends]),
      [3, 4, 5, 3, 4, 5].map((i) => [i, 1]),
    );
    for (const { index, bytes } of handler.landings) {
      assert.deepEqual(
        new Uint8Array(bytes),
        pieceMessage(index, bytes.length).subarray(PIECE_HEADER_LENGTH),
      );
    }
    assert.equal(handler.calls.filter(([name]) => name !== "pieceBegin").length, 2 * calls.length + 6);
  }
});

Deno.test("MessageDecoder reads the rest of a long block, and no more, at its place, then the next header only", () => {
  const decoder = new MessageDecoder();
  const handler = new LandingHandler();
  decoder.expect(PIECE_HEADER_LENGTH + LONG);
  feed(decoder, pieceMessage(1, LONG).subarray(0, 1000), handler);
  const { bytes } = handler.landings[0] as { bytes: Uint8Array };
  assert.deepEqual(decoder.space(), bytes.subarray(1000 - PIECE_HEADER_LENGTH));
  assert.equal(decoder.idle, false);
  assert.throws(() => decoder.advance(LONG, handler), RangeError, "more than is left of it");
  decoder.advance(LONG - 1000 + PIECE_HEADER_LENGTH, handler);
  assert.equal(decoder.idle, true);
  assert.equal(decoder.space().length, PIECE_HEADER_LENGTH);
  feed(decoder, Uint8Array.of(0, 0, 0, 0), handler);
  assert.equal(handler.calls.at(-1)?.[0], "keepAlive");
  assert.equal(decoder.space().length, decoder.capacity, "something else came");
});

Deno.test("MessageDecoder delivers a block as ever that has no place, is short or is here already", () => {
  const got: number[] = [];
  const handler = new LandingHandler();
  handler.hasPlace = false;
  handler.onPiece = (_index, _begin, block) => void got.push(block.length);
  const decoder = new MessageDecoder();
  feed(decoder, pieceMessage(1, 40_000), handler);
  feed(decoder, pieceMessage(1, 40_000).subarray(0, 100), handler);
  feed(decoder, pieceMessage(1, 40_000).subarray(100), handler);
  assert.deepEqual(handler.calls, [["pieceBegin", 1, 0, 40_000]]);
  handler.hasPlace = true;
  for (const part of [pieceMessage(1, 16_384).subarray(0, 99), pieceMessage(1, 16_384).subarray(99)]) {
    feed(decoder, part, handler);
  }
  assert.deepEqual(got, [40_000, 40_000, 16_384]);
  assert.deepEqual(handler.landings, []);
});

Deno.test("MessageDecoder lets go of a place once when the connection ends before its block is whole", () => {
  const decoder = new MessageDecoder();
  const handler = new LandingHandler();
  feed(decoder, pieceMessage(1, 40_000).subarray(0, 100), handler);
  decoder.stop();
  assert.equal(handler.landings[0]?.ends, 0, "a read is still under way");
  decoder.end();
  decoder.end();
  assert.equal(handler.landings[0]?.ends, 1);
});

Deno.test("MessageDecoder accepts as long a block as was asked for, and none longer", () => {
  const decoder = new MessageDecoder();
  const got: number[] = [];
  const handler = new NotingHandler();
  handler.onPiece = (_index, _begin, block) => void got.push(block.length);
  decoder.expect(PIECE_HEADER_LENGTH + LONG);
  decoder.expect(PIECE_HEADER_LENGTH + 16_384);
  feed(decoder, pieceMessage(1, LONG), handler);
  assert.deepEqual(got, [LONG]);
  assert.throws(() => feed(decoder, pieceMessage(1, LONG + 1).subarray(0, 4), handler), ProtocolError);
});
