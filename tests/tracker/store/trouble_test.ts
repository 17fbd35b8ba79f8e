// A store that is away, slow, started anew, or takes nothing; and what another program has written there.

import assert from "node:assert/strict";
import { toHex } from "../../../protocol/mod.ts";
import { COMMAND_TIMEOUT_MS, MAX_PENDING } from "../../../tracker/store/redis_link.ts";
import { SCRAPE } from "../../../tracker/store/swarm_scripts.ts";
import { swarmKeys } from "../../../tracker/store/swarm_keys.ts";
import { noRedis, RedisServer } from "../../support/redis_server.ts";
import { freePort } from "../../support/free_port.ts";
import { id } from "../announcing.ts";
import { AWAY, StoreTracker } from "./stores.ts";

const A = "192.0.2.1:6881";
const B = "192.0.2.2:6881";
const ALONE = { complete: 0, incomplete: 1, peers: [] };

function redisTest(name: string, fn: () => Promise<void>): void {
  Deno.test({
    name: name + (noRedis === undefined ? "" : ` (skipped: ${noRedis})`),
    ignore: noRedis !== undefined,
    fn,
  });
}

/** Ways in which a server takes nothing, or is not there: how it begins, what is said of it, how it ends. */
const TROUBLES: {
  name: string;
  begin: (server: RedisServer) => Promise<unknown>;
  reason: RegExp;
  end: (server: RedisServer) => Promise<unknown>;
}[] = [
  {
    name: "is stopped, and started again without its data and scripts",
    begin: (server) => server.stop(),
    reason: /Socket closed unexpectedly|ECONNRE/,
    end: (server) => server.restart(),
  },
  {
    name: "becomes a read-only replica",
    begin: (server) => server.command("REPLICAOF", "127.0.0.1", "9"),
    reason: /READONLY|MASTERDOWN/,
    end: (server) => server.command("REPLICAOF", "NO", "ONE"),
  },
  {
    name: "has no memory left",
    begin: (server) => server.command("CONFIG", "SET", "maxmemory", "1"),
    reason: /OOM/,
    end: (server) => server.command("CONFIG", "SET", "maxmemory", "0"),
  },
];

for (const { begin, end, name, reason } of TROUBLES) {
  redisTest(
    `a store that ${name}: announces are refused with when to come back, then answered again`,
    async () => {
      await using server = await RedisServer.start();
      await using tracker = await StoreTracker.open(server.url);
      assert.deepEqual(await tracker.announce({ at: A }), ALONE);
      await begin(server);
      assert.deepEqual(await tracker.announce({ at: B }), AWAY);
      await tracker.logs("Cannot use the store");
      for (let i = 0; i < 100; i++) assert.deepEqual(await tracker.announce({ at: B }), AWAY);
      assert.match(tracker.store.trouble ?? "", reason);
      await end(server);
      await tracker.logs("answers again");
      assert.equal(tracker.store.trouble, undefined);
      const again = await tracker.announce({ at: B });
      assert.ok("incomplete" in again && again.incomplete >= 1, JSON.stringify(again));
      // Each reason once, not once for each announce.
      assert.equal(new Set(tracker.logged).size, tracker.logged.length);
      assert.ok(tracker.logged.length <= 6, tracker.logged.join("\n"));
    },
  );
}

redisTest(
  "a store that wants a password: said without the wrong one, and used as soon as ours is right",
  async () => {
    await using server = await RedisServer.start("--requirepass", "secret");
    await using tracker = await StoreTracker.open(`redis://:guess-me@127.0.0.1:${server.port}`);
    assert.deepEqual(await tracker.announce({ at: A }), AWAY);
    assert.match(tracker.store.trouble ?? "", /WRONGPASS/);
    assert.ok(!tracker.logged.join("\n").includes("guess-me"));
    await server.command("-a", "secret", "CONFIG", "SET", "requirepass", "guess-me");
    await tracker.logs("has the swarms");
    assert.deepEqual(await tracker.announce({ at: A }), ALONE);
  },
);

redisTest("a store that isn't there when the tracker starts is used when it is", async () => {
  const port = freePort();
  await using tracker = await StoreTracker.open(`redis://127.0.0.1:${port}/0`);
  assert.deepEqual(await tracker.announce({ at: A }), AWAY);
  assert.match(
    tracker.logged.join("\n"),
    new RegExp(`^Cannot use the store redis://127.0.0.1:${port}/0: .*ECONNREFUSED`),
  );
  await using _server = await RedisServer.startAt(port);
  await tracker.logs("has the swarms");
  assert.deepEqual(await tracker.announce({ at: A }), ALONE);
});

redisTest("a store that has fallen silent is given up after the time limit, and tried again", async () => {
  await using server = await RedisServer.start();
  await using tracker = await StoreTracker.open(server.url);
  await server.command("CLIENT", "PAUSE", "60000", "WRITE");
  const asked = [tracker.announce({ at: A }), tracker.announce({ at: B })];
  tracker.store.link.sweep(performance.now() + COMMAND_TIMEOUT_MS - 1000);
  assert.equal(tracker.store.trouble, undefined);
  tracker.store.link.sweep(performance.now() + COMMAND_TIMEOUT_MS);
  assert.deepEqual(await Promise.all(asked), [AWAY, AWAY]);
  assert.match(tracker.store.trouble ?? "", /no answer within 2 s/);
  await server.command("CLIENT", "UNPAUSE");
  await tracker.logs("answers again");
  assert.ok("incomplete" in await tracker.announce({ at: A }));
});

redisTest("only so many questions wait for a slow store: the next one is refused at once", async () => {
  await using server = await RedisServer.start();
  await using tracker = await StoreTracker.open(server.url);
  const { link } = tracker.store;
  await server.command("CLIENT", "PAUSE", "60000", "WRITE");
  const keys = swarmKeys(id("a"));
  const waiting = Array.from({ length: MAX_PENDING }, () => link.run(SCRAPE, keys, [0, 1]));
  assert.deepEqual(await tracker.announce({ at: A }), AWAY);
  assert.equal(tracker.store.trouble, undefined);
  await server.command("CLIENT", "UNPAUSE");
  assert.equal((await Promise.all(waiting)).length, MAX_PENDING);
  assert.deepEqual(await tracker.announce({ at: A }), ALONE);
});

redisTest("scripts that the store has lost are sent again, and no announce is refused for it", async () => {
  await using server = await RedisServer.start();
  await using tracker = await StoreTracker.open(server.url);
  await tracker.announce({ at: A });
  await server.command("SCRIPT", "FLUSH");
  const all = await Promise.all(
    Array.from({ length: 50 }, (_, i) => tracker.announce({ at: `198.51.100.${i}:1`, numwant: 0 })),
  );
  assert.ok(all.every((outcome) => "incomplete" in outcome), JSON.stringify(all));
  assert.deepEqual(tracker.logged.length, 1);
});

for (
  const [what, write] of [
    ["a value of another type", ["SET", "seedling:1:{HASH}:l4", "mine"]],
    ["a record that is none", ["HSET", "seedling:1:{HASH}:p", "\xC0\0\x02\x01\x1A\xE1", "short"]],
    ["a count that is no number", ["HSET", "seedling:1:{HASH}:m", "c", "many", "t", "1"]],
  ] as const
) {
  redisTest(
    `${what} under a swarm's key: its announces are refused, others answered, and it is said once`,
    async () => {
      await using server = await RedisServer.start();
      await using tracker = await StoreTracker.open(server.url);
      const hash = toHex(new TextEncoder().encode(id("spoilt")));
      const args = write.map((arg) => arg.replace("HASH", hash));
      if (args[0] === "HSET" && args[2]?.length === 6) {
        // Bytes that a command line can't carry.
        await server.command(
          "EVAL",
          "return redis.call('HSET', KEYS[1], '\\192\\000\\002\\001\\026\\225', 'short')",
          "1",
          args[1] ?? "",
        );
      } else await server.command(...args);
      const spoilt = { at: A, swarm: "spoilt", left: 0, event: "completed" } as const;
      for (let i = 0; i < 3; i++) assert.deepEqual(await tracker.announce(spoilt), AWAY);
      assert.deepEqual(await tracker.announce({ at: A, swarm: "b" }), ALONE);
      assert.equal(tracker.store.trouble, undefined);
      assert.equal(
        tracker.logged.filter((line) => line.startsWith("Cannot use what is in the store")).length,
        1,
      );
    },
  );
}

redisTest(
  "another program's value in the secret's place: the store isn't used, and it is said why",
  async () => {
    await using server = await RedisServer.start();
    await server.command("SET", "seedling:1:{swarms}:secret", "short");
    await using tracker = await StoreTracker.open(server.url);
    assert.match(tracker.store.trouble ?? "", /seedling:1:\{swarms\}:secret/);
    assert.deepEqual(await tracker.announce({ at: A }), AWAY);
  },
);
