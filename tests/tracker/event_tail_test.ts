import assert from "node:assert/strict";
import { toHex } from "../../protocol/mod.ts";
import type { EventKind } from "../../tracker/admin_api.ts";
import { EventTail } from "../../tracker/event_tail.ts";
import { TrackerRequestError } from "../../protocol/mod.ts";
import { addressOf, announce, id, newTracker } from "./announcing.ts";

const A = "192.0.2.1:6881";

function newTail() {
  const tracker = newTracker();
  const clock = { unix: 5000 };
  const tail = new EventTail(tracker.stats, {
    epoch: "run",
    unix: () => clock.unix,
    nameOf: (infoHash) => infoHash === id("named") ? "A <b>name" : null,
  });
  return { tracker, tail, clock };
}

Deno.test("EventTail notes nothing of announces before somebody watches, nor after ten seconds without a question", () => {
  const { tail, tracker } = newTail();
  announce(tracker, { at: A });
  assert.deepEqual(tail.answer({}, 0).events, []);
  announce(tracker, { at: A });
  assert.equal(tail.answer({}, 10_000).events.length, 1);
  tail.tick(20_000);
  assert.ok(tracker.stats.tail !== undefined);
  tail.tick(20_001);
  assert.equal(tracker.stats.tail, undefined);
});

Deno.test("EventTail tells announces, completed downloads, refusals and changes, in their order", () => {
  const { tail, tracker } = newTail();
  tail.answer({}, 0);
  announce(tracker, { at: A, swarm: "named", peer: "-SE0100-abcdefghijkl", event: "started" });
  tracker.announceOneFamily(
    {
      ...{ infoHash: id("named"), peerId: id("p"), port: 1, uploaded: 0, downloaded: 0, left: 0 },
      event: "completed",
    },
    addressOf("[2001:db8::1]:1"),
    0,
  );
  tracker.stats.reject("websocket", new TrackerRequestError("No"), addressOf(A));
  tail.onChange("mode-set", "listed");
  const { epoch, events, next, skipped } = tail.answer({}, 0);
  assert.deepEqual([epoch, next, skipped], ["run", 4, 0]);
  const named = { infoHash: toHex(new TextEncoder().encode(id("named"))), name: "A <b>name" };
  assert.deepEqual(events, [
    {
      ...{ kind: "announce", protocol: "http", ...named, address: A, client: "Seedling 0.1.0" },
      ...{ event: "started", left: 1000, seq: 1, time: 5000 },
    },
    {
      ...{ kind: "completed", protocol: "udp", ...named, address: "[2001:db8::1]:1" },
      client: (events[1] as { client: string }).client,
      ...{ event: "completed", left: 0, seq: 2, time: 5000 },
    },
    {
      ...{ kind: "rejected", protocol: "websocket", reason: "malformed", message: "No" },
      ...{ address: "192.0.2.1", seq: 3, time: 5000 },
    },
    { kind: "list", action: "mode-set", subject: "listed", seq: 4, time: 5000 },
  ]);
});

Deno.test("EventTail tells what came after a number, of the kinds and the swarm that are asked for", () => {
  const { tail, tracker } = newTail();
  tail.answer({}, 0);
  for (const swarm of ["a", "b", "a"]) announce(tracker, { at: A, swarm });
  tail.onChange("mode-set", "open");
  const seqs = (after: number, kinds?: EventKind[], swarm?: string) => {
    const answer = tail.answer({ after, kinds: kinds && new Set(kinds), swarm }, 0);
    return answer.events.map(({ seq }) => seq);
  };
  assert.deepEqual(seqs(0), [1, 2, 3, 4]);
  assert.deepEqual(seqs(2), [3, 4]);
  assert.deepEqual(seqs(0, ["list"]), [4]);
  assert.deepEqual(seqs(0, undefined, toHex(new TextEncoder().encode(id("a")))), [1, 3]);
  assert.deepEqual(seqs(4), []);
  // A number of another run.
  assert.deepEqual(seqs(999), [1, 2, 3, 4]);
});

Deno.test("EventTail tells 100 announces a second, and how many it doesn't tell", () => {
  const { tail, tracker } = newTail();
  tail.answer({}, 0);
  const { next } = (announce(tracker, { at: A }), tail.answer({}, 0));
  for (let i = 0; i < 1000; i++) announce(tracker, { at: A });
  const busy = tail.answer({ after: next }, 0);
  assert.deepEqual([busy.events.length, busy.skipped, busy.next], [99, 901, 1001]);
  tail.tick(1000);
  announce(tracker, { at: A });
  const later = tail.answer({ after: busy.next }, 0);
  assert.deepEqual([later.events.length, later.skipped], [1, 0]);
});

Deno.test("EventTail keeps the last events only, and answers with 500 at most", () => {
  const { tail } = newTail();
  for (let i = 0; i < 10_000; i++) tail.onChange("entry-added", `deny ${i}`);
  const all = tail.answer({}, 0);
  assert.equal(all.events.length, 500);
  assert.equal(all.events.at(-1)?.seq, 10_000);
  const some = tail.answer({ after: 100 }, 0);
  assert.deepEqual([some.events.length, some.skipped], [500, 9400]);
});
