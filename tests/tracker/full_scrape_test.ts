import assert from "node:assert/strict";
import { type BencodeDict, decodeScrapeResponse } from "../../protocol/mod.ts";
import { FullScrape } from "../../tracker/full_scrape.ts";
import type { Tracker } from "../../tracker/tracker.ts";
import { announce, newTracker } from "./announcing.ts";
import { LEAST, TestApp } from "./http.ts";

/** A tracker with so many swarms, a leecher in each, in no order. */
function trackerOf(swarms: number): Tracker {
  const tracker = newTracker();
  for (let i = 0; i < swarms; i++) {
    announce(tracker, { at: "192.0.2.1:1", swarm: hash((i * 7919) % swarms), left: 1 });
  }
  return tracker;
}

function hash(i: number): string {
  return String(i).padStart(20, "0");
}

/** A full scrape, and how often everything else had its turn meanwhile. */
function scraperOf(tracker: Tracker): { full: FullScrape; turns: () => number; clock: { now: number } } {
  let turns = 0;
  const clock = { now: 0 };
  // Each look at the clock is a millisecond of work.
  const full = new FullScrape(tracker, {
    now: () => clock.now++,
    pause: () => Promise.resolve(void turns++),
  });
  return { full, turns: () => turns, clock };
}

async function read(full: FullScrape): Promise<{ bytes: Uint8Array; files: string[] }> {
  const bytes = new Uint8Array(await new Response(full.answer()).arrayBuffer());
  return { bytes, files: [...decodeScrapeResponse(bytes).keys()] };
}

for (const swarms of [0, 1, 1000, 2500]) {
  Deno.test(`FullScrape answers ${swarms} swarms, in the order of their info hashes`, async () => {
    const { full } = scraperOf(trackerOf(swarms));
    assert.deepEqual((await read(full)).files, Array.from({ length: swarms }, (_, i) => hash(i)));
  });
}

Deno.test("FullScrape lets others have their turn while it puts swarms in order", async () => {
  const { full, turns } = scraperOf(trackerOf(2500));
  await read(full);
  assert.ok(turns() > 3, `${turns()}`);
});

Deno.test("FullScrape uses an order for a minute: swarms that went are left out at once, new ones come later", async () => {
  const tracker = trackerOf(3);
  const { clock, full } = scraperOf(tracker);
  await read(full);
  announce(tracker, { at: "192.0.2.1:1", swarm: hash(1), left: 1, event: "stopped" });
  tracker.reap(10 ** 9);
  announce(tracker, { at: "192.0.2.1:1", swarm: hash(7), left: 1 });
  assert.ok(!(await read(full)).files.includes(hash(7)));
  assert.ok(!(await read(full)).files.includes(hash(1)));
  clock.now += 60_000;
  assert.ok((await read(full)).files.includes(hash(7)));
});

Deno.test("FullScrape has eight answers under way at most; who goes makes room", async () => {
  const { full } = scraperOf(trackerOf(2));
  const answers = Array.from({ length: 8 }, () => full.answer());
  assert.throws(() => full.answer(), { message: "Too many full scrapes: try again later" });
  await answers[0]?.cancel();
  await answers[0]?.cancel();
  const ninth = full.answer();
  assert.throws(() => full.answer(), { message: /^Too many/ });
  for (const answer of [...answers, ninth]) await answer.cancel();
  await read(full);
});

Deno.test("GET /scrape without an info hash has all swarms where the operator wants it", async () => {
  const app = await TestApp.create({ fullScrape: true });
  await app.bencode(`/announce?${LEAST}&left=0`);
  const files = (await app.bencode("/scrape")).get("files") as BencodeDict;
  assert.deepEqual([...files.values()].map((entry) => (entry as BencodeDict).get("complete")), [1]);
  assert.equal(app.tracker.stats.protocols.http.scrapes, 1);
});
