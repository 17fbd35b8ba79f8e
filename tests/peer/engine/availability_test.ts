import assert from "node:assert/strict";
import { Availability } from "../../../peer/engine/availability.ts";
import type { Bitfield } from "../../../protocol/bitfield.ts";
import { Candidates } from "../../../peer/engine/candidates.ts";
import { bitfield } from "../../support/engine_harness.ts";
import { seededRandom } from "../../support/random.ts";

function opened(pieceCount: number): Availability {
  const availability = new Availability(pieceCount);
  for (let index = 0; index < pieceCount; index++) availability.open(index);
  return availability;
}

Deno.test("Availability.rarest() is a piece with the fewest copies among those the peer has", () => {
  const availability = opened(10);
  for (const [index, copies] of [3, 1, 2, 2, 5, 5, 5, 1, 4, 4].entries()) {
    for (let i = 0; i < copies; i++) availability.add(index);
  }
  const all = bitfield(10, "all");
  for (const chance of [0, 0.5, 0.99]) assert.ok([1, 7].includes(availability.rarest(all, chance)));
  assert.equal(availability.rarest(bitfield(10, [0, 4, 8]), 0), 0);
  availability.shut(1);
  availability.shut(7);
  assert.ok([2, 3].includes(availability.rarest(all, 0.3)));
  availability.remove(0);
  availability.remove(0);
  assert.equal(availability.rarest(all, 0.3), 0);
});

Deno.test("Availability.rarest() breaks ties by chance, all of them alike", () => {
  const availability = opened(20);
  const random = seededRandom(3);
  const hits = new Uint32Array(20);
  for (let i = 0; i < 20_000; i++) {
    const index = availability.rarest(bitfield(20, "all"), random());
    hits[index] = (hits[index] as number) + 1;
  }
  for (const count of hits) assert.ok(count > 800 && count < 1200, `got ${hits.join(" ")}`);
});

Deno.test("Availability counts seeders apart and leaves the order alone", () => {
  const availability = opened(3);
  availability.add(0);
  availability.seeders = 5;
  assert.deepEqual([0, 1, 2].map((index) => availability.count(index)), [6, 5, 5]);
  assert.notEqual(availability.rarest(bitfield(3, "all"), 0), 0);
});

Deno.test("Availability.any() and rarest() find nothing when everything is shut", () => {
  const availability = opened(5);
  for (let index = 0; index < 5; index++) availability.shut(index);
  assert.equal(availability.openCount, 0);
  assert.equal(availability.any(bitfield(5, "all"), 0.5), -1);
  assert.equal(availability.rarest(bitfield(5, "all"), 0.5), -1);
});

Deno.test("Availability agrees with plain counting under any mixture of calls, far beyond the last group", () => {
  const random = seededRandom(11);
  const size = 40;
  const availability = new Availability(size);
  const counts = new Array<number>(size).fill(0);
  const isOpen = new Array<boolean>(size).fill(false);
  for (let step = 0; step < 50_000; step++) {
    const index = Math.floor(random() * size);
    const count = counts[index] as number;
    const dice = random();
    if (dice < 0.4 && count < 90) {
      availability.add(index);
      counts[index] = count + 1;
    } else if (dice < 0.6 && count > 0) {
      availability.remove(index);
      counts[index] = count - 1;
    } else if (dice < 0.8) {
      availability.open(index);
      isOpen[index] = true;
    } else if (dice >= 0.8) {
      availability.shut(index);
      isOpen[index] = false;
    }
    if (step % 20 !== 0) continue;
    assert.equal(availability.openCount, isOpen.filter(Boolean).length);
    const open = counts.keys().filter((i) => isOpen[i]).toArray();
    const found = availability.rarest(bitfield(size, "all"), random());
    // From 62 copies on pieces count as equal.
    const least = Math.min(62, ...open.map((i) => counts[i] as number));
    if (open.length === 0) assert.equal(found, -1);
    else assert.ok(isOpen[found] && Math.min(62, counts[found] as number) === least, `step ${step}`);
    for (let i = 0; i < size; i++) {
      assert.equal(availability.isOpen(i), isOpen[i]);
      assert.equal((availability.openBits[i >>> 3] as number) >>> (7 - i % 8) & 1, isOpen[i] ? 1 : 0);
    }
  }
});

Deno.test("Availability agrees with plain counting when peers come and go with few and with many pieces", () => {
  const random = seededRandom(17);
  const size = 300;
  const availability = opened(size);
  const isOpen = new Array<boolean>(size).fill(true);
  const peers: Bitfield[] = [];
  for (let step = 0; step < 400; step++) {
    if (random() < 0.55) {
      const part = random() ** 2;
      const pieces = bitfield(size, [...Array(size).keys()].filter(() => random() < part));
      availability.addAll(pieces);
      peers.push(pieces);
    } else if (peers.length > 0) {
      availability.removeAll(peers.splice(Math.floor(random() * peers.length), 1)[0] as Bitfield);
    }
    const changed = Math.floor(random() * size);
    isOpen[changed] = random() < 0.5;
    if (isOpen[changed]) availability.open(changed);
    else availability.shut(changed);
    const counts = isOpen.map((_, index) => peers.filter((pieces) => pieces.has(index)).length);
    assert.deepEqual(counts.map((_, index) => availability.count(index)), counts);
    for (const pieces of [bitfield(size, "all"), ...peers.slice(0, 3)]) {
      const theirs = counts.map((count, index) =>
        isOpen[index] && pieces.has(index) ? Math.min(62, count) : 99
      );
      const found = availability.rarest(pieces, random());
      // A walk is bounded: it may find nothing, but nothing that is not the rarest.
      if (found >= 0 || pieces.isComplete) assert.equal(theirs[found], Math.min(...theirs), `step ${step}`);
    }
  }
});

Deno.test("Candidates.pick() finds the few open pieces of a peer that has none of the rarest", () => {
  const size = 5000;
  const availability = opened(size);
  const theirs = bitfield(size, [17, 1234, 4999]);
  availability.addAll(theirs);
  availability.add(17);
  assert.equal(availability.rarest(bitfield(size, [0]), 0.5), -1, "the walk is bounded");
  const candidates = new Candidates();
  candidates.restart(theirs, 0.5);
  const picked: number[] = [];
  for (
    let index = candidates.pick(availability, theirs, 0.9);
    index >= 0;
    index = candidates.pick(availability, theirs, 0.9)
  ) {
    picked.push(index);
    availability.shut(index);
  }
  assert.equal(picked.at(-1), 17, "the one with two copies comes last");
  assert.deepEqual(picked.toSorted((a, b) => a - b), [17, 1234, 4999]);
});

Deno.test("Candidates.pick() sees pieces that come by have, and pieces that open again", () => {
  const availability = opened(100);
  const theirs = bitfield(100, [5]);
  const candidates = new Candidates();
  candidates.restart(theirs, 0);
  availability.shut(5);
  assert.equal(candidates.pick(availability, theirs, 0), -1);
  theirs.set(6);
  candidates.add(6);
  assert.equal(candidates.pick(availability, theirs, 0), 6);
  availability.shut(6);
  assert.equal(candidates.pick(availability, theirs, 0), -1);
  availability.open(5);
  assert.equal(candidates.pick(availability, theirs, 0), 5);
});

Deno.test("Candidates.pick() finds what has opened again, one piece or hundreds", () => {
  const size = 2000;
  const availability = opened(size);
  const theirs = bitfield(size, [3, 700, 1999]);
  const candidates = new Candidates();
  candidates.restart(theirs, 0.2);
  for (let index = 0; index < size; index++) availability.shut(index);
  assert.equal(candidates.pick(availability, theirs, 0), -1);
  availability.open(4);
  assert.equal(candidates.pick(availability, theirs, 0), -1, "a piece that the peer lacks");
  availability.open(700);
  assert.equal(candidates.pick(availability, theirs, 0), 700);
  availability.shut(700);
  for (let index = 0; index < size; index++) if (index !== 700) availability.open(index);
  assert.ok([3, 1999].includes(candidates.pick(availability, theirs, 0)));
});

Deno.test("Candidates.pick() goes through all pieces of a peer, however many", () => {
  const size = 1000;
  const availability = opened(size);
  const theirs = bitfield(size, Array.from({ length: 500 }, (_, i) => i * 2));
  const candidates = new Candidates();
  candidates.restart(theirs, 0.3);
  const random = seededRandom(5);
  const picked = new Set<number>();
  for (let index = 0; (index = candidates.pick(availability, theirs, random())) >= 0;) {
    assert.ok(theirs.has(index) && !picked.has(index));
    picked.add(index);
    availability.shut(index);
  }
  assert.equal(picked.size, 500);
});

Deno.test("Candidates.pick() misses no piece that came by have while its list was full", () => {
  const size = 400;
  const availability = opened(size);
  const theirs = bitfield(size, []);
  const candidates = new Candidates();
  candidates.restart(theirs, 0);
  assert.equal(candidates.pick(availability, theirs, 0), -1);
  for (let index = 0; index < 100; index++) {
    theirs.set(index);
    candidates.add(index);
  }
  let picks = 0;
  for (let index = 0; (index = candidates.pick(availability, theirs, 0)) >= 0; picks++) {
    availability.shut(index);
  }
  assert.equal(picks, 100);
});
