import assert from "node:assert/strict";
import { Notices } from "../../admin/notices.ts";

function bench() {
  const timers: { callback: () => void; ms: number }[] = [];
  const notices = new Notices((callback, ms) => timers.push({ callback, ms }));
  return { notices, timers, texts: () => notices.shown.value.map(({ text }) => text) };
}

Deno.test("Notices goes away by itself, and later where something can be taken back", () => {
  const { notices, texts, timers } = bench();
  notices.done("saved");
  notices.done("removed", () => Promise.resolve());
  assert.deepEqual(texts(), ["saved", "removed"]);
  assert.ok((timers[1]?.ms ?? 0) > (timers[0]?.ms ?? Infinity));
  timers[0]?.callback();
  assert.deepEqual(texts(), ["removed"]);
});

Deno.test("Notices.failed() stays until it is put away", () => {
  const { notices, texts, timers } = bench();
  notices.failed("no");
  assert.equal(timers.length, 0);
  notices.putAway(notices.shown.value[0]?.id ?? -1);
  assert.deepEqual(texts(), []);
});

Deno.test("Notices.takeBack() takes back the latest change that can be, of those that are shown", async () => {
  const { notices, texts } = bench();
  const taken: string[] = [];
  for (const text of ["a", "b"]) notices.done(text, () => Promise.resolve(void taken.push(text)));
  notices.done("c");
  assert.equal(notices.last?.text, "b");
  await notices.takeBack();
  assert.deepEqual([taken, texts()], [["b"], ["a", "c"]]);
  await notices.takeBack();
  await notices.takeBack();
  assert.deepEqual([taken, texts()], [["b", "a"], ["c"]]);
});

Deno.test("Notices.failed() isn't pushed out by what is done later, only by what fails", () => {
  const { notices, texts } = bench();
  notices.failed("no");
  for (const text of ["a", "b", "c"]) notices.done(text);
  assert.deepEqual(texts(), ["no", "b", "c"]);
  for (const text of ["not a", "not b"]) notices.failed(text);
  assert.deepEqual(texts(), ["no", "not a", "not b"]);
  notices.done("d");
  assert.deepEqual(texts(), ["no", "not a", "not b", "d"], "what was just done is said in any case");
  notices.failed("not c");
  assert.deepEqual(texts(), ["not a", "not b", "not c"]);
});

Deno.test("Notices shows the last few", () => {
  const { notices, texts } = bench();
  for (const text of ["a", "b", "c", "d"]) notices.done(text);
  assert.deepEqual(texts(), ["b", "c", "d"]);
});
