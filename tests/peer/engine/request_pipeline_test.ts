import assert from "node:assert/strict";
import { RequestPipeline } from "../../../peer/engine/request_pipeline.ts";

/** Lets the peer send `blocksPerSecond` for a while, in batches of a tenth of a second. Something stays asked for. */
function flow(pipeline: RequestPipeline, from: number, ms: number, blocksPerSecond: number): number {
  let begin = 0;
  let owed = 0;
  pipeline.ask(1, 0, 1, from);
  for (let now = from + 100; now <= from + ms; now += 100) {
    for (owed += blocksPerSecond / 10; owed >= 1; owed--) {
      pipeline.ask(0, begin, 1, now);
      pipeline.arrive(0, begin++, now);
    }
    pipeline.measure(now);
  }
  pipeline.giveUp(1, 0);
  return from + ms;
}

Deno.test("RequestPipeline starts with 64 blocks, or with the cap if that is less", () => {
  assert.equal(new RequestPipeline(500).depth, 64);
  assert.equal(new RequestPipeline(10).depth, 10);
});

Deno.test("RequestPipeline.depth follows the rate: a second's worth and a little", () => {
  const pipeline = new RequestPipeline(500);
  pipeline.restart(0);
  const now = flow(pipeline, 0, 5000, 200);
  assert.ok(pipeline.depth >= 200 && pipeline.depth <= 230, `got ${pipeline.depth}`);
  flow(pipeline, now, 20_000, 10);
  assert.ok(pipeline.depth >= 12 && pipeline.depth <= 20, `got ${pipeline.depth}`);
});

Deno.test("RequestPipeline.depth never goes beyond the cap", () => {
  const pipeline = new RequestPipeline(500);
  pipeline.restart(0);
  flow(pipeline, 0, 3000, 20_000);
  assert.equal(pipeline.depth, 500);
});

Deno.test("RequestPipeline.depth does not fall while there was nothing to ask for", () => {
  const pipeline = new RequestPipeline(500);
  pipeline.restart(0);
  const now = flow(pipeline, 0, 5000, 300);
  const before = pipeline.depth;
  for (let i = 1; i <= 10; i++) {
    pipeline.starved(now + i * 1000);
    pipeline.measure(now + i * 1000);
  }
  assert.equal(pipeline.depth, before);
});

Deno.test("RequestPipeline.arrive() tells asked, late and unknown blocks apart, each once", () => {
  const pipeline = new RequestPipeline(500);
  pipeline.ask(1, 0, 16384, 0);
  pipeline.ask(1, 16384, 16384, 0);
  pipeline.ask(2, 0, 16384, 0);
  pipeline.giveUpOldest();
  assert.equal(pipeline.giveUp(2, 0), true);
  assert.equal(pipeline.giveUp(2, 0), false);
  assert.equal(pipeline.arrive(1, 16384, 1), "asked");
  assert.equal(pipeline.arrive(1, 16384, 1), "unknown");
  assert.equal(pipeline.arrive(1, 0, 1), "late");
  assert.equal(pipeline.arrive(1, 0, 1), "unknown");
  assert.equal(pipeline.arrive(2, 0, 1), "late");
  assert.equal(pipeline.arrive(3, 0, 1), "unknown");
});

Deno.test("RequestPipeline remembers the last 1024 requests that were given up", () => {
  const pipeline = new RequestPipeline(500);
  for (let i = 0; i < 1025; i++) {
    pipeline.ask(i, 0, 1, 0);
    pipeline.giveUpOldest();
  }
  assert.equal(pipeline.arrive(0, 0, 1), "unknown");
  assert.equal(pipeline.arrive(1, 0, 1), "late");
});

Deno.test("RequestPipeline.waitedMs() counts from the last block, or from the first request", () => {
  const pipeline = new RequestPipeline(500);
  assert.equal(pipeline.waitedMs(1000), 0);
  pipeline.ask(0, 0, 1, 1000);
  pipeline.ask(0, 1, 1, 4000);
  assert.equal(pipeline.waitedMs(5000), 4000);
  pipeline.arrive(0, 0, 5000);
  assert.equal(pipeline.waitedMs(7000), 2000);
  pipeline.arrive(0, 1, 8000);
  assert.equal(pipeline.waitedMs(90_000), 0);
});

Deno.test("RequestPipeline asks a snubbing peer for one block, and trusts it again when a block comes", () => {
  const pipeline = new RequestPipeline(500);
  pipeline.ask(0, 0, 1, 0);
  pipeline.isSnubbed = true;
  assert.equal(pipeline.depth, 1);
  pipeline.arrive(0, 0, 70_000);
  assert.equal(pipeline.isSnubbed, false);
  assert.equal(pipeline.depth, 64);
});

Deno.test("RequestPipeline knows a fast peer after one burst, before a whole period has passed", () => {
  const pipeline = new RequestPipeline(500);
  pipeline.restart(0);
  for (let i = 0; i < 64; i++) pipeline.ask(0, i, 1, 0);
  for (let i = 0; i < 64; i++) pipeline.arrive(0, i, 200);
  pipeline.starved(200);
  assert.equal(pipeline.blockRate, 320);
  assert.equal(pipeline.depth, 324);
});

Deno.test("RequestPipeline takes a few blocks at once for no proof of speed", () => {
  const pipeline = new RequestPipeline(500);
  pipeline.restart(0);
  for (let i = 0; i < 7; i++) pipeline.ask(0, i, 1, 0);
  for (let i = 0; i < 7; i++) pipeline.arrive(0, i, 1);
  pipeline.starved(1);
  assert.equal(pipeline.blockRate, 0);
});

Deno.test("RequestPipeline.excuse() takes time off what the peer has let us wait, no more than there is", () => {
  const pipeline = new RequestPipeline(256);
  pipeline.ask(0, 0, 1, 1000);
  pipeline.excuse(1000, 5000);
  assert.equal(pipeline.waitedMs(5000), 3000);
  pipeline.excuse(9000, 5000);
  assert.equal(pipeline.waitedMs(6000), 1000);
});

Deno.test("RequestPipeline.waitedMs() is not shortened by late blocks", () => {
  const pipeline = new RequestPipeline(500);
  pipeline.ask(0, 0, 1, 0);
  pipeline.ask(0, 1, 1, 0);
  pipeline.giveUpOldest();
  pipeline.arrive(0, 0, 3000);
  assert.equal(pipeline.waitedMs(4000), 4000);
});

/** So many blocks come at once, `ms` after the first was asked for. */
function burst(pipeline: RequestPipeline, blocks: number, ms: number): void {
  pipeline.restart(0);
  for (let i = 0; i < blocks; i++) pipeline.ask(0, i, 1, 0);
  for (let i = 0; i < blocks; i++) pipeline.arrive(0, i, ms);
  pipeline.measure(ms);
}

Deno.test("RequestPipeline asks for long blocks who takes them and begins fast, and as long as that is so", () => {
  const asksLong = (takesLong: boolean, cap: number, ms: number) => {
    const pipeline = new RequestPipeline(cap);
    pipeline.takesLong = takesLong;
    burst(pipeline, 64, ms);
    assert.equal(pipeline.blockRate, 0, "nothing is measured yet");
    assert.equal(pipeline.depth, ms > 125 ? 64 : Math.min(256, cap));
    return pipeline.asksLong;
  };
  assert.equal(asksLong(true, 500, 125), true);
  assert.equal(asksLong(true, 500, 126), false, "less than 8 MiB/s");
  assert.equal(asksLong(false, 500, 20), false);
  assert.equal(asksLong(true, 63, 20), false, "no two fit");
  const pipeline = new RequestPipeline(500);
  pipeline.takesLong = true;
  burst(pipeline, 63, 20);
  assert.equal(pipeline.asksLong, false, "less than a MiB");
  burst(pipeline, 64, 20);
  pipeline.isSnubbed = true;
  assert.equal(pipeline.asksLong, false);
  pipeline.isSnubbed = false;
  const now = flow(pipeline, 20, 2000, 200);
  assert.equal(pipeline.asksLong, false);
  flow(pipeline, now, 2000, 600);
  assert.equal(pipeline.asksLong, true);
});

Deno.test("RequestPipeline.room is what is missing, but no part of a long block while others are on their way", () => {
  const pipeline = new RequestPipeline(500);
  assert.equal(pipeline.room, 64);
  for (let i = 0; i < 60; i++) pipeline.ask(1, i, 1, 0);
  assert.equal(pipeline.room, 4);
  for (let i = 0; i < 60; i++) pipeline.giveUp(1, i);
  pipeline.takesLong = true;
  burst(pipeline, 64, 20);
  for (let i = 0; i < 256 - 32; i++) pipeline.ask(2, i, 1, 20);
  assert.equal(pipeline.room, 32);
  pipeline.ask(2, 500, 1, 20);
  assert.equal(pipeline.room, 0);
});

Deno.test("RequestPipeline.knows() what is asked for and what was lately given up", () => {
  const pipeline = new RequestPipeline(500);
  pipeline.ask(1, 100, 10, 0);
  pipeline.ask(1, 200, 10, 0);
  pipeline.giveUpOldest();
  assert.deepEqual([pipeline.knows(1, 0, 101), pipeline.knows(1, 200, 1), pipeline.knows(1, 101, 99)], [
    true,
    true,
    false,
  ]);
  pipeline.onReject(1, 100);
  assert.equal(pipeline.knows(1, 100, 1), false);
});

Deno.test("RequestPipeline.requests() are those that were sent: a long one once", () => {
  const pipeline = new RequestPipeline(500);
  const [block, long] = [16_384, 512 * 1024];
  pipeline.ask(1, 0, block, 0);
  for (let i = 0; i < 32; i++) pipeline.ask(1, long + i * block, long, 0);
  for (let i = 0; i < 3; i++) pipeline.ask(2, i * block, 2 * block + 5, 0);
  pipeline.ask(2, 3 * block, 5, 0);
  pipeline.giveUp(1, long);
  assert.deepEqual([...pipeline.requests()], [
    { index: 1, begin: 0, length: block },
    { index: 1, begin: long, length: long },
    { index: 2, begin: 0, length: 2 * block + 5 },
    { index: 2, begin: 3 * block, length: 5 },
  ]);
});
