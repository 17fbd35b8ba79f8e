// A web server without ranges beside an engine: no socket, and time is a number. The server's body is a stream that
// counts what was read of it.

import assert from "node:assert/strict";
import type { Peer } from "../../../peer/engine/peer.ts";
import { NORMAL, SKIP } from "../../../peer/engine/priorities.ts";
import { SharedThrottle, Throttle } from "../../../peer/net/throttle.ts";
import { WholeFileSeed } from "../../../peer/net/whole_file_seed.ts";
import { BLOCK_LENGTH } from "../../../protocol/piece_layout.ts";
import { bitfield, contentOf, EngineHarness, type HarnessOptions } from "../../support/engine_harness.ts";
import { runPromises } from "../../support/fake_clock.ts";
import type { Call } from "../../support/fake_wire.ts";

const PIECE_LENGTH = 4 * BLOCK_LENGTH;

interface Served extends HarnessOptions {
  /** Pieces in each file; default all in one. */
  files?: number[];
  /** The server stops sending in front of this block of its file. */
  stopsAt?: number;
  limit?: Throttle;
}

/** An engine with a web seed that sends whole files, of whole pieces each. */
function open(options: Served = {}) {
  const harness = new EngineHarness(options);
  const { layout, engine } = harness;
  const files = options.files ?? [layout.pieceCount];
  const requests: string[] = [];
  /** Blocks read from the server in all. */
  let read = 0;
  const seed = new WholeFileSeed({
    layout,
    now: () => harness.now,
    limit: options.limit,
    isWanted: (index) => engine.isMissing(index),
    isHere: (index, begin) => engine.isBlockHere(index, begin),
    *parts(offset, wanted) {
      let start = 0;
      for (const [fileIndex, pieces] of files.entries()) {
        const fileLength = pieces * PIECE_LENGTH;
        const from = Math.max(offset - start, 0);
        const length = Math.min(offset + wanted - start, fileLength) - from;
        if (length > 0) yield { fileIndex, url: `http://web.example/${fileIndex}`, from, length, fileLength };
        start += fileLength;
      }
    },
    fetch: (url, init) => {
      const fileIndex = Number(url.slice(-1));
      const firstPiece = files.slice(0, fileIndex).reduce((sum, pieces) => sum + pieces, 0);
      const [, last = 0] = /-(\d+)/.exec(new Headers(init.headers).get("range") ?? "")?.map(Number) ?? [];
      requests.push(`${fileIndex} ${(last + 1) / PIECE_LENGTH}`);
      const blocks = (files[fileIndex] as number) * 4;
      let at = 0;
      const stream = new ReadableStream<Uint8Array>({
        start: (controller) => {
          init.signal?.addEventListener("abort", () => controller.error(new Error("aborted")));
        },
        pull: (controller) => {
          if (at === options.stopsAt) return new Promise(() => {});
          const index = firstPiece + Math.floor(at / 4);
          controller.enqueue(new Uint8Array(BLOCK_LENGTH).fill(contentOf(index, at % 4 * BLOCK_LENGTH)));
          read++;
          if (++at === blocks) controller.close();
        },
      }, { highWaterMark: 0 });
      return Promise.resolve(new Response(stream));
    },
  });
  return {
    harness,
    seed,
    requests,
    read: () => read,
    /** Lets it into the engine, as the owner does. */
    join(): { peer: Peer; ended: Promise<void> } {
      const address = { ip: "web.example", port: 80 };
      const peer = engine.add(seed, { peerId: new Uint8Array(20), address, outgoing: true }, harness.now);
      const ended = seed.run(peer);
      peer.onUnchoke();
      peer.onBatchEnd(harness.now);
      return { peer, ended };
    },
    /** A second passes. */
    async second() {
      harness.now += 1_000;
      seed.tick(harness.now);
      engine.tick(harness.now);
      await runPromises();
    },
  };
}

Deno.test("WholeFileSeed brings the whole torrent in one pass, piece after piece", async () => {
  const { harness, requests, join } = open({ pieceCount: 40 });
  const { ended } = join();
  await ended;
  const stored = harness.events.filter((event) => event.startsWith("stored"));
  assert.deepEqual(stored, Array.from({ length: 40 }, (_, index) => `stored ${index}`));
  assert.equal(harness.engine.isComplete, true);
  assert.deepEqual(requests, ["0 40"]);
});

Deno.test("WholeFileSeed fetches only files of which something is missing, and these only so far", async () => {
  const have = [0, 1, 2, 3, 4, 6, 7, 8, 9];
  const { seed, harness, requests, read, join } = open({ pieceCount: 12, files: [4, 4, 4], have });
  const { ended } = join();
  await ended;
  assert.equal(harness.engine.isComplete, true);
  assert.deepEqual(requests, ["1 2", "2 4"]);
  assert.equal(read(), 6 * 4);
  assert.equal(seed.failure, undefined);
});

Deno.test("WholeFileSeed goes past pieces that are skipped without a wait", async () => {
  const { harness, requests, read, join } = open({ pieceCount: 8, files: [4, 4] });
  const levels = new Uint8Array(8).fill(NORMAL).fill(SKIP, 0, 6);
  harness.engine.setPriorities(levels, harness.now);
  const { ended } = join();
  await runPromises();
  assert.equal(harness.engine.isFinished, true);
  assert.deepEqual(requests, ["1 4"]);
  assert.equal(read(), 4 * 4);
  await ended;
});

Deno.test("WholeFileSeed reads no further than there are buffers for", async () => {
  const { harness, read, join } = open({ pieceCount: 40, buffers: 3, holdStore: true });
  const { ended } = join();
  await runPromises();
  assert.equal(harness.storing.length, 3);
  assert.ok(read() <= 3 * 4 + 1, String(read()));
  while (!harness.engine.isComplete) {
    await harness.settle();
    await runPromises();
  }
  await ended;
});

Deno.test("WholeFileSeed goes past a piece that another peer is bringing after two seconds", async () => {
  const { seed, harness, join, second } = open({ pieceCount: 4 });
  const other = harness.join([0]);
  harness.batch(other);
  assert.equal(other.wire.take("request").length, 4, "the piece is asked of the other one");
  const { ended } = join();
  await runPromises();
  assert.equal(harness.events.length, 0);
  for (let seconds = 0; seconds < 4; seconds++) await second();
  assert.deepEqual(harness.events.filter((event) => event.startsWith("stored")), [
    "stored 1",
    "stored 2",
    "stored 3",
  ]);
  await ended;
  assert.equal(seed.closeReason, "it has sent all that it was asked for");
});

Deno.test("WholeFileSeed goes past blocks that another peer has brought before it left, without a wait", async () => {
  const { harness, join } = open({ pieceCount: 3 });
  const other = harness.join([0]);
  const [first, second] = other.wire.take("request");
  harness.answer(other, [first, second] as Call[]);
  harness.engine.remove(other.peer);
  const { peer, ended } = join();
  await ended; // no time has passed, and no tick
  assert.equal(harness.engine.isComplete, true);
  assert.equal(peer.downloaded, (3 * 4 - 2) * BLOCK_LENGTH);
});

Deno.test("WholeFileSeed goes past blocks that an earlier run has kept, without a wait", async () => {
  const read = Promise.withResolvers<void>();
  const keeper = {
    keep: () => Promise.resolve(),
    recall: async (index: number, begin: number, length: number) => {
      await read.promise;
      return Uint8Array.from({ length }, (_, i) => contentOf(index, begin + i - i % BLOCK_LENGTH));
    },
  };
  const kept = [{ index: 1, blocks: bitfield(4, [0, 3]) }];
  const { harness, join } = open({ pieceCount: 3, keeper, kept });
  const { peer, ended } = join();
  await runPromises();
  assert.equal(peer.downloaded, (3 * 4 - 2) * BLOCK_LENGTH, "the disk has not answered yet");
  read.resolve();
  await ended;
  await runPromises();
  assert.equal(harness.engine.isComplete, true);
});

Deno.test("WholeFileSeed goes on at once when another peer has brought the piece", async () => {
  const { harness, join } = open({ pieceCount: 4 });
  const other = harness.join([0]);
  const { ended } = join();
  await runPromises();
  harness.answer(other);
  await ended; // no time has passed, and no tick
  assert.equal(harness.engine.isComplete, true);
});

Deno.test("WholeFileSeed reads no further in a file whose rest others have brought, and goes on with the next", async () => {
  const { harness, requests, read, join, second } = open({ pieceCount: 3, files: [2, 1], stopsAt: 5 });
  const other = harness.join([1]);
  const { ended } = join();
  await runPromises();
  harness.answer(other);
  await runPromises();
  assert.deepEqual([requests, read()], [["0 2"], 5]);
  await second();
  await ended;
  assert.equal(harness.engine.isComplete, true);
  assert.deepEqual(requests, ["0 2", "1 1"]);
});

Deno.test("WholeFileSeed ends when its server is silent for 30 s, and not while it waits for the engine", async () => {
  const { seed, join, second } = open({ pieceCount: 4, stopsAt: 6 });
  const { ended } = join();
  await runPromises();
  for (let seconds = 1; seconds < 30; seconds++) await second();
  assert.equal(seed.closeReason, "");
  await second();
  await ended;
  assert.equal(seed.failure?.message, "it sent nothing for 30 s");

  const waiting = open({ pieceCount: 4, buffers: 1, holdStore: true });
  waiting.join();
  await runPromises();
  for (let seconds = 1; seconds < 29; seconds++) await waiting.second();
  assert.equal(waiting.seed.closeReason, "");
  waiting.seed.close("done");
});

Deno.test("WholeFileSeed doesn't take our own limit on downloads for a silent server", async () => {
  const shared = new SharedThrottle();
  const { seed, harness, join, second } = open({ pieceCount: 4, limit: new Throttle(shared) });
  shared.limit(1024);
  const { ended } = join();
  await runPromises();
  for (let seconds = 0; seconds < 40; seconds++) await second();
  assert.equal(seed.closeReason, "");
  shared.limit(Infinity);
  shared.refill(50);
  await ended;
  assert.equal(harness.engine.isComplete, true);
});

Deno.test("WholeFileSeed closed in the middle delivers nothing more", async () => {
  const { seed, harness, join } = open({ pieceCount: 40, buffers: 2, holdStore: true });
  const { ended } = join();
  await runPromises();
  seed.close("leaving");
  await ended;
  await harness.settle();
  assert.deepEqual(harness.events, ["stored 0", "stored 1"]);
  assert.deepEqual([seed.closeReason, seed.failure], ["leaving", undefined]);
});
