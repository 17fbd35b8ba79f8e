import assert from "node:assert/strict";
import { Window } from "../../tracker/window.ts";

Deno.test("a window is gone that was there; where there was none, as in the background, none is", () => {
  let isThere = true;
  const window = new Window(() => isThere);
  const none = new Window(() => false);
  assert.deepEqual([window.isGone, none.isGone], [false, false]);
  isThere = false;
  assert.deepEqual([window.isGone, none.isGone], [true, false]);
});
