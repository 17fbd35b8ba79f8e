import assert from "node:assert/strict";
import { chooseBenches } from "./choose_benches.ts";

const benches = ["transfer:1m", "transfer:swarm", "transfers", "check"].map((name) => ({ name }));

function chosen(...names: string[]): string[] | string {
  const found = chooseBenches(benches, names);
  return typeof found === "string" ? found : found.map(({ name }) => name);
}

Deno.test("chooseBenches() takes all when none is named", () => {
  assert.deepEqual(chosen(), ["transfer:1m", "transfer:swarm", "transfers", "check"]);
});

Deno.test("chooseBenches() takes one by its name and several by their family's, in their own order", () => {
  assert.deepEqual(chosen("check"), ["check"]);
  assert.deepEqual(chosen("transfer:swarm"), ["transfer:swarm"]);
  assert.deepEqual(chosen("check", "transfer"), ["transfer:1m", "transfer:swarm", "check"]);
});

Deno.test("chooseBenches() names what nobody is called", () => {
  assert.equal(chosen("check", "trans"), "trans");
});
