import assert from "node:assert/strict";
import { Arena } from "../../tracker/arena.ts";
import { finish, mix } from "../../tracker/hash.ts";
import { type EntryKind, HashIndex, MAX_NARROW, MAX_WIDE, ROOT_WORDS } from "../../tracker/hash_index.ts";
import { seededRandom } from "../support/random.ts";

const spread = (_owner: number, number: number, kind: EntryKind) => finish(mix(mix(1, number), kind));
/** Four hashes for all numbers: nearly every place is contested, and splitting doesn't help. */
const crowd = (_owner: number, number: number) => finish(number % 4);

/** One index in an arena of its own. */
function newIndex(hashOf: typeof spread, isWide: boolean) {
  const arena = new Arena();
  const index = new HashIndex(arena, hashOf);
  const root = arena.allocate(ROOT_WORDS);
  index.create(root, isWide);
  const has = (number: number, kind: EntryKind) => {
    let found = index.first(root, hashOf(0, number, kind), kind);
    while (found !== 0 && found !== number) found = index.next();
    return found !== 0;
  };
  const add = (number: number, kind: EntryKind) => index.add(0, root, hashOf(0, number, kind), kind, number);
  const remove = (number: number, kind: EntryKind) =>
    index.remove(0, root, hashOf(0, number, kind), kind, number);
  return { add, arena, has, index, remove, root };
}

for (
  const { hashes, hashOf, isWide, most } of [
    { hashes: "spread", hashOf: spread, isWide: false, most: MAX_NARROW },
    { hashes: "crowded", hashOf: crowd, isWide: false, most: 600 },
    { hashes: "spread", hashOf: spread, isWide: true, most: 20_000 },
    { hashes: "crowded", hashOf: crowd, isWide: true, most: 1500 },
  ]
) {
  const width = isWide ? "wide" : "narrow";
  Deno.test(`HashIndex finds what a Set has through 50,000 random steps: ${width}, hashes ${hashes}`, () => {
    const random = seededRandom(7);
    const { add, has, remove } = newIndex(hashOf, isWide);
    const model = [new Set<number>(), new Set<number>()] as const;
    for (let step = 0; step < 50_000; step++) {
      const number = 1 + Math.floor(random() * most);
      const kind: EntryKind = random() < 0.5 ? 0 : 1;
      if (model[kind].has(number)) {
        remove(number, kind);
        model[kind].delete(number);
      } else {
        add(number, kind);
        model[kind].add(number);
      }
      const other = 1 + Math.floor(random() * most);
      assert.equal(has(other, kind), model[kind].has(other), `step ${step}, number ${other}, kind ${kind}`);
    }
    for (const kind of [0, 1] as const) {
      for (const number of model[kind]) assert.ok(has(number, kind));
      for (const number of model[kind]) remove(number, kind);
      for (const number of model[kind]) assert.ok(!has(number, kind));
    }
  });
}

Deno.test("HashIndex.replace() changes a number and nothing else", () => {
  // The new number's record has the same key, as when a record moves.
  const keys = new Map<number, number>();
  const hashOf = (_owner: number, number: number) => finish(mix(3, keys.get(number) ?? 0));
  const { has, index, root } = newIndex(hashOf, false);
  for (let number = 1; number <= 1000; number++) {
    keys.set(number, number);
    index.add(0, root, hashOf(0, number), 0, number);
  }
  keys.set(2000, 500);
  index.replace(root, hashOf(0, 500), 0, 500, 2000);
  for (let number = 1; number <= 1000; number++) assert.equal(has(number, 0), number !== 500);
  assert.ok(has(2000, 0));
});

Deno.test("HashIndex keeps several indexes apart, and clear() gives back all memory", () => {
  const arena = new Arena();
  const index = new HashIndex(arena, spread);
  const roots = Array.from({ length: 20 }, () => arena.allocate(ROOT_WORDS));
  let bytes = 0;
  for (let round = 0; round < 3; round++) {
    for (const [i, root] of roots.entries()) {
      index.create(root, i % 2 === 0);
      for (let number = 1; number <= 4000; number++) {
        index.add(root, root, spread(root, number, 0), 0, number);
      }
    }
    for (const root of roots) {
      assert.equal(index.first(root, spread(root, 4000, 0), 0) === 0, false);
      index.clear(root);
    }
    if (round === 0) bytes = arena.bytes;
  }
  assert.equal(arena.bytes, bytes);
});

Deno.test("HashIndex takes at most 3.4 bytes an entry, 6.8 if it is wide", () => {
  for (const isWide of [false, true]) {
    const { add, arena } = newIndex(spread, isWide);
    const roots = 200;
    const index = new HashIndex(arena, spread);
    const before = arena.bytes;
    for (let i = 0; i < roots; i++) {
      const root = arena.allocate(ROOT_WORDS);
      index.create(root, isWide);
      for (let number = 1; number <= 4000; number++) {
        index.add(root, root, spread(root, number, 1), 1, number);
      }
    }
    const each = (arena.bytes - before) / (roots * 4000);
    assert.ok(each <= (isWide ? 6.8 : 3.4), `${each} bytes an entry`);
    add(isWide ? MAX_WIDE : MAX_NARROW, 0);
  }
});

Deno.test("HashIndex.remove() says so when the number isn't there", () => {
  const { add, remove } = newIndex(spread, false);
  add(1, 0);
  assert.throws(() => remove(2, 0), /Cannot find a number/);
});
