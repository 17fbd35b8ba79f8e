import assert from "node:assert/strict";
import { SKIP } from "../../../peer/engine/priorities.ts";
import type { Call } from "../../support/fake_wire.ts";
import { EngineHarness, type Remote } from "../../support/engine_harness.ts";

const BLOCK = 16384;

Deno.test("A peer that alone sent a bad piece is banned at once", async () => {
  const harness = new EngineHarness({ pieceCount: 1 });
  const bad = harness.join("all");
  const good = harness.join("all");
  harness.answer(bad, bad.wire.take("request"), { isBad: true });
  await harness.settle();
  assert.deepEqual(harness.events, ["ban 1", "rejected 0"]);
  assert.match(bad.wire.closeReason ?? "", /bad data in piece 0/);
  assert.equal(harness.engine.wasted, 4 * BLOCK);
  harness.answer(good);
  await harness.settle();
  assert.deepEqual(harness.events, ["ban 1", "rejected 0", "stored 0", "complete"]);
  assert.equal(harness.buffers.lent, 0);
});

/**
 * One piece, fetched from three peers of which number 2 sends rubbish; then all requests are open again, to number 3, which
 * may speak the fast extension.
 */
async function spoiled({ fast = false } = {}): Promise<{ harness: EngineHarness; remotes: Remote[] }> {
  const harness = new EngineHarness({ pieceCount: 1, maxRequestQueue: 4 });
  const remotes = [
    harness.join("all"),
    harness.join("all", { unchokes: false }),
    harness.join("all", { unchokes: false, fast }),
  ];
  const [first, bad, third] = remotes as [Remote, Remote, Remote];
  harness.answer(first, first.wire.take("request").slice(0, 1));
  first.peer.onChoke();
  bad.peer.onUnchoke();
  harness.batch(first);
  harness.batch(bad);
  harness.answer(bad, bad.wire.take("request").slice(0, 1), { isBad: true });
  bad.peer.onChoke();
  third.peer.onUnchoke();
  harness.batch(bad);
  harness.batch(third);
  harness.answer(third);
  await harness.settle();
  assert.deepEqual(harness.events, ["rejected 0"]);
  return { harness, remotes };
}

Deno.test("A bad piece of several senders is fetched again from one alone, which shows who lied", async () => {
  const { harness, remotes } = await spoiled();
  const [first, bad, third] = remotes as [Remote, Remote, Remote];
  first.peer.onUnchoke();
  bad.peer.onUnchoke();
  harness.batch(first);
  harness.batch(bad);
  const asked = third.wire.take("request");
  assert.equal(asked.length, 4, "one peer is asked for all of it");
  assert.deepEqual([...first.wire.take("request"), ...bad.wire.take("request")], []);
  harness.answer(third, asked);
  await harness.settle();
  assert.deepEqual(harness.events, ["rejected 0", "ban 2", "stored 0", "complete"]);
});

Deno.test("Priorities that are changed on the news of who lied count the piece that showed it once", async () => {
  const { harness, remotes } = await spoiled();
  harness.events.push = (...events: string[]) => {
    if (events.includes("ban 2")) harness.engine.setPriorities(undefined, harness.now);
    return Array.prototype.push.apply(harness.events, events);
  };
  harness.answer(remotes[2] as Remote);
  await harness.settle();
  assert.deepEqual([...harness.events], ["rejected 0", "ban 2", "stored 0", "complete"]);
  assert.deepEqual([harness.engine.isFinished, harness.engine.wantedLeft], [true, 0]);
  assert.equal(harness.buffers.lent, 0);
});

Deno.test("A torrent whose last piece is not wanted any more on the news of its liar is finished by it", async () => {
  const { harness, remotes } = await spoiled();
  harness.events.push = (...events: string[]) => {
    if (events.includes("ban 2")) harness.engine.setPriorities(Uint8Array.of(SKIP), harness.now);
    return Array.prototype.push.apply(harness.events, events);
  };
  harness.answer(remotes[2] as Remote);
  await harness.settle();
  assert.deepEqual([...harness.events], ["rejected 0", "ban 2", "stored 0", "complete"]);
});

Deno.test("The liar that gets to send the suspect piece alone is banned by it", async () => {
  const { harness, remotes } = await spoiled();
  const [, bad, third] = remotes as [Remote, Remote, Remote];
  third.wire.take();
  third.peer.onChoke();
  bad.peer.onUnchoke();
  harness.batch(third);
  harness.batch(bad);
  const asked = bad.wire.take("request");
  assert.equal(asked.length, 4);
  harness.answer(bad, asked, { isBad: true });
  await harness.settle();
  assert.deepEqual(harness.events, ["rejected 0", "ban 2", "rejected 0"]);
});

Deno.test("A suspect piece starts over with another peer when its only source chokes, leaves or dawdles", async () => {
  for (const way of ["choke", "leave", "dawdle"]) {
    const { harness, remotes } = await spoiled();
    const [first, , third] = remotes as [Remote, Remote, Remote];
    const asked = third.wire.take("request");
    harness.answer(third, asked.slice(0, 3));
    first.peer.onUnchoke();
    harness.batch(first);
    assert.equal(first.wire.take("request").length, 0);
    if (way === "choke") third.peer.onChoke();
    if (way === "choke") harness.batch(third);
    if (way === "leave") harness.engine.remove(third.peer);
    if (way === "dawdle") harness.pass(31_000, remotes);
    const taken: Call[] = [...first.wire.take("request"), ...third.wire.take("request")];
    assert.equal(taken.length, 4, `${way}: all four blocks of one peer again`);
    assert.equal(harness.buffers.lent, 1);
  }
});

Deno.test("A suspect piece's only source that rejects block by block takes nothing from the next one", async () => {
  const { harness, remotes } = await spoiled({ fast: true });
  const [first, , third] = remotes as [Remote, Remote, Remote];
  const refused = third.wire.take("request");
  assert.equal(refused.length, 4);
  first.peer.onUnchoke();
  harness.batch(first);
  third.peer.onChoke();
  for (const [, index = 0, begin = 0, length = 0] of refused) {
    third.peer.onReject(index, begin, length);
    harness.batch(third);
  }
  const asked = first.wire.take("request");
  assert.equal(asked.length, 4);
  harness.answer(first, asked.slice(0, 2));
  assert.deepEqual(first.wire.take("request"), [], "it is asked for the others already");
  harness.answer(first, asked.slice(2));
  await harness.settle();
  assert.deepEqual(harness.events, ["rejected 0", "ban 2", "stored 0", "complete"]);
});

Deno.test("A liar that has left is still reported", async () => {
  const { harness, remotes } = await spoiled();
  const [, bad, third] = remotes as [Remote, Remote, Remote];
  harness.engine.remove(bad.peer);
  harness.answer(third);
  await harness.settle();
  assert.deepEqual(harness.events, ["rejected 0", "ban 2", "stored 0", "complete"]);
});

Deno.test("A suspect piece's next single source gets twice the time, in case it is the only one", async () => {
  const { harness, remotes } = await spoiled();
  const [, , third] = remotes as [Remote, Remote, Remote];
  assert.equal(third.wire.take("request").length, 4);
  harness.pass(31_000, remotes);
  assert.equal(third.wire.take("request").length, 4, "only this one has unchoked us");
  harness.sendBlock(third, 0, 0);
  harness.pass(31_000, remotes);
  assert.equal(third.wire.take("request").length, 0);
  harness.pass(29_000, remotes);
  assert.equal(third.wire.take("request").length, 4);
});
