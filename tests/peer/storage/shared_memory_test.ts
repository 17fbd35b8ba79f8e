import assert from "node:assert/strict";
import { SharedMemory } from "../../../peer/storage/shared_memory.ts";

Deno.test("SharedMemory hands out what was given back, of just so many bytes, the last one first", () => {
  const memory = new SharedMemory(() => assert.fail());
  const [a, b, other] = [memory.take(100), memory.take(100), memory.take(99)];
  assert.notEqual(a, b);
  for (const each of [a, b, other]) memory.give(each);
  assert.equal(memory.take(100), b);
  assert.equal(memory.take(100), a);
  assert.equal(memory.take(100).byteLength, 100);
  assert.equal(memory.take(99), other);
});

Deno.test("SharedMemory keeps so much that nobody uses and no more: what was unused for longest is dropped", () => {
  const dropped: SharedArrayBuffer[] = [];
  const memory = new SharedMemory((each) => dropped.push(each), 250);
  const taken = Array.from({ length: 4 }, () => memory.take(100));
  for (const each of taken) memory.give(each);
  assert.deepEqual(dropped, taken.slice(0, 2));
  for (const each of taken.slice(2).reverse()) assert.equal(memory.take(100), each);
  assert.ok(!taken.includes(memory.take(100)));
});
