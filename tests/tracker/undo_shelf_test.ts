import assert from "node:assert/strict";
import { UndoShelf } from "../../tracker/undo_shelf.ts";

Deno.test("UndoShelf puts a thing back once, however many ask while that is under way", async () => {
  const shelf = new UndoShelf();
  const { promise, resolve } = Promise.withResolvers<void>();
  let times = 0;
  const restore = () => {
    times++;
    return promise;
  };
  const id = shelf.put({ bytes: 1, subject: "torrent", restore }, 0) ?? "";
  const first = shelf.restore(id, 0);
  assert.equal(await shelf.restore(id, 0), undefined);
  resolve();
  assert.equal(await first, "torrent");
  assert.equal(await shelf.restore(id, 0), undefined);
  assert.equal(times, 1);
});

Deno.test("UndoShelf has room again for what was put back, and for what was let go of meanwhile", async () => {
  const shelf = new UndoShelf();
  const bytes = 40 << 20;
  const { promise, resolve } = Promise.withResolvers<void>();
  const slow = shelf.put({ bytes, subject: "slow", restore: () => promise }, 0) ?? "";
  const under = shelf.restore(slow, 0);
  shelf.tick(10 * 60_000);
  resolve();
  assert.equal(await under, "slow");
  const ids = ["a", "b"].map((subject) => shelf.put({ bytes, subject, restore() {} }, 600_000) ?? "");
  assert.equal(await shelf.restore(ids[0] ?? "", 600_000), undefined, "only one of them finds room");
  assert.equal(await shelf.restore(ids[1] ?? "", 600_000), "b");
});
