import assert from "node:assert/strict";
import {
  type BencodeInput,
  type BencodeValue,
  decode,
  decodeDict,
  type DecodeOptions,
  decodePrefix,
  encode,
  getBytes,
  getDict,
  getInteger,
  getList,
  getText,
} from "../../protocol/bencode.ts";
import { fromBinary, fromUtf8, toBinary, toUtf8 } from "../../protocol/bytes.ts";
import { BencodeError } from "../../protocol/errors.ts";
import { mutate } from "../support/mutations.ts";
import { SeededRandom } from "../support/random.ts";

const canonical: { name: string; text: string; value: BencodeValue }[] = [
  { name: "zero", text: "i0e", value: 0 },
  { name: "a number", text: "i42e", value: 42 },
  { name: "a negative number", text: "i-42e", value: -42 },
  { name: "the last safe number", text: "i9007199254740991e", value: 9007199254740991 },
  { name: "the first that is not", text: "i9007199254740992e", value: 9007199254740992n },
  { name: "one that a double would round", text: "i9007199254740993e", value: 9007199254740993n },
  { name: "the last safe negative", text: "i-9007199254740991e", value: -9007199254740991 },
  { name: "beyond it", text: "i-9007199254740993e", value: -9007199254740993n },
  { name: "beyond 64 bits", text: "i18446744073709551616e", value: 18446744073709551616n },
  { name: "an empty string", text: "0:", value: new Uint8Array() },
  { name: "a string", text: "4:spam", value: fromUtf8("spam") },
  { name: "bytes that are no text", text: "3:\x00\xff:", value: Uint8Array.of(0, 0xff, 0x3a) },
  { name: "an empty list", text: "le", value: [] },
  { name: "a list", text: "l4:spami1ele0:e", value: [fromUtf8("spam"), 1, [], new Uint8Array()] },
  { name: "an empty dictionary", text: "de", value: new Map() },
  {
    name: "a dictionary",
    text: "d3:cow3:moo4:spaml1:aee",
    value: new Map<string, BencodeValue>([["cow", fromUtf8("moo")], ["spam", [fromUtf8("a")]]]),
  },
  {
    name: "keys that are bytes, sorted as such",
    text: "d0:i0e1:Zi1e2:aai2e2:\x7f\xffi3e1:\x80i4e1:\xffi5ee",
    value: new Map<string, BencodeValue>([
      ["", 0],
      ["Z", 1],
      ["aa", 2],
      ["\x7f\xff", 3],
      ["\x80", 4],
      ["\xff", 5],
    ]),
  },
];

Deno.test("decode() reads canonical bencode, and encode() writes the same bytes", () => {
  for (const { name, text, value } of canonical) {
    assert.deepEqual(decode(fromBinary(text)), value, name);
    assert.equal(toBinary(encode(value)), text, name);
    assert.deepEqual(decodePrefix(fromBinary(text + "1:x")), { value, length: text.length }, name);
  }
});

Deno.test("encode() makes anything it takes canonical", () => {
  const rows: [value: BencodeInput, text: string][] = [
    [-0, "i0e"],
    [0n, "i0e"],
    [-5n, "i-5e"],
    ["é", "2:\xc3\xa9"],
    ["\ud800", "3:\xef\xbf\xbd"],
    [{ b: 1, a: "x", none: undefined }, "d1:a1:x1:bi1ee"],
    [Object.create(null) as Record<string, number>, "de"],
    [new Map([["z", 1], ["\xff", 2], ["a", 3]]), "d1:ai3e1:zi1e1:\xffi2ee"],
    [["a", 1, [{}]], "l1:ai1eldeee"],
    [new Uint8Array(1000).fill(0x61), `1000:${"a".repeat(1000)}`],
    [fromUtf8("xxabc").subarray(2), "3:abc"],
  ];
  for (const [value, text] of rows) assert.equal(toBinary(encode(value)), text);
});

Deno.test("encode() refuses what bencode can't say", () => {
  const cycle: BencodeInput[] = [];
  cycle.push(cycle);
  const rows: [value: unknown, error: typeof RangeError | typeof TypeError][] = [
    [0.5, RangeError],
    [NaN, RangeError],
    [Infinity, RangeError],
    [2 ** 53, RangeError],
    [cycle, RangeError],
    [{ "\u0100": 1 }, RangeError],
    [true, TypeError],
    [null, TypeError],
    [undefined, TypeError],
    [[undefined], TypeError],
    [new Date(0), TypeError],
    [new Map([[1, 1]]), TypeError],
  ];
  for (const [value, error] of rows) {
    assert.throws(() => encode(value as BencodeInput), (thrown: Error) => {
      return thrown instanceof error && /^Cannot encode bencode: .*: got /.test(thrown.message);
    });
  }
});

Deno.test("decode() refuses what is not canonical; lenient takes it", () => {
  const rows: { text: string; value: BencodeValue; offset: number; reason: string }[] = [
    { text: "i-0e", value: 0, offset: 0, reason: "zero has no sign" },
    { text: "i00e", value: 0, offset: 1, reason: "must not begin with 0" },
    { text: "i-00e", value: 0, offset: 2, reason: "must not begin with 0" },
    { text: "i007e", value: 7, offset: 1, reason: "must not begin with 0" },
    { text: "i-07e", value: -7, offset: 2, reason: "must not begin with 0" },
    { text: "i00009007199254740993e", value: 9007199254740993n, offset: 1, reason: "must not begin with 0" },
    { text: "03:abc", value: fromUtf8("abc"), offset: 0, reason: "must not begin with 0" },
    { text: "00:", value: new Uint8Array(), offset: 0, reason: "must not begin with 0" },
    {
      text: "d1:bi1e1:ai2ee",
      value: new Map<string, BencodeValue>([["b", 1], ["a", 2]]),
      offset: 7,
      reason: 'keys must be sorted: got "a" after "b"',
    },
    {
      text: "d1:ai1e1:ai2ee",
      value: new Map<string, BencodeValue>([["a", 1]]),
      offset: 7,
      reason: "keys must not repeat",
    },
    { text: "i1e ", value: 1, offset: 3, reason: "nothing may follow the value: got 1 more" },
    { text: "le<html>", value: [], offset: 2, reason: "nothing may follow the value: got 6 more" },
  ];
  for (const { text, value, offset, reason } of rows) {
    refuses(text, offset, reason);
    assert.deepEqual(decode(fromBinary(text), { lenient: true }), value, text);
  }
});

Deno.test("decode() refuses what is not bencode, lenient or not", () => {
  const rows: { text: string; offset: number; reason: string }[] = [
    { text: "", offset: 0, reason: "got the end of the input" },
    { text: "<html>", offset: 0, reason: 'got "<"' },
    { text: "\x00", offset: 0, reason: "got byte 0x00" },
    { text: "e", offset: 0, reason: 'got "e"' },
    { text: "-1:a", offset: 0, reason: 'got "-"' },
    { text: "i", offset: 1, reason: "must have digits" },
    { text: "ie", offset: 1, reason: "must have digits" },
    { text: "i-e", offset: 2, reason: "must have digits" },
    { text: "i--1e", offset: 2, reason: "must have digits" },
    { text: "i+1e", offset: 1, reason: "must have digits" },
    { text: "i 1e", offset: 1, reason: "must have digits" },
    { text: "i1", offset: 2, reason: 'must end with "e"' },
    { text: "i1.5e", offset: 2, reason: 'must end with "e"' },
    { text: `i${"1".repeat(257)}e`, offset: 1, reason: "at most 256 digits" },
    { text: "3", offset: 1, reason: 'followed by ":"' },
    { text: "3abc", offset: 1, reason: 'followed by ":"' },
    { text: "3:ab", offset: 0, reason: "3 bytes is cut off: got 2" },
    { text: "9007199254740993:", offset: 0, reason: "cut off" },
    { text: "99999999999999999999:", offset: 0, reason: "at most 16 digits" },
    { text: "l", offset: 1, reason: "a list must end" },
    { text: "li1e", offset: 4, reason: "a list must end" },
    { text: "d", offset: 1, reason: "a dictionary must end" },
    { text: "d1:ai1e", offset: 7, reason: "a dictionary must end" },
    { text: "d1:a", offset: 4, reason: "got the end of the input" },
    { text: "d1:ae", offset: 4, reason: 'got "e"' },
    { text: "di1ei2ee", offset: 1, reason: "a key must be a byte string" },
    { text: "dlei2ee", offset: 1, reason: "a key must be a byte string" },
  ];
  for (const { text, offset, reason } of rows) {
    refuses(text, offset, reason);
    refuses(text, offset, reason, { lenient: true });
  }
});

Deno.test("decode() of every cut of a good input is a BencodeError", () => {
  const text = "d4:infod6:lengthi123456789e4:name5:a:b:c6:pieces3:\x00\x01\x02e4:listl1:xi-1eleee";
  for (let length = 0; length < text.length; length++) {
    assert.throws(() => decode(fromBinary(text.slice(0, length)), { lenient: true }), BencodeError);
  }
});

Deno.test("decode() holds to its limits", () => {
  const nested = (depth: number) => "l".repeat(depth) + "e".repeat(depth);
  assert.ok(decode(fromBinary(nested(64))));
  refuses(nested(65), 64, "must nest at most 64 deep");
  assert.ok(decode(fromBinary(nested(3)), { maxDepth: 3 }));
  refuses("d1:ad1:alleee", 9, "must nest at most 3 deep", { maxDepth: 3 });
  // Whatever is asked for: the stack is not ours alone.
  refuses(nested(1_000_000), 512, "must nest at most 512 deep", { maxDepth: 1_000_000 });

  assert.ok(decode(fromBinary("5:abcde"), { maxBytes: 7 }));
  refuses("5:abcde", 0, "at most 6 bytes: got 7", { maxBytes: 6 });

  assert.ok(decode(fromBinary("l0:0:e"), { maxValues: 3 }));
  refuses("l0:0:0:e", 5, "at most 3 values", { maxValues: 3 });
  refuses("d1:ai1e1:bi1ee", 10, "at most 2 values", { maxValues: 2 });
  refuses(`l${"le".repeat(1_000_000)}e`, 1_999_999, "at most 1000000 values");
});

Deno.test("decode() gives views of the input, not copies", () => {
  const bytes = fromBinary("l3:abce");
  const [view] = decode(bytes) as [Uint8Array];
  bytes[3] = 0x7a;
  assert.equal(toUtf8(view), "zbc");
});

Deno.test("decodeDict() tells the raw bytes of each value, as they stand in the input", () => {
  const outer = decodeDict(fromBinary("xxd1:bd1:zi01e1:ai2ee1:ali1eee").subarray(2), { lenient: true });
  assert.equal(toBinary(outer.span("b") ?? assert.fail()), "d1:zi01e1:ai2ee");
  assert.equal(toBinary(outer.span("a") ?? assert.fail()), "li1ee");
  assert.equal(outer.span("z"), undefined, "only of the outermost dictionary");
  assert.deepEqual([...outer.dict.keys()], ["b", "a"]);
});

Deno.test("decodeDict() takes value and span of a repeated key from the same place", () => {
  const { dict, span } = decodeDict(fromBinary("d4:infoi1e4:infoi2ee"), { lenient: true });
  assert.equal(dict.get("info"), 1);
  assert.equal(toBinary(span("info") ?? assert.fail()), "i1e");
});

Deno.test("decodeDict() refuses anything but a dictionary", () => {
  for (const text of ["", "le", "i1e", "4:spam", "<html>"]) {
    assert.throws(() => decodeDict(fromBinary(text)), { name: "BencodeError", offset: 0 });
  }
  assert.throws(() => decodeDict(fromBinary("dex")), { offset: 2 });
  assert.equal(decodeDict(fromBinary("dex"), { lenient: true }).dict.size, 0);
});

Deno.test("getters give what is there in the right type, else undefined", () => {
  const { dict } = decodeDict(fromBinary("d1:b2:\xc3\xa91:dde1:ii7e1:lle1:ni9007199254740992ee"));
  assert.equal(getInteger(dict, "i"), 7);
  assert.equal(getText(dict, "b"), "é");
  assert.deepEqual(getBytes(dict, "b"), Uint8Array.of(0xc3, 0xa9));
  assert.deepEqual(getList(dict, "l"), []);
  assert.equal(getDict(dict, "d")?.size, 0);
  assert.equal(getInteger(dict, "n"), undefined, "not exact as a number");
  const getters = { getInteger, getText, getBytes, getList, getDict };
  const right: Record<string, string> = {
    getInteger: "i",
    getText: "b",
    getBytes: "b",
    getList: "l",
    getDict: "d",
  };
  for (const [name, get] of Object.entries(getters)) {
    for (const key of ["b", "d", "i", "l", "missing"]) {
      if (key !== right[name]) assert.equal(get(dict, key), undefined, `${name} of ${key}`);
    }
  }
});

Deno.test("decode(encode(x)) is x for random values (seed 3)", () => {
  const random = new SeededRandom(3);
  for (let round = 0; round < 2000; round++) {
    const value = randomValue(random, 5);
    const bytes = encode(value);
    const decoded = decode(bytes);
    assert.deepEqual(decoded, value);
    assert.deepEqual(encode(decoded), bytes);
  }
});

Deno.test("decode() of spoilt input throws only BencodeError, and what it takes is canonical (seed 33)", () => {
  const random = new SeededRandom(33);
  const seeds = canonical.map(({ text }) => fromBinary(text));
  let taken = 0;
  for (let round = 0; round < 10_000; round++) {
    const bytes = mutate(seeds[random.below(seeds.length)] ?? new Uint8Array(), random);
    const strict = attempt(bytes);
    const lenient = attempt(bytes, { lenient: true });
    if (strict === undefined) continue;
    taken++;
    assert.deepEqual(encode(strict), bytes, bytes.toHex());
    assert.deepEqual(lenient, strict, bytes.toHex());
  }
  assert.ok(taken > 100, `${taken} of 10000 were still bencode`);
});

function attempt(bytes: Uint8Array, options?: DecodeOptions): BencodeValue | undefined {
  try {
    return decode(bytes, options);
  } catch (error) {
    if (error instanceof BencodeError) return undefined;
    throw new Error(`for ${bytes.toHex()}`, { cause: error });
  }
}

function refuses(text: string, offset: number, reason: string, options?: DecodeOptions): void {
  assert.throws(() => decode(fromBinary(text), options), (error: Error) => {
    assert.ok(error instanceof BencodeError, String(error));
    assert.equal(error.offset, offset, `${text.slice(0, 40)}: ${error.message}`);
    assert.ok(error.message.startsWith("Cannot decode bencode: "));
    assert.ok(error.message.includes(reason), `${text.slice(0, 40)}: ${error.message}`);
    return true;
  });
}

function randomValue(random: SeededRandom, depth: number): BencodeValue {
  const kind = random.below(depth > 0 ? 6 : 4);
  if (kind === 0) return random.below(2000) - 1000;
  if (kind === 1) return BigInt(Number.MAX_SAFE_INTEGER) + 1n + BigInt(random.below(1e9));
  if (kind < 4) return random.bytes(random.below(20));
  const length = random.below(5);
  if (kind === 4) return Array.from({ length }, () => randomValue(random, depth - 1));
  const keys = new Set(Array.from({ length }, () => toBinary(random.bytes(random.below(4)))));
  return new Map([...keys].sort().map((key) => [key, randomValue(random, depth - 1)]));
}
