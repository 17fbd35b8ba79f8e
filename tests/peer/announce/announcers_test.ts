import assert from "node:assert/strict";
import { Announcers, type AnnouncersOptions } from "../../../peer/announce/announcers.ts";
import { InfoHash } from "../../../protocol/info_hash.ts";
import { FakeClock, runPromises } from "../../support/fake_clock.ts";
import { answer, FakeTrackers, refusedConnection } from "../../support/fake_tracker.ts";

const A = "http://a.example/announce";
const B = "http://b.example/announce";
const C = "http://c.example/announce";

class Setup {
  readonly clock = new FakeClock();
  readonly trackers = new FakeTrackers();
  readonly announcers: Announcers;

  constructor(tiers: string[][], options: Partial<AnnouncersOptions> = {}) {
    this.announcers = new Announcers({
      tiers,
      state: () => ({
        infoHash: InfoHash.fromHex("0123456789abcdef0123456789abcdef01234567"),
        peerId: new Uint8Array(20),
        port: 6881,
        uploaded: 0,
        downloaded: 0,
        left: 9,
      }),
      onPeers: () => {},
      now: this.clock.read,
      random: () => 0.5,
      fetch: this.trackers.fetch,
      ...options,
    });
  }

  async start(): Promise<string[]> {
    this.announcers.start();
    await runPromises();
    return this.trackers.take();
  }
}

Deno.test("Announcers asks all tiers at once, with one key, and inside a tier the next when one fails", async () => {
  const setup = new Setup([[A, B], [C]]);
  setup.trackers.on(B, () => answer());
  setup.trackers.on(C, () => answer());
  setup.announcers.start();
  await runPromises();
  const keys = new Set(setup.trackers.asked.map(({ request }) => request.key));
  assert.equal(keys.size, 1);
  assert.deepEqual(setup.trackers.take().filter((each) => !each.startsWith("a.")).toSorted(), [
    "b.example started",
    "c.example started",
  ]);
  await setup.announcers.stop(1000);
  assert.deepEqual(setup.trackers.take().toSorted(), ["b.example stopped", "c.example stopped"]);
});

Deno.test("Announcers asks a tracker of several tiers once", async () => {
  const setup = new Setup([[A], [A], [A, B]]);
  setup.trackers.on(A, () => answer());
  setup.trackers.on(B, () => answer());
  assert.deepEqual((await setup.start()).toSorted(), ["a.example started", "b.example started"]);
  await setup.announcers.stop(1000);
});

Deno.test("Announcers one by one asks the next tier only when one has failed", async () => {
  const setup = new Setup([[A], [B], [C]], { isOneByOne: true });
  setup.trackers.on(B, () => answer());
  setup.trackers.on(C, () => answer());
  assert.deepEqual(await setup.start(), ["a.example started", "b.example started"]);
  await setup.announcers.stop(1000);
});

Deno.test("Announcers keeps each tier's interval, and is due when the first of them is", async () => {
  const setup = new Setup([[A], [B]]);
  setup.trackers.on(A, () => answer({ interval: 600 }));
  setup.trackers.on(B, () => answer({ interval: 900 }));
  await setup.start();
  assert.equal(setup.announcers.dueAt, setup.clock.now + 600_000);
  setup.announcers.tick(setup.clock.advance(600_000));
  await runPromises();
  assert.deepEqual(setup.trackers.take(), ["a.example none"]);
  assert.equal(setup.announcers.dueAt, setup.clock.now + 300_000);
  setup.announcers.completed();
  setup.announcers.tick(setup.clock.now);
  await runPromises();
  assert.deepEqual(setup.trackers.take().toSorted(), ["a.example completed", "b.example completed"]);
  await setup.announcers.stop(1000);
});

Deno.test("Announcers without a tracker is never due", async () => {
  const setup = new Setup([]);
  assert.deepEqual(await setup.start(), []);
  assert.equal(setup.announcers.dueAt, Infinity);
  await setup.announcers.stop(1000);
});

Deno.test("Announcers.useOneByOne() keeps the tracker that has answered, and the others hear stopped", async () => {
  const switches: string[] = [];
  const setup = new Setup([[A], [B], [C]], { onSwitch: () => switches.push("switch") });
  setup.trackers.on(B, () => answer({ interval: 600 }));
  setup.trackers.on(C, () => answer({ interval: 600 }));
  await setup.start();
  assert.equal(setup.announcers.useOneByOne(1000), B);
  await runPromises();
  assert.deepEqual(setup.trackers.take(), ["c.example stopped"]);
  setup.announcers.tick(setup.clock.advance(600_000));
  await runPromises();
  assert.deepEqual(setup.trackers.take(), ["b.example none"]);

  // It fails: the others are asked, in their order, and met anew.
  setup.trackers.on(B, () => refusedConnection());
  assert.deepEqual(switches, []);
  setup.announcers.tick(setup.clock.advance(600_000));
  await runPromises();
  assert.deepEqual(setup.trackers.take(), ["b.example none", "a.example started", "c.example started"]);
  assert.deepEqual(switches, ["switch"]);
  await setup.announcers.stop(1000);
});

Deno.test("Announcers.useOneByOne() before any answer goes on with the first tier, which had failed, and then the others", async () => {
  const setup = new Setup([[A], [B]]);
  setup.trackers.on(B, () => "silent");
  await setup.start();
  setup.trackers.on(B, () => answer());
  assert.equal(setup.announcers.useOneByOne(1000), undefined);
  await runPromises();
  assert.deepEqual(setup.trackers.take(), ["b.example stopped"], "it may have us on its list already");
  setup.announcers.tick(setup.clock.advance(10_000));
  await runPromises();
  assert.deepEqual(setup.trackers.take(), ["a.example started", "b.example started"]);
  await setup.announcers.stop(1000);
});

Deno.test("Announcers.useOneByOne() before any answer asks the others when the first tier can't ever be asked", async () => {
  const setup = new Setup([["wss://w.example"], [B]]);
  setup.trackers.on(B, () => "silent");
  assert.deepEqual(await setup.start(), ["b.example started"]);
  setup.trackers.on(B, () => answer());
  setup.announcers.useOneByOne(1000);
  await runPromises();
  assert.deepEqual(setup.trackers.take(), ["b.example stopped"]);
  setup.announcers.tick(setup.clock.advance(1_000));
  await runPromises();
  assert.deepEqual(setup.trackers.take(), ["b.example started"]);
  await setup.announcers.stop(1000);
});

Deno.test("Announcers asks a hundred trackers at most", async () => {
  const tiers = Array.from({ length: 1000 }, (_, i) => [`http://t${i}.example/announce`]);
  const setup = new Setup(tiers);
  assert.equal((await setup.start()).length, 100);
  await setup.announcers.stop(1000);
});
