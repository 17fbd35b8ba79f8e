import assert from "node:assert/strict";
import { RequestQueue } from "../../../peer/engine/request_queue.ts";
import { seededRandom } from "../../support/random.ts";

function content(queue: RequestQueue): number[][] {
  return Array.from(
    { length: queue.length },
    (_, i) => [queue.indexAt(i), queue.beginAt(i), queue.lengthAt(i)],
  );
}

Deno.test("RequestQueue keeps requests in order, unsigned 32-bit fields included", () => {
  const queue = new RequestQueue(10);
  queue.push(0xffffffff, 0, 16384);
  queue.push(1, 0x80000000, 5);
  assert.deepEqual(content(queue), [[0xffffffff, 0, 16384], [1, 0x80000000, 5]]);
});

Deno.test("RequestQueue.push() refuses what goes beyond the limit", () => {
  const queue = new RequestQueue(2);
  assert.deepEqual([queue.push(1, 0, 1), queue.push(2, 0, 1), queue.push(3, 0, 1)], [true, true, false]);
  queue.shift();
  assert.equal(queue.push(3, 0, 1), true);
  assert.deepEqual(content(queue), [[2, 0, 1], [3, 0, 1]]);
});

Deno.test("RequestQueue.find() finds nothing in an empty queue, nor what was removed", () => {
  const queue = new RequestQueue(4);
  assert.equal(queue.find(0, 0), -1);
  queue.push(0, 0, 1);
  assert.equal(queue.remove(0, 0), true);
  assert.equal(queue.find(0, 0), -1);
  assert.equal(queue.remove(0, 0), false);
});

Deno.test("RequestQueue.row() counts what lies side by side from the oldest on, and shift() takes so many", () => {
  const queue = new RequestQueue(20);
  assert.equal(queue.row(5), 0);
  const rows = [
    [[7, 0], [7, 10], [7, 20]], // another piece follows
    [[8, 30], [8, 40]], // a gap
    [[8, 60]], // the same once more
    [[8, 60], [8, 70]], // another length, 5 bytes
    [[8, 80, 5]],
    [[8, 85]],
  ];
  for (const [index = 0, begin = 0, length = 10] of rows.flat()) queue.push(index, begin, length);
  assert.equal(queue.row(2), 2, "as many as are wanted");
  assert.equal(queue.row(0), 0);
  for (const { length } of rows) {
    assert.equal(queue.row(20), length);
    queue.shift(length);
  }
  assert.equal(queue.length, 0);
  queue.shift(3);
  assert.equal(queue.length, 0);
});

Deno.test("RequestQueue behaves like a list under any mixture of calls", () => {
  const random = seededRandom(7);
  const queue = new RequestQueue(100);
  let model: number[][] = [];
  for (let step = 0; step < 20_000; step++) {
    const index = Math.floor(random() * 8);
    const begin = Math.floor(random() * 8);
    const dice = random();
    if (dice < 0.5) {
      const isTaken = queue.push(index, begin, step);
      assert.equal(isTaken, model.length < 100);
      if (isTaken) model.push([index, begin, step]);
    } else if (dice < 0.8) {
      const at = model.findIndex(([i, b]) => i === index && b === begin);
      assert.equal(queue.find(index, begin), at);
      assert.equal(queue.remove(index, begin), at >= 0);
      if (at >= 0) model.splice(at, 1);
    } else if (dice < 0.999) {
      queue.shift();
      model.shift();
    } else {
      queue.clear();
      model = [];
    }
    assert.equal(queue.length, model.length);
    if (step % 50 === 0) assert.deepEqual(content(queue), model);
  }
});

Deno.test("RequestQueue.hasWithin() finds a block that begins in a part of a piece", () => {
  const queue = new RequestQueue(4);
  queue.push(1, 100, 10);
  queue.push(2, 300, 10);
  assert.equal(queue.hasWithin(1, 100, 1), true);
  assert.equal(queue.hasWithin(1, 0, 101), true);
  assert.equal(queue.hasWithin(1, 0, 100), false);
  assert.equal(queue.hasWithin(1, 101, 400), false);
  queue.shift();
  assert.equal(queue.hasWithin(1, 0, 200), false);
});
