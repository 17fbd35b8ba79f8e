import assert from "node:assert/strict";
import { inLanes } from "../../../peer/storage/lanes.ts";

Deno.test("inLanes() gives each item to one call, never more at a time than there are lanes", async () => {
  const done: number[] = [];
  let underWay = 0;
  let most = 0;
  await inLanes(3, [0, 1, 2, 3, 4, 5, 6, 7], async (item) => {
    most = Math.max(most, ++underWay);
    await Promise.resolve();
    done.push(item);
    underWay--;
  });
  assert.deepEqual(done.toSorted(), [0, 1, 2, 3, 4, 5, 6, 7]);
  assert.equal(most, 3);
});

Deno.test("inLanes() begins nothing after a failure, and rejects with it when the rest has settled", async () => {
  const slow = Promise.withResolvers<void>();
  const begun: string[] = [];
  const settled: string[] = [];
  const running = inLanes(2, ["slow", "bad", "never"], async (item) => {
    begun.push(item);
    if (item === "bad") throw new Error("no luck");
    await slow.promise;
    settled.push(item);
  });
  slow.resolve();
  await assert.rejects(running, /no luck/);
  assert.deepEqual([begun, settled], [["slow", "bad"], ["slow"]]);
});

Deno.test("inLanes() does nothing with nothing", async () => {
  await inLanes(4, [], () => assert.fail("must not be called"));
});
