// When web seeds are used, and when again: an engine, servers that are functions, and time as a number.

import assert from "node:assert/strict";
import type { Peer } from "../../peer/engine/peer.ts";
import type { WebSeedEvent } from "../../peer/events.ts";
import { SharedThrottle, Throttle } from "../../peer/net/throttle.ts";
import { WebSeeds } from "../../peer/web_seeds.ts";
import { BLOCK_LENGTH } from "../../protocol/piece_layout.ts";
import { contentOf, EngineHarness } from "../support/engine_harness.ts";
import { runPromises } from "../support/fake_clock.ts";
import { type MadeTorrentOptions, makeTorrent } from "../support/make_torrent.ts";

const PIECE_LENGTH = 64 * 1024;

/** A torrent's web seeds at "http://0.example/" and so on, all of which answer alike. */
async function open(
  count: number,
  answer: (host: string, init: RequestInit, path: string) => Response | Promise<Response>,
  files: MadeTorrentOptions["files"] = 8 * PIECE_LENGTH,
  limit?: Throttle,
) {
  const { metainfo } = await makeTorrent({ files: files as number, pieceLength: PIECE_LENGTH });
  const harness = new EngineHarness({ pieceCount: 8 });
  const events: WebSeedEvent[] = [];
  const seeds = new WebSeeds({
    metainfo: { ...metainfo, webSeeds: Array.from({ length: count }, (_, i) => `http://${i}.example/`) },
    engine: harness.engine,
    onEvent: (event) => events.push(event),
    onBug: (error) => {
      throw error;
    },
    fetch: (url, init) => {
      const { signal } = init;
      const { promise: aborted, reject } = Promise.withResolvers<never>();
      aborted.catch(() => {}); // it may have been answered long before
      signal?.addEventListener("abort", () => reject(signal.reason));
      const { hostname, pathname } = new URL(url);
      return Promise.race([aborted, answer(hostname, init, pathname)]);
    },
    now: () => harness.now,
    ...(limit === undefined ? {} : { limit }),
  });
  return {
    harness,
    seeds,
    events,
    /** A second passes; returns the hosts that were begun with, and what was said of those that ended. */
    async second(): Promise<string[]> {
      seeds.tick(harness.now);
      await runPromises();
      harness.now += 1_000;
      return events.splice(0).map(({ url, action, retryIn }) =>
        `${url.slice(7, 8)} ${action}${retryIn === undefined ? "" : ` ${retryIn}`}`
      );
    },
    peer: (): Peer => {
      const [peer] = harness.engine.peers;
      assert.ok(peer !== undefined);
      return peer;
    },
  };
}

function busy(seconds?: number): Response {
  const headers = seconds === undefined ? {} : { "retry-after": `${seconds}` };
  return new Response(null, { status: 503, headers });
}

const never = () => new Promise<Response>(() => {});

Deno.test("a web seed that fails is left alone twice as long each time, for an hour at most", async () => {
  const { second, seeds, harness } = await open(1, () => busy());
  const waits: number[] = [];
  while (waits.length < 13) {
    const [started, ended] = await second();
    assert.equal(started, "0 started");
    waits.push(Number(ended?.split(" ").at(-1)));
    harness.now = seeds.dueAt - 1;
    assert.deepEqual(await second(), [], "it is not due yet");
  }
  assert.deepEqual(waits, [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600]);
});

Deno.test("a web seed is left alone as long as it asks, for an hour at most", async () => {
  for (const [asked, waited] of [[1, 2], [90, 90], [1_000_000, 3600]] as const) {
    const { second } = await open(1, () => busy(asked));
    assert.deepEqual(await second(), ["0 started", `0 ended ${waited}`]);
  }
});

Deno.test("four web seeds are used at once, the others when one of them fails", async () => {
  const { second, seeds } = await open(6, (host) => host.startsWith("1") ? busy() : never());
  assert.deepEqual(await second(), ["0 started", "1 started", "2 started", "3 started", "1 ended 2"]);
  assert.equal(seeds.size, 3);
  assert.deepEqual(await second(), ["4 started"]);
  for (let seconds = 0; seconds < 10; seconds++) assert.deepEqual(await second(), [], "all places are taken");
  await seeds.close("done");
  assert.equal(seeds.size, 0);
});

Deno.test("a web seed that dribbles gives its place to another one after a minute", async () => {
  const dribbling = new Set<ReadableStreamDefaultController<Uint8Array>>();
  const { second, harness, seeds } = await open(5, (_host, { headers, signal }) => {
    const range = new Headers(headers).get("range") ?? "";
    const start = (controller: ReadableStreamDefaultController<Uint8Array>) => {
      dribbling.add(controller);
      signal?.addEventListener("abort", () => {
        dribbling.delete(controller);
        controller.error(signal.reason);
      });
    };
    return new Response(new ReadableStream({ start }), {
      status: 206,
      headers: { "content-range": `${range.replace("=", " ")}/*` },
    });
  });
  assert.deepEqual(await second(), ["0 started", "1 started", "2 started", "3 started"]);
  const said: string[] = [];
  for (let seconds = 0; seconds < 61; seconds++) {
    for (const controller of dribbling) controller.enqueue(new Uint8Array(1));
    harness.engine.tick(harness.now);
    said.push(...await second());
  }
  assert.deepEqual(said.filter((each) => each.startsWith("0")), ["0 ended 2"]);
  assert.ok(said.includes("4 started"));
  await seeds.close("done");
});

for (const [kind, hasRanges] of [["with ranges", true], ["without ranges", false]] as const) {
  Deno.test(`a web seed ${kind} is not given up while it is we who hold it back`, async () => {
    const shared = new SharedThrottle();
    shared.limit(100); // a block takes longer than a web seed may let us wait
    const content = new Uint8Array(8 * PIECE_LENGTH).map((_, at) =>
      contentOf(Math.floor(at / PIECE_LENGTH), at % PIECE_LENGTH - at % BLOCK_LENGTH)
    );
    const answer = (_host: string, { headers }: RequestInit) => {
      if (!hasRanges) return new Response(content);
      const range = new Headers(headers).get("range") ?? "";
      const [first = 0, last = 0] = range.slice("bytes=".length).split("-").map(Number);
      const { buffer } = content.slice(first, last + 1);
      return new Response(buffer, {
        status: 206,
        headers: { "content-range": `${range.replace("=", " ")}/*` },
      });
    };
    const { second, harness, seeds } = await open(1, answer, undefined, new Throttle(shared));
    const said: string[] = [];
    for (let seconds = 0; seconds < 400; seconds++) {
      shared.refill(1_000);
      harness.engine.tick(harness.now);
      said.push(...await second());
    }
    // That there are no ranges is noticed by the second request.
    const start = ["0 started"];
    assert.deepEqual(said, hasRanges ? start : [...start, "0 ended 0", ...start]);
    await seeds.close("done");
  });
}

Deno.test("a web seed whose bad data are found after it has gone does not come back", async () => {
  const { second, seeds, peer, harness } = await open(1, never);
  assert.deepEqual(await second(), ["0 started"]);
  const gone = peer();
  harness.engine.remove(gone);
  gone.wire.close("silent for too long");
  await runPromises();
  assert.equal(seeds.onBadData(gone, 3), "banned", "all of its only file is in doubt");
  for (let seconds = 0; seconds < 10; seconds++) await second();
  assert.equal(seeds.size, 0);
  assert.equal(seeds.dueAt, Infinity);
  const stranger = harness.join("all");
  assert.equal(seeds.onBadData(stranger.peer, 3), undefined, "not one of ours");
});

Deno.test("a web seed that lacks a file is not in use any more when all is here", async () => {
  const missing = () => new Response(null, { status: 404 });
  const { second, seeds, harness } = await open(1, (_host, _init, path) => {
    return path.endsWith("/b") ? missing() : never();
  }, [{ path: ["a"], length: 4 * PIECE_LENGTH }, { path: ["b"], length: 4 * PIECE_LENGTH }]);
  assert.deepEqual(await second(), ["0 started", "0 ended 0"]);
  assert.deepEqual(await second(), ["0 started"]);
  const other = harness.join("all");
  for (let seconds = 0; seconds < 100 && !harness.engine.isFinished; seconds++) {
    harness.answer(other);
    harness.engine.tick(harness.now += 1_000);
    await harness.settle();
  }
  assert.equal(harness.engine.isFinished, true);
  assert.deepEqual(await second(), ["0 ended"]);
  assert.deepEqual([seeds.size, harness.engine.isIdle], [0, true]);
});

Deno.test("web seeds that no torrent needs are not known: other schemes, and more than 64", async () => {
  const { metainfo } = await makeTorrent({ files: 8 * PIECE_LENGTH, pieceLength: PIECE_LENGTH });
  const hosts = new Set<string>();
  const harness = new EngineHarness({ pieceCount: 8 });
  const seeds = new WebSeeds({
    metainfo: {
      ...metainfo,
      webSeeds: ["ftp://f.example/", ...Array.from({ length: 200 }, (_, i) => `http://${i}.example/`)],
    },
    engine: harness.engine,
    onEvent: ({ url }) => hosts.add(url),
    onBug: reportError,
    fetch: () => Promise.resolve(busy(3600)),
    now: () => harness.now,
  });
  for (let seconds = 0; seconds < 100; seconds++) {
    seeds.tick(harness.now);
    await runPromises();
    harness.now += 1_000;
  }
  assert.equal(hosts.size, 64);
  assert.equal(hosts.has("ftp://f.example/"), false);
});
