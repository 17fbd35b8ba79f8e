import assert from "node:assert/strict";
import { HandleIndex } from "../../tracker/handle_index.ts";
import { finish, mix } from "../../tracker/hash.ts";
import { seededRandom } from "../support/random.ts";

const spread = (handle: number) => finish(mix(1, handle));
// Sixteen hashes for all handles, close together: nearly every place is contested.
const crowd = (handle: number) => (handle % 16) * 3;

function has(index: HandleIndex, hash: number, handle: number): boolean {
  for (let found = index.first(hash); found !== 0; found = index.next()) {
    if (found === handle) return true;
  }
  return false;
}

for (const [name, hashOf] of [["spread", spread], ["crowded", crowd]] as const) {
  Deno.test(`HandleIndex finds what a Set has, through 30,000 random steps, hashes ${name}`, () => {
    const random = seededRandom(7);
    const index = new HandleIndex(hashOf);
    const model = new Set<number>();
    const most = hashOf === crowd ? 60 : 3000;
    for (let step = 0; step < 30_000; step++) {
      const handle = 1 + Math.floor(random() * most);
      if (model.has(handle)) {
        index.remove(hashOf(handle), handle);
        model.delete(handle);
      } else {
        index.add(hashOf(handle), handle);
        model.add(handle);
      }
      const other = 1 + Math.floor(random() * most);
      assert.equal(has(index, hashOf(other), other), model.has(other), `step ${step}, handle ${other}`);
    }
    assert.equal(index.size, model.size);
    for (const handle of model) assert.ok(has(index, hashOf(handle), handle));
  });
}

Deno.test("HandleIndex.sweep() visits everything once in a round, in as many calls as it takes", () => {
  const index = new HandleIndex(spread);
  for (let handle = 1; handle <= 5000; handle++) index.add(spread(handle), handle);
  const seen: number[] = [];
  // A place for each handle or hole, and a step at the end of each of the 256 shards.
  for (let left = index.places + 256; left > 0; left -= 100) {
    index.sweep(Math.min(left, 100), (handle) => {
      seen.push(handle);
      return false;
    });
  }
  assert.equal(seen.length, 5000);
  assert.equal(new Set(seen).size, 5000);
});

Deno.test("HandleIndex.sweep() may remove what it visits, and costs more when it does", () => {
  const index = new HandleIndex(spread);
  for (let handle = 1; handle <= 5000; handle++) index.add(spread(handle), handle);
  let calls = 0;
  while (index.size > 0) {
    let removed = 0;
    index.sweep(1000, (handle) => {
      index.remove(spread(handle), handle);
      removed++;
      return true;
    });
    assert.ok(removed <= 200, `one call removed ${removed}`);
    assert.ok(++calls < 100);
  }
});

Deno.test("HandleIndex.remove() says so when the handle isn't there", () => {
  const index = new HandleIndex(spread);
  index.add(spread(1), 1);
  assert.throws(() => index.remove(spread(2), 2), /Cannot find a handle/);
});
