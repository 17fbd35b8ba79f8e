import assert from "node:assert/strict";
import { Arena } from "../../tracker/arena.ts";

Deno.test("Arena.allocate() gives runs that don't overlap, all zero, none at address 0", () => {
  const arena = new Arena();
  const taken = new Set<number>();
  for (let i = 0; i < 2000; i++) {
    const size = 1 + (i * 37) % 1100;
    const address = arena.allocate(size);
    const { words } = arena.page(address);
    const at = arena.offset(address);
    assert.notEqual(address, 0);
    assert.ok(at + size <= words.length, "a run crosses its page");
    for (let word = 0; word < size; word++) {
      assert.equal(words[at + word], 0);
      assert.ok(!taken.has(address + word));
      taken.add(address + word);
    }
    words.fill(0xffffffff, at, at + size);
  }
});

Deno.test("Arena.allocate() uses released runs of the same size again, cleared", () => {
  const arena = new Arena();
  const first = arena.allocate(10);
  const second = arena.allocate(10);
  arena.page(second).words.fill(7, arena.offset(second), arena.offset(second) + 10);
  arena.release(first, 10);
  arena.release(second, 10);
  const { bytes } = arena;
  assert.deepEqual([arena.allocate(10), arena.allocate(10)].sort(), [first, second].sort());
  assert.ok(
    arena.page(second).words.subarray(arena.offset(second), arena.offset(second) + 10).every((w) => w === 0),
  );
  assert.equal(arena.bytes, bytes);
});

Deno.test("Arena.allocate() refuses a run that no page can hold", () => {
  assert.throws(() => new Arena().allocate((1 << 18) + 1), RangeError);
});
