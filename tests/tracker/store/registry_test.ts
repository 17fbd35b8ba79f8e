// What trackers of one store say of themselves once a second: how many browsers they have, and how long they wait.

import assert from "node:assert/strict";
import type { TrackerRules } from "../../../tracker/options.ts";
import { Registry } from "../../../tracker/store/registry.ts";
import { StoreClock } from "../../../tracker/store/store_clock.ts";
import type { StoreArgument, StoreScript } from "../../../tracker/store/store_link.ts";
import { REGISTRY_KEYS } from "../../../tracker/store/swarm_keys.ts";
import { WebTracker } from "../../../tracker/web_tracker.ts";
import { HurriedTimers } from "../../support/hurried_timers.ts";
import { noRedis, RedisServer } from "../../support/redis_server.ts";
import { id } from "../announcing.ts";
import { Browser } from "../browsers.ts";
import { type Outcome, StoreTracker } from "./stores.ts";

const A = "192.0.2.1:6881";
const B = "192.0.2.2:6881";
const HASH = id("a");
const FULL: Outcome = { refused: "Tracker is full", retryIn: 5 };

/** A test with two trackers of one store. */
function twoTrackers(
  name: string,
  rules: [TrackerRules, TrackerRules],
  fn: (first: StoreTracker, second: StoreTracker, server: RedisServer) => Promise<void>,
): void {
  Deno.test({
    name: name + (noRedis === undefined ? "" : ` (skipped: ${noRedis})`),
    ignore: noRedis !== undefined,
    async fn() {
      await using server = await RedisServer.start();
      await using first = await StoreTracker.open(server.url, rules[0], 1);
      await first.store.swarms.tick(0);
      await using second = await StoreTracker.open(server.url, rules[1], 2);
      await fn(first, second, server);
    },
  });
}

/** Browsers of a tracker. */
function webOf({ store, tracker }: StoreTracker): { web: WebTracker; browser: (name: string) => Browser } {
  const web = new WebTracker(tracker);
  web.answers = store.swarms;
  return { web, browser: (name) => new Browser(web, name) };
}

const THREE = { maxPeers: 3 };

twoTrackers(
  "browsers of all trackers take places of the most peers there may be, from who listens on a port, too",
  [THREE, THREE],
  async (first, second) => {
    const { browser, web } = webOf(first);
    const [one, two] = [browser("one"), browser("two")];
    for (const each of [one, two]) each.announce();
    await second.announce({ at: A });
    for (const { store } of [first, second]) await store.swarms.tick(0);
    await first.store.swarms.tick(0);
    for (const tracker of [first, second]) {
      assert.deepEqual(await tracker.announce({ at: B }), FULL);
      assert.equal((await tracker.announce({ at: A }) as { peers: string[] }).peers.length, 0);
      const [refused] = webOf(tracker).browser("three").announce();
      assert.equal(refused?.["failure reason"], "Tracker is full");
    }
    assert.equal(second.tracker.size, 1, "peers of a tracker's page are those it can tell of");
    web.disconnect(two);
    assert.deepEqual((await first.announce({ at: B }) as { peers: string[] }).peers, [A]);
  },
);

twoTrackers(
  "browsers of a tracker that has fallen silent count no more",
  [THREE, THREE],
  async (first, second, server) => {
    const { browser } = webOf(first);
    for (const name of ["one", "two", "three"]) browser(name).announce();
    await first.store.swarms.tick(0);
    await second.store.swarms.tick(10_000);
    assert.deepEqual(await second.announce({ at: A, now: 10_000 }), FULL);
    await second.store.swarms.tick(10_001);
    assert.deepEqual(await second.announce({ at: A, now: 10_001 }), {
      ...{ complete: 0, incomplete: 1, peers: [] },
    });
    assert.equal(await server.command("EXISTS", REGISTRY_KEYS[3] ?? ""), "0");
  },
);

twoTrackers(
  "browsers of a tracker that has ended in order count no more at once",
  [THREE, THREE],
  async (first, second, server) => {
    const { browser } = webOf(first);
    for (const name of ["one", "two", "three"]) browser(name).announce();
    await first.store.swarms.tick(0);
    await second.store.swarms.tick(0);
    assert.deepEqual(await second.announce({ at: A }), FULL);
    await first.store.close();
    assert.equal(await server.command("EXISTS", REGISTRY_KEYS[3] ?? ""), "0");
    await second.store.swarms.tick(0);
    assert.deepEqual(await second.announce({ at: A }), { complete: 0, incomplete: 1, peers: [] });
  },
);

twoTrackers(
  "a tracker that ends waits no longer than a second for a store that doesn't answer",
  [{}, {}],
  async (first, _, server) => {
    await server.command("CLIENT", "PAUSE", "600000", "ALL");
    using timers = new HurriedTimers();
    await first.store.close();
    assert.equal(timers.passedMs, 1000);
  },
);

Deno.test("Registry: what is told once a tracker leaves says of no browsers, also in a tick that was under way", async () => {
  const told: unknown[] = [];
  const first = Promise.withResolvers<void>();
  const run = async (
    _script: StoreScript,
    _keys: readonly string[],
    [, , , browsers]: readonly StoreArgument[],
  ) => {
    if (told.push(browsers) === 1) await first.promise;
    return Array(7).fill(0);
  };
  const registry = new Registry({ isUp: true, run, tell: assert.fail }, new StoreClock(0));
  for (let n = 0; n < 2500; n++) registry.note(id(String(n)), 1, 1); // in five calls
  const ticked = registry.tick(0, { browsers: 3, timeoutMs: 1 });
  const left = registry.leave(0, 1);
  first.resolve();
  await Promise.all([ticked, left]);
  assert.deepEqual(told, [3, 0, 0, 0, 0]);
});

const [LONG, SHORT] = [{ intervalSeconds: 1800 }, { intervalSeconds: 300 }];
const WAITS =
  "Peers of the store may be silent for 2730 s, as another tracker says or has said, not for 480 s as here: " +
  "give all the same --interval";

/** What a tracker's operator was told of intervals. */
function warned({ logged }: StoreTracker): string[] {
  return logged.filter((line) => line.includes("--interval"));
}

twoTrackers(
  "a peer is waited for as long as its own tracker lets it be silent, by those with shorter intervals, too",
  [LONG, SHORT],
  async (first, second) => {
    await first.announce({ at: A });
    assert.deepEqual(await second.announce({ at: B, now: 1_800_000 }), {
      ...{ complete: 0, incomplete: 2, peers: [A] },
    });
    assert.deepEqual(warned(second), [WAITS]);
    await second.store.swarms.tick(1_800_000);
    assert.deepEqual([warned(first), warned(second)], [[], [WAITS]], "once is enough");
  },
);

twoTrackers(
  "a tracker that runs learns of a longer interval within a second",
  [SHORT, LONG],
  async (first, second) => {
    await second.store.swarms.tick(0);
    await first.store.swarms.tick(0);
    await second.announce({ at: A });
    assert.equal((await first.store.swarms.scrape([HASH], 1_800_000)).get(HASH)?.incomplete, 1);
    assert.deepEqual([warned(first), warned(second)], [[WAITS], []]);
  },
);

twoTrackers(
  "when the tracker with the longest interval has gone, its peers are waited for, then the next one's interval counts",
  [LONG, SHORT],
  async (first, second) => {
    await first.announce({ at: A });
    const counted = async (at: number) =>
      (await second.store.swarms.scrape([HASH], at)).get(HASH)?.incomplete;
    await second.store.swarms.tick(2_729_000);
    assert.equal(await counted(2_729_000), 1);
    await second.announce({ at: B, now: 2_729_000 });
    await second.store.swarms.tick(2_731_000);
    assert.equal(await counted(2_731_000), 1);
    assert.equal(await counted(3_208_000), 1);
    assert.equal(await counted(3_209_000), 0);
  },
);
