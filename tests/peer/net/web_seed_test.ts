// What a web seed makes of the engine's requests, and of the server's answers. The server is a function: the test says
// what it answers, and when.

import assert from "node:assert/strict";
import type { FetchingPeer } from "../../../peer/net/web_seed_wire.ts";
import { SharedThrottle, Throttle } from "../../../peer/net/throttle.ts";
import { WebSeed } from "../../../peer/net/web_seed.ts";
import { WebSeedFiles } from "../../../peer/web_seed_files.ts";
import { BLOCK_LENGTH } from "../../../protocol/piece_layout.ts";
import { EngineHarness } from "../../support/engine_harness.ts";
import { FakeClock, runPromises } from "../../support/fake_clock.ts";
import { type MadeTorrentOptions, makeTorrent } from "../../support/make_torrent.ts";

const PIECE_LENGTH = 4 * BLOCK_LENGTH;

/** A web seed, the requests that it has made, and the blocks that it has brought. */
async function open(files: MadeTorrentOptions["files"] = 40 * PIECE_LENGTH - 5, limit?: Throttle) {
  const torrent = await makeTorrent({ files: files as number, pieceLength: PIECE_LENGTH });
  const { layout } = torrent.metainfo;
  const asked: {
    path: string;
    range: string;
    answer(): Promise<void>;
    fail(status: number): Promise<void>;
  }[] = [];
  const blocks: string[] = [];
  const clock = new FakeClock();
  let batches = 0;
  const map = new WebSeedFiles(torrent.metainfo);
  const seed = new WebSeed({
    layout,
    parts: (offset, length) => map.parts("http://web.example/", offset, length),
    now: clock.read,
    limit,
    fetch: (url, init) =>
      new Promise((resolve, reject) => {
        const range = new Headers(init.headers).get("range")?.slice("bytes=".length) ?? "";
        const path = new URL(url).pathname;
        const reply = async (response: Response) => {
          resolve(response);
          await runPromises();
        };
        init.signal?.addEventListener("abort", () => reject(new Error("aborted")));
        const answer = () => {
          const [first = 0, last = 0] = range.split("-").map(Number);
          const file = torrent.metainfo.files.find(({ path: [name] }) => path.endsWith(`/${name}`));
          assert.ok(file !== undefined);
          const body = torrent.content.slice(file.offset + first, file.offset + last + 1);
          const headers = { "content-range": `bytes ${range}/${file.length}` };
          return reply(new Response(body, { status: 206, headers }));
        };
        asked.push({ path, range, answer, fail: (status) => reply(new Response(null, { status })) });
      }),
  });
  const peer = {
    onPiece(index: number, begin: number, block: Uint8Array) {
      const offset = layout.pieceOffset(index) + begin;
      assert.deepEqual(block, torrent.content.subarray(offset, offset + layout.blockLength(index, begin)));
      blocks.push(`${index}:${begin / BLOCK_LENGTH}`);
    },
    onSuggest: () => {},
    onBatchEnd: () => void batches++,
    onHeldBack: () => {},
  } as unknown as FetchingPeer;
  const ended = seed.run(peer);
  return {
    seed,
    asked,
    blocks,
    clock,
    ended,
    batches: () => batches,
    /** Asks for blocks of pieces, each whole, and flushes. */
    request(...pieces: number[]) {
      for (const index of pieces) {
        for (let begin = 0; begin < layout.pieceLengthAt(index); begin += BLOCK_LENGTH) {
          seed.request(index, begin, layout.blockLength(index, begin));
        }
      }
      seed.flush();
    },
    /** Paths and ranges of the requests since the last call. */
    ranges: () => asked.splice(0).map(({ path, range }) => `${path} ${range}`),
  };
}

function blocksOf(...pieces: number[]): string[] {
  return pieces.flatMap((index) => [0, 1, 2, 3].map((block) => `${index}:${block}`));
}

function range(firstPiece: number, lastPiece: number): string {
  return `${firstPiece * PIECE_LENGTH}-${(lastPiece + 1) * PIECE_LENGTH - 1}`;
}

Deno.test("WebSeed fetches blocks that lie side by side in one go, over the borders of pieces", async () => {
  const { seed, asked, blocks, request, ended } = await open();
  request(7, 8, 9);
  assert.deepEqual(asked.map(({ range }) => range), [range(7, 9)]);
  await asked[0]?.answer();
  assert.deepEqual(blocks, blocksOf(7, 8, 9));
  seed.close("done");
  await ended;
});

Deno.test("WebSeed makes a request for each run, four at a time, the others when one has ended", async () => {
  const { seed, asked, blocks, request, ended } = await open();
  request(1, 5, 9, 13, 17, 21);
  assert.deepEqual(asked.map(({ range }) => range), [range(1, 1), range(5, 5), range(9, 9), range(13, 13)]);
  await asked[2]?.answer();
  assert.deepEqual(asked.slice(4).map(({ range }) => range), [range(17, 17)]);
  assert.deepEqual(blocks, blocksOf(9));
  seed.close("done");
  await ended;
});

Deno.test("WebSeed leaves half of a long run for the next request, and joins what comes in small parts", async () => {
  const { seed, asked, request, ended } = await open();
  request(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
  assert.deepEqual(asked.splice(0).map(({ range }) => range), [range(0, 5), range(6, 11)]);
  // Single blocks wait while others are under way, until there are enough of them, or their piece is whole.
  for (const begin of [0, 1, 2]) {
    seed.request(20, begin * BLOCK_LENGTH, BLOCK_LENGTH);
    seed.flush();
  }
  assert.equal(asked.length, 0);
  seed.request(20, 3 * BLOCK_LENGTH, BLOCK_LENGTH);
  seed.flush();
  assert.deepEqual(asked.map(({ range }) => range), [range(20, 20)]);
  seed.close("done");
  await ended;
});

Deno.test("WebSeed has short pieces asked for side by side, a mebibyte at a time", async () => {
  const harness = new EngineHarness({ pieceCount: 256 });
  const ranges: string[] = [];
  const seed = new WebSeed({
    layout: harness.layout,
    *parts(offset, length) {
      const fileLength = harness.layout.totalLength;
      yield { fileIndex: 0, url: "http://web.example/", from: offset, length, fileLength };
    },
    fetch: (_url, { headers, signal }) => {
      ranges.push(new Headers(headers).get("range") ?? "");
      const { promise, reject } = Promise.withResolvers<never>();
      signal?.addEventListener("abort", () => reject(signal.reason));
      return promise;
    },
  });
  const address = { ip: "web.example", port: 80 };
  const remote = { peerId: new Uint8Array(20), address, outgoing: true, fast: true };
  const peer = harness.engine.add(seed, remote, harness.now);
  const ended = seed.run(peer);
  peer.onHaveAll();
  peer.onUnchoke();
  peer.onBatchEnd(harness.now);
  // 64 blocks of 16 pieces, which lie in two such groups, or three as half of a run is left for the next request.
  const pieces = ranges.flatMap((range) => {
    const [, first = 0, last = 0] = /^bytes=(\d+)-(\d+)$/.exec(range)?.map(Number) ?? [];
    return Array.from({ length: (last + 1 - first) / PIECE_LENGTH }, (_, i) => first / PIECE_LENGTH + i);
  });
  assert.equal(new Set(pieces).size, 16);
  assert.ok(ranges.length <= 3, String(ranges));
  seed.close("done");
  await ended;
});

Deno.test("WebSeed waits no longer for more when nothing else is under way", async () => {
  const { seed, asked, request, ended } = await open();
  request(0);
  seed.request(3, 0, BLOCK_LENGTH);
  seed.flush();
  assert.equal(asked.length, 1);
  await asked[0]?.answer();
  assert.equal(asked[1]?.range, `${3 * PIECE_LENGTH}-${3 * PIECE_LENGTH + BLOCK_LENGTH - 1}`);
  seed.close("done");
  await ended;
});

Deno.test("WebSeed fetches a run from each of the files that it lies in, and makes padding itself", async () => {
  const first = BLOCK_LENGTH + 100;
  const { seed, asked, blocks, request, ranges, ended } = await open([
    { path: ["a"], length: first },
    { path: ["empty"], length: 0 },
    { path: [".pad"], length: BLOCK_LENGTH - 200, isPadding: true },
    { path: ["b"], length: 2 * PIECE_LENGTH },
  ]);
  request(0);
  await asked[0]?.answer();
  await asked[1]?.answer();
  assert.deepEqual(ranges(), [`/made/a 0-${first - 1}`, `/made/b 0-${PIECE_LENGTH - 2 * BLOCK_LENGTH + 99}`]);
  assert.deepEqual(blocks, blocksOf(0));
  seed.close("done");
  await ended;
});

Deno.test("WebSeed does not fetch what is cancelled before, and does not deliver what is cancelled meanwhile", async () => {
  const { seed, asked, blocks, request, ended } = await open();
  for (const index of [2, 4]) {
    for (const at of [0, 1, 2, 3]) seed.request(index, at * BLOCK_LENGTH, BLOCK_LENGTH);
  }
  for (const at of [0, 1, 2, 3]) seed.cancel(4, at * BLOCK_LENGTH);
  seed.flush();
  seed.cancel(2, BLOCK_LENGTH);
  assert.deepEqual(asked.map(({ range }) => range), [range(2, 2)]);
  request(2); // again: the answer under way does not count for it
  await asked[0]?.answer();
  assert.deepEqual(blocks, ["2:0", "2:2", "2:3"]);
  seed.close("done");
  await ended;
});

Deno.test("WebSeed ends a request of which nothing is wanted any more, and goes on", async () => {
  const { seed, asked, blocks, request, ended } = await open();
  request(2);
  for (const at of [0, 1, 2, 3]) seed.cancel(2, at * BLOCK_LENGTH);
  request(6);
  await runPromises();
  assert.equal(seed.closeReason, "");
  assert.equal(seed.runs, 1);
  await asked[1]?.answer();
  assert.deepEqual(blocks, blocksOf(6));
  seed.close("done");
  await ended;
});

Deno.test("WebSeed ends with the server's failure, and says with which file", async () => {
  const { seed, asked, request, ended } = await open([PIECE_LENGTH, PIECE_LENGTH]);
  request(1);
  await asked[0]?.fail(404);
  await ended;
  assert.deepEqual([seed.closeReason, seed.failure?.kind, seed.failedFile], ["HTTP 404", "missing", 1]);
});

Deno.test("WebSeed ends when its server is silent for 30 s, not when it is slow", async () => {
  const { seed, asked, request, clock, ended } = await open();
  request(1, 3);
  seed.tick(clock.advance(29_000));
  await asked[0]?.answer();
  await asked[1]?.answer();
  request(5, 7);
  seed.tick(clock.advance(29_000));
  await asked[2]?.answer();
  assert.equal(seed.closeReason, "");
  seed.tick(clock.advance(1_000)); // the other one
  await ended;
  assert.deepEqual([seed.closeReason, seed.failure?.kind], ["it sent nothing for 30 s", "later"]);
});

Deno.test("WebSeed doesn't take our own limit on downloads for a silent server", async () => {
  const shared = new SharedThrottle();
  const { seed, asked, blocks, request, clock, ended } = await open(undefined, new Throttle(shared));
  shared.limit(1024);
  request(1, 3);
  await asked[0]?.answer();
  await asked[1]?.answer();
  for (let seconds = 0; seconds < 100; seconds++) seed.tick(clock.advance(1_000));
  assert.equal(seed.closeReason, "");
  shared.refill(100_000);
  shared.limit(Infinity);
  shared.refill(50);
  await runPromises();
  assert.deepEqual(blocks.toSorted(), blocksOf(1, 3));
  request(5); // the server's time begins anew
  seed.tick(clock.advance(30_000));
  await ended;
  assert.equal(seed.closeReason, "it sent nothing for 30 s");
});

Deno.test("WebSeed lets a server be silent that may wait for us to take what it sends beside", async () => {
  const shared = new SharedThrottle();
  const { seed, asked, request, clock, ended } = await open(undefined, new Throttle(shared));
  shared.limit(1024);
  request(1, 3);
  await asked[0]?.answer();
  request(5);
  await asked[2]?.answer(); // held back
  for (let seconds = 0; seconds < 100; seconds++) seed.tick(clock.advance(1_000));
  assert.equal(seed.closeReason, "", "the second request has no answer yet");
  shared.limit(Infinity);
  await runPromises();
  seed.tick(clock.advance(31_000));
  await ended;
  assert.equal(seed.closeReason, "it sent nothing for 30 s");
});

Deno.test("WebSeed with nothing to do shows at each tick that it lives", async () => {
  const { seed, batches, clock, ended } = await open();
  seed.tick(clock.advance(1_000));
  seed.tick(clock.advance(1_000));
  assert.equal(batches(), 2);
  seed.close("done");
  seed.tick(clock.advance(1_000));
  assert.equal(batches(), 2);
  await ended;
});

Deno.test("WebSeed closed in the middle of an answer delivers nothing more", async () => {
  const { seed, asked, blocks, request, ended } = await open();
  request(1);
  seed.close("leaving");
  await asked[0]?.answer();
  await ended;
  assert.deepEqual([blocks, seed.closeReason, seed.runs], [[], "leaving", 0]);
});
