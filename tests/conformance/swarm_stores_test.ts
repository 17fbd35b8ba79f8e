// The suite over the tracker's own memory, and over a real Redis.

import { RedisStore } from "../../tracker/store/redis_store.ts";
import { StoreClock } from "../../tracker/store/store_clock.ts";
import { noRedis, RedisServer } from "../support/redis_server.ts";
import { seededRandom } from "../support/random.ts";
import { newTracker } from "../tracker/announcing.ts";
import { swarmStoreSuite } from "./swarm_store_suite.ts";

/** When the tests begin, by the store's clock: some day of 2027. */
const BEGIN = 1_800_000_000_000;
/** A round of the reaper takes so many calls. */
const REAP_CALLS = 62;

swarmStoreSuite("memory", (rules) => {
  const tracker = newTracker(rules);
  return Promise.resolve({
    answers: tracker,
    tracker,
    tick: (now) => {
      for (let call = 0; call < REAP_CALLS; call++) tracker.reap(now);
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
});

let server: RedisServer;

if (noRedis === undefined) {
  Deno.test.beforeAll(async () => {
    server = await RedisServer.start();
  });
  Deno.test.afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });
}

swarmStoreSuite("Redis", async (rules) => {
  await server.command("FLUSHALL");
  const tracker = newTracker(rules);
  const store = await RedisStore.open(tracker, {
    url: server.url,
    now: () => performance.now(),
    random: seededRandom(1),
    clock: new StoreClock(BEGIN),
    log: () => {},
  });
  return {
    answers: store.swarms,
    tracker,
    tick: (now) => store.swarms.tick(now),
    [Symbol.asyncDispose]: () => store.close(),
  };
}, noRedis);
