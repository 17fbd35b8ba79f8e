import assert from "node:assert/strict";
import { AnswerRounds, canWait } from "../../tracker/answer_rounds.ts";

Deno.test("who comes before a round begins is in it, and who comes in it is in the next", async () => {
  const rounds = new AnswerRounds();
  const answered: string[] = [];
  const come = (name: string) => rounds.next().then(() => void answered.push(name));
  const first = come("a").then(() => come("c"));
  const second = come("b");
  await second;
  assert.deepEqual(answered, ["a", "b"]);
  await first;
  assert.deepEqual(answered, ["a", "b", "c"]);
});

Deno.test("a round begins after all that is under way has come to its end", async () => {
  const rounds = new AnswerRounds();
  let hasBegun = false;
  const round = rounds.next().then(() => hasBegun = true);
  for (let i = 0; i < 100; i++) await undefined;
  assert.equal(hasBegun, false);
  await round;
});

Deno.test("announces and scrapes can wait for a round; what may be a WebSocket can't", () => {
  for (const path of ["announce?info_hash=a&port=1", "scrape?info_hash=a"]) {
    assert.ok(canWait(`http://x/${path}`));
  }
  for (const path of ["", "announce", "announce?passkey=a"]) assert.ok(!canWait(`http://x/${path}`));
});
