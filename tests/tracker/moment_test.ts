import assert from "node:assert/strict";
import { Moment, PerMoment } from "../../tracker/moment.ts";

function newMoment() {
  const clock = { now: 0 };
  return { clock, moment: new Moment(() => clock.now) };
}

Deno.test("Moment is the same for nearly a second from when somebody asks, and another after that or a change by hand", () => {
  const { clock, moment } = newMoment();
  const first = moment.number;
  clock.now = 949;
  assert.equal(moment.number, first);
  clock.now = 950;
  const second = moment.number;
  assert.notEqual(second, first);
  clock.now = 1899;
  assert.equal(moment.number, second);
  moment.end();
  const third = moment.number;
  assert.ok(third !== first && third !== second);
  clock.now = 2848;
  assert.equal(moment.number, third);
});

Deno.test("PerMoment makes a thing once in a moment for each question", () => {
  const { clock, moment } = newMoment();
  const things = new PerMoment<string>(moment);
  let made = 0;
  const get = (question: string) => things.get(question, () => `${question}${++made}`);
  assert.deepEqual([get("a"), get("b"), get("a"), get("b")], ["a1", "b2", "a1", "b2"]);
  things.forget("a");
  assert.deepEqual([get("a"), get("b")], ["a3", "b2"]);
  clock.now = 1000;
  assert.deepEqual([get("a"), get("a")], ["a4", "a4"]);
});

Deno.test("PerMoment keeps two hundred things and no more, whatever is asked in a moment", () => {
  const things = new PerMoment<number>(newMoment().moment);
  let made = 0;
  const get = (question: number) => things.get(`${question}`, () => ++made);
  for (let i = 0; i < 200; i++) get(i);
  get(0);
  assert.equal(made, 200);
  get(200);
  get(0);
  assert.equal(made, 202, "all of them went for the one that came after");
});

Deno.test("PerMoment lets go of what it has when its moment is over and nobody asks any more", () => {
  const kept: Map<string, unknown>[] = [];
  class WatchedMoment extends Moment {
    override keep(things: Map<string, unknown>): void {
      kept.push(things);
      super.keep(things);
    }
  }
  const clock = { now: 0 };
  const moment = new WatchedMoment(() => clock.now);
  const things = new PerMoment<string>(moment);
  const sizes = () => kept.map(({ size }) => size);
  things.get("a", () => "a");
  clock.now = 900;
  moment.tick();
  assert.deepEqual(sizes(), [1]);
  clock.now = 1900;
  moment.tick();
  assert.deepEqual(sizes(), [0]);
});
