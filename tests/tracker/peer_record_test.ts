import assert from "node:assert/strict";
import { Arena } from "../../tracker/arena.ts";
import {
  Counter,
  hasCompleted,
  hasPeerIdTail,
  MAX_COUNTER,
  MAX_KEY,
  PEER_WORDS,
  peerIdTail,
  Rate,
  readCounter,
  readKey,
  readPrefix,
  readRate,
  setCompleted,
  silence,
  writeCounter,
  writeKey,
  writeLastSeen,
  writePeerIdTail,
  writePrefix,
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
  writePeerIdTail(page, at, peerId);
  writePrefix(page, at, 0xabcdef);
  writeKey(page, at, MAX_KEY - 5);
  writeLastSeen(page, at, 4_000_000_000);
  writeCounter(page, at, Counter.uploaded, 2 ** 40 + 1);
  writeCounter(page, at, Counter.downloaded, 2 ** 33 + 2);
  writeCounter(page, at, Counter.left, 3);
  writeRate(page, at, Rate.up, 1024);
  writeRate(page, at, Rate.down, 700 * 2 ** 20);
  setCompleted(page, at);

  assert.ok(hasPeerIdTail(page, at, peerId));
  assert.ok(!hasPeerIdTail(page, at, Uint32Array.from([1, 2, 3, 4, 5])));
  assert.deepEqual([...new Uint32Array(peerIdTail(page, at).slice().buffer)], [3, 4, 0xffffffff]);
  assert.equal(readPrefix(page, at), 0xabcdef);
  assert.equal(readKey(page, at), MAX_KEY - 5);
  assert.equal(silence(page, at, 4_000_000_025), 25);
  assert.equal(readCounter(page, at, Counter.uploaded), 2 ** 40 + 1);
  assert.equal(readCounter(page, at, Counter.downloaded), 2 ** 33 + 2);
  assert.equal(readCounter(page, at, Counter.left), 3);
  assert.equal(readRate(page, at, Rate.up), 1024);
  assert.equal(readRate(page, at, Rate.down), 700 * 2 ** 20);
  assert.ok(hasCompleted(page, at));
  for (const neighbour of [before, after]) {
    const from = arena.offset(neighbour);
    assert.ok(arena.page(neighbour).words.subarray(from, from + PEER_WORDS).every((word) => word === 0));
  }
});

Deno.test("a time is kept for two weeks, whenever it was", () => {
  const arena = new Arena();
  const record = arena.allocate(PEER_WORDS);
  const page = arena.page(record);
  const at = arena.offset(record);
  assert.equal(silence(page, at, 100), undefined);
  const twoWeeks = 14 * 86_400 * 10;
  for (const seen of [1, 2 ** 24 - 3, 2 ** 24 - 2, 2 ** 24 - 1, 2 ** 24, 2 ** 32 - 1]) {
    writeLastSeen(page, at, seen);
    for (const passed of [0, 1, twoWeeks]) assert.equal(silence(page, at, seen + passed), passed);
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
