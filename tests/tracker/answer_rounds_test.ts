import assert from "node:assert/strict";
import { AnswerRounds } from "../../tracker/answer_rounds.ts";

const A = { hostname: "192.0.2.1", port: 5000 };

/** Rounds whose turns end when the test says so. */
function rounds() {
  const waiting: (() => void)[] = [];
  const made = new AnswerRounds({ now: () => 0, afterTurn: (then) => waiting.push(then) });
  const endTurn = () => waiting.splice(0).forEach((then) => then());
  return { endTurn, rounds: made, waiting };
}

Deno.test("who asks before a round begins is in it, and who asks in it is in the next", async () => {
  const { endTurn, rounds: made } = rounds();
  const answered: string[] = [];
  const come = (name: string) => made.next().then(() => void answered.push(name));
  const later = come("a").then(() => come("c"));
  const second = come("b");
  endTurn();
  await second;
  assert.deepEqual(answered, ["a", "b"]);
  endTurn();
  await later;
  assert.deepEqual(answered, ["a", "b", "c"]);
});

Deno.test("only connections that asked in many turns are taken", () => {
  const { endTurn, rounds: made } = rounds();
  let turns = 0;
  for (; !made.takes(A); turns++) endTurn();
  assert.ok(turns > 64, String(turns));
  assert.ok(!made.takes(A), "twice in one turn");
  assert.ok(!made.takes({ ...A, port: 5001 }));
});

Deno.test("turns are not told apart for connections that ask once", () => {
  const { rounds: made, waiting } = rounds();
  for (let port = 1; port < 1000; port++) made.takes({ ...A, port });
  assert.equal(waiting.length, 0);
  made.takes({ ...A, port: 999 });
  assert.equal(waiting.length, 1);
});
