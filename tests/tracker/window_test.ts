import assert from "node:assert/strict";
import { Window } from "../../tracker/window.ts";

/** A window that is there until it is told otherwise. */
function shownAt(now: number) {
  const state = { isThere: true };
  return { state, window: new Window(() => state.isThere, now) };
}

Deno.test("a window is being closed when its terminal was there a moment ago, and isn't", () => {
  const { state, window } = shownAt(0);
  assert.equal(window.isClosing(1_000_000), false, "it is there: SIGHUP came from elsewhere");
  window.look(1_000_000);
  state.isThere = false;
  assert.equal(window.isClosing(1_002_000), true);
});

Deno.test("a window that has gone without a word isn't being closed: the program was to outlive it", () => {
  const { state, window } = shownAt(0);
  window.look(2000);
  state.isThere = false;
  for (let now = 4000; now < 60_000; now += 2000) window.look(now);
  assert.equal(window.isClosing(60_000), false);
});

Deno.test("where there was no window, as in the background, none is closed", () => {
  assert.equal(new Window(() => false, 0).isClosing(1), false);
});
