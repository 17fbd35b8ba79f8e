import assert from "node:assert/strict";
import type { Needed } from "../../support/drivers/needed.ts";
import { type Contestant, playRounds } from "./rounds.ts";

function needed(name: string, version: string | undefined): Needed {
  return { name, install: `apt-get install ${name}`, find: () => Promise.resolve(version) };
}

function contestant(name: string, turns: string[], needs: Needed[] = []): Contestant {
  return {
    name,
    needs,
    run(round) {
      turns.push(`${name}${round}`);
      return Promise.resolve({ round });
    },
  };
}

Deno.test("playRounds() lets contestants run in turn", async () => {
  const turns: string[] = [];
  const results = await playRounds([contestant("a", turns), contestant("b", turns)], { rounds: 2 });
  assert.deepEqual(turns, ["a0", "b0", "a1", "b1"]);
  assert.deepEqual(results.contestants, ["a", "b"]);
  assert.deepEqual(results.values("b", "round"), [0, 1]);
});

Deno.test("playRounds() forgets warm-up rounds", async () => {
  const turns: string[] = [];
  const results = await playRounds([contestant("a", turns)], { rounds: 1, warmUps: 2 });
  assert.deepEqual(turns, ["a-2", "a-1", "a0"]);
  assert.deepEqual(results.values("a", "round"), [0]);
});

Deno.test("playRounds() leaves out who is not installed, and names what is missing", async () => {
  const turns: string[] = [];
  const missing = needed("bench-test-missing", undefined);
  const players = [
    contestant("a", turns, [needed("bench-test-there", "1")]),
    contestant("b", turns, [missing]),
  ];
  const results = await playRounds(players, { rounds: 1 });
  assert.deepEqual(turns, ["a0"]);
  assert.deepEqual(results.contestants, ["a"]);
  assert.deepEqual([...results.missing], [["b", [missing]]]);
  assert.deepEqual(results.values("b", "round"), []);
});

Deno.test("playRounds() ends with what a contestant throws", async () => {
  const broken: Contestant = { name: "a", needs: [], run: () => Promise.reject(new Error("no seeder")) };
  await assert.rejects(playRounds([broken], { rounds: 1 }), /no seeder/);
});

Deno.test("Results.values() has no value for a round in which a figure was not taken", async () => {
  const figures = [{ rate: 1, cpu: 2 }, { rate: 3 }];
  const some: Contestant = { name: "a", needs: [], run: (round) => Promise.resolve(figures[round] ?? {}) };
  const results = await playRounds([some], { rounds: 2 });
  assert.deepEqual(results.values("a", "rate"), [1, 3]);
  assert.deepEqual(results.values("a", "cpu"), [2]);
});
