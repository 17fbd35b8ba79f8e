import assert from "node:assert/strict";
import { ChangeLog } from "../../tracker/change_log.ts";

Deno.test("ChangeLog.since() names what changed after a revision, each key once", () => {
  const log = new ChangeLog(0, 10);
  log.note("a", 1);
  log.note("b", 1);
  log.note("a", 3);
  assert.deepEqual(log.since(0), ["b", "a"]);
  assert.deepEqual(log.since(1), ["a"]);
  assert.deepEqual(log.since(3), []);
});

Deno.test("ChangeLog.since() can't tell what was before it began", () => {
  const log = new ChangeLog(5, 10);
  log.note("a", 6);
  assert.equal(log.since(4), undefined);
  assert.deepEqual(log.since(5), ["a"]);
});

Deno.test("ChangeLog forgets the oldest changes beyond its limit, and says so", () => {
  const log = new ChangeLog(0, 2);
  log.note("a", 1);
  log.note("b", 2);
  log.note("c", 3);
  assert.equal(log.since(0), undefined);
  assert.deepEqual(log.since(1), ["b", "c"]);
});
