import assert from "node:assert/strict";
import { Arena } from "../../tracker/arena.ts";
import {
  Counter,
  hasCompleted,
  hasPeerId,
  MAX_COUNTER,
  PEER_WORDS,
  peerIdOf,
  Rate,
  readCounter,
  readKey,
  readLastSeen,
  readRate,
  setCompleted,
  SLOT_BYTE,
  writeCounter,
  writeKey,
  writeLastSeen,
  writePeerId,
  writeRate,
} from "../../tracker/peer_record.ts";

Deno.test("a peer's record keeps every field apart from the others", () => {
  const arena = new Arena();
  const before = arena.allocate(PEER_WORDS);
  const record = arena.allocate(PEER_WORDS);
  const after = arena.allocate(PEER_WORDS);
  const page = arena.page(record);
  const at = arena.offset(record);
  const peerId = Uint32Array.from([1, 2, 3, 4, 0xffffffff]);
  writePeerId(page, at, peerId);
  writeKey(page, at, 0xdeadbeef);
  writeLastSeen(page, at, 4_000_000_000);
  writeCounter(page, at, Counter.uploaded, 2 ** 40 + 1);
  writeCounter(page, at, Counter.downloaded, 2 ** 33 + 2);
  writeCounter(page, at, Counter.left, 3);
  writeRate(page, at, Rate.up, 1024);
  writeRate(page, at, Rate.down, 700 * 2 ** 20);
  setCompleted(page, at, true);
  page.bytes[at * 4 + SLOT_BYTE] = 63;

  assert.ok(hasPeerId(page, at, peerId));
  assert.ok(!hasPeerId(page, at, Uint32Array.from([1, 2, 3, 4, 5])));
  assert.deepEqual([...new Uint32Array(peerIdOf(page, at).slice().buffer)], [...peerId]);
  assert.equal(readKey(page, at), 0xdeadbeef);
  assert.equal(readLastSeen(page, at), 4_000_000_000);
  assert.equal(readCounter(page, at, Counter.uploaded), 2 ** 40 + 1);
  assert.equal(readCounter(page, at, Counter.downloaded), 2 ** 33 + 2);
  assert.equal(readCounter(page, at, Counter.left), 3);
  assert.equal(readRate(page, at, Rate.up), 1024);
  assert.equal(readRate(page, at, Rate.down), 700 * 2 ** 20);
  assert.ok(hasCompleted(page, at));
  assert.equal(page.bytes[at * 4 + SLOT_BYTE], 63);
  for (const neighbour of [before, after]) {
    const from = arena.offset(neighbour);
    assert.ok(arena.page(neighbour).words.subarray(from, from + PEER_WORDS).every((word) => word === 0));
  }
});

for (
  const { value, kept } of [
    { value: 0, kept: 0 },
    { value: 2 ** 32 - 1, kept: 2 ** 32 - 1 },
    { value: 2 ** 32, kept: 2 ** 32 },
    { value: MAX_COUNTER, kept: MAX_COUNTER },
    { value: MAX_COUNTER + 1, kept: MAX_COUNTER },
    { value: Number.MAX_SAFE_INTEGER, kept: MAX_COUNTER },
  ]
) {
  Deno.test(`a counter of ${value} is kept as ${kept}`, () => {
    const arena = new Arena();
    const record = arena.allocate(PEER_WORDS);
    writeCounter(arena.page(record), arena.offset(record), Counter.left, value);
    assert.equal(readCounter(arena.page(record), arena.offset(record), Counter.left), kept);
  });
}

Deno.test("a rate is kept to three digits, from bytes to gigabytes a second", () => {
  const arena = new Arena();
  const record = arena.allocate(PEER_WORDS);
  for (const rate of [0, 100, 12_345, 1_234_567, 123_456_789, 6_000_000_000]) {
    writeRate(arena.page(record), arena.offset(record), Rate.up, rate);
    const kept = readRate(arena.page(record), arena.offset(record), Rate.up);
    assert.ok(Math.abs(kept - rate) <= rate / 1000 + 1, `${rate} is kept as ${kept}`);
  }
});
