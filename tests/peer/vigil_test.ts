import assert from "node:assert/strict";
import { Vigil } from "../../peer/vigil.ts";
import { Bitfield } from "../../protocol/bitfield.ts";

/** What a read in the part file fails with. */
const IN_PARTS = new Error("cut");

function begin() {
  const engine = { have: new Bitfield(3), uploaded: 0 };
  const looks: PromiseWithResolvers<number[]>[] = [];
  const failures: unknown[] = [];
  const disk = {
    isInParts: (error: unknown) => error === IN_PARTS,
    prove(have: Bitfield): Promise<number[]> {
      assert.equal(have, engine.have);
      looks.push(Promise.withResolvers());
      return looks.at(-1)!.promise;
    },
  };
  const vigil = new Vigil({ disk, engine, onFailure: (error) => failures.push(error) });
  return { engine, failures, looks, vigil };
}

/** What has been settled is told. */
const told = () => new Promise((resolve) => setTimeout(resolve));

Deno.test("Vigil looks once a minute, as long as something is given", async () => {
  const { engine, looks, vigil } = begin();
  for (let now = 0; now <= 120_000; now += 1000) vigil.tick(now);
  assert.equal(looks.length, 0, "nothing was given");
  engine.uploaded = 1;
  vigil.tick(121_000);
  assert.equal(looks.length, 1);
  looks[0]?.resolve([]);
  await told();
  engine.uploaded = 2;
  vigil.tick(180_000);
  assert.equal(looks.length, 1);
  vigil.tick(181_000);
  assert.equal(looks.length, 2);
});

Deno.test("Vigil looks once at a time, and tells what it finds", async () => {
  const { engine, failures, looks, vigil } = begin();
  vigil.tick(0);
  for (const now of [60_000, 120_000, 180_000]) {
    engine.uploaded++;
    vigil.tick(now);
  }
  assert.equal(looks.length, 1);
  looks[0]?.reject("changed");
  await told();
  assert.deepEqual(failures, ["changed"]);
  vigil.tick(181_000);
  assert.equal(looks.length, 2);
});

Deno.test("Vigil looks at once when a read in the part file fails, and fails only if nothing came of that", async () => {
  const { engine, failures, looks, vigil } = begin();
  engine.have.set(1);
  const healed = vigil.onReadError(IN_PARTS, 1);
  await told();
  engine.have.clear(1); // the disk has told
  engine.have.set(0); // another one came meanwhile
  looks[0]?.resolve([1]);
  await healed;
  assert.deepEqual(failures, []);
  const vain = vigil.onReadError(IN_PARTS, 0);
  await told();
  looks[1]?.resolve([]);
  await vain;
  const elsewhere = new Error("gone");
  await vigil.onReadError(elsewhere, 0);
  assert.deepEqual([failures, looks.length], [[IN_PARTS, elsewhere], 2]);
});

Deno.test("Vigil looks once for all reads in the part file that fail together", async () => {
  const { engine, failures, looks, vigil } = begin();
  engine.have.set(0);
  engine.have.set(1);
  const healed = [0, 1, 0].map((index) => vigil.onReadError(IN_PARTS, index));
  await told();
  engine.have.clear(0);
  engine.have.clear(1);
  engine.have.set(0); // it has come again before the look was over
  looks[0]?.resolve([0, 1]);
  await told();
  engine.have.clear(0);
  looks[1]?.resolve([0]);
  await Promise.all(healed);
  assert.deepEqual([failures, looks.length], [[], 2]);
});
