import assert from "node:assert/strict";
import { equals } from "../../../protocol/bytes.ts";
import {
  decodeMetadataMessage,
  encodeMetadataData,
  METADATA_PIECE_LENGTH,
} from "../../../protocol/ut_metadata.ts";
import { MAX_METADATA_BYTES, MetadataFetch } from "../../../peer/engine/metadata_fetch.ts";
import { pseudoRandomBytes } from "../../support/random.ts";

const REST_MS = 30_000;
const INFO = pseudoRandomBytes(5 * METADATA_PIECE_LENGTH + 100, 1); // six pieces
const FALSE_INFO = pseudoRandomBytes(INFO.length, 2);

/** A fetch, its peers by name, and what it has asked of them. */
class Harness {
  now = 1_000_000;
  readonly asked: [peer: string, piece: number][] = [];
  readonly liars: string[] = [];
  result: Uint8Array | undefined;
  readonly fetch = new MetadataFetch<string>({
    send: (peer, payload) => {
      const message = decodeMetadataMessage(payload);
      assert.equal(message?.type, "request");
      this.asked.push([peer, message?.piece ?? -1]);
    },
    verify: (bytes) => Promise.resolve(equals(bytes, INFO)),
    onDone: (bytes) => this.result = bytes,
    onLiar: (peer) => this.liars.push(peer),
    onFlush: () => {},
  });

  join(peer: string, size = INFO.length): void {
    this.fetch.onSize(peer, size, this.now);
  }

  /** What was asked of a peer since the last time. */
  take(peer: string): number[] {
    const pieces = this.asked.filter(([name]) => name === peer).map(([, piece]) => piece);
    this.asked.splice(0, this.asked.length, ...this.asked.filter(([name]) => name !== peer));
    return pieces;
  }

  send(peer: string, piece: number, info: Uint8Array = INFO, totalSize = info.length): void {
    const message = decodeMetadataMessage(encodeMetadataData(piece, info));
    if (message?.type === "data") this.fetch.onMessage(peer, { ...message, totalSize }, this.now);
  }

  reject(peer: string, piece: number): void {
    this.fetch.onMessage(peer, { type: "reject", piece }, this.now);
  }

  /** Answers whatever is asked of these peers, until nothing is, each with its own truth. */
  async answerAll(truths: Record<string, Uint8Array>): Promise<void> {
    for (let idle = 0; idle < 10; idle++) {
      for (const [peer, info] of Object.entries(truths)) {
        for (const piece of this.take(peer)) {
          idle = 0;
          this.send(peer, piece, info);
        }
      }
      await null;
    }
  }

  pass(ms: number): void {
    for (const end = this.now + ms; this.now < end;) {
      this.now += 1000;
      this.fetch.tick(this.now);
    }
  }
}

Deno.test("MetadataFetch asks several peers for different pieces, a few at a time, and ends with the whole", async () => {
  const harness = new Harness();
  harness.join("a");
  assert.deepEqual(harness.take("a"), [0, 1, 2, 3]);
  harness.join("b");
  assert.deepEqual(harness.take("b"), [4, 5]);
  for (const piece of [3, 0, 2, 1]) harness.send("a", piece);
  harness.send("b", 4);
  assert.equal(harness.fetch.progress, 5 / 6);
  harness.send("b", 5);
  await null;
  await null;
  assert.deepEqual(harness.result, INFO);
  assert.deepEqual(harness.liars, []);
});

Deno.test("MetadataFetch asks others for what a peer refuses, or had when it left", () => {
  const harness = new Harness();
  harness.join("a");
  harness.join("b");
  harness.take("a");
  harness.take("b");
  harness.reject("a", 1);
  assert.deepEqual(harness.take("b"), [1]);
  assert.deepEqual(harness.take("a"), [], "who refuses is left alone for a while");
  harness.fetch.remove("a", harness.now);
  assert.deepEqual(harness.take("b"), [0], "up to four at a time");
});

Deno.test("MetadataFetch asks others for what does not come, and takes it when it comes late", () => {
  const harness = new Harness();
  harness.join("slow");
  harness.take("slow");
  harness.pass(5_000);
  harness.join("quick");
  assert.deepEqual(harness.take("quick"), [4, 5]);
  harness.pass(5_000);
  assert.deepEqual(harness.take("quick"), [0, 1]);
  assert.deepEqual(harness.take("slow"), []);
  harness.send("slow", 2);
  assert.equal(harness.fetch.progress, 1 / 6);
  harness.pass(REST_MS);
  assert.ok(harness.take("slow").length > 0, "it gets another chance");
});

Deno.test("MetadataFetch drops a peer whose metadata have a wrong hash, and goes on with the next", async () => {
  const harness = new Harness();
  harness.join("liar");
  await harness.answerAll({ liar: FALSE_INFO });
  assert.deepEqual(harness.liars, ["liar"]);
  harness.join("honest");
  await harness.answerAll({ honest: INFO });
  assert.deepEqual(harness.result, INFO);
});

Deno.test("MetadataFetch finds out who of several has lied, and blames no other", async () => {
  const harness = new Harness();
  harness.join("honest");
  harness.join("liar");
  harness.join("late");
  await harness.answerAll({ honest: INFO, liar: FALSE_INFO, late: INFO });
  assert.deepEqual(harness.result, INFO);
  assert.deepEqual(harness.liars.filter((peer) => peer !== "liar"), []);

  const crowd = new Harness();
  for (const name of ["liar 1", "liar 2", "liar 3", "honest"]) crowd.join(name);
  await crowd.answerAll({ "liar 1": FALSE_INFO, "liar 2": FALSE_INFO, "liar 3": FALSE_INFO, honest: INFO });
  assert.deepEqual(crowd.result, INFO);
  assert.ok(!crowd.liars.includes("honest"));
});

Deno.test("MetadataFetch asks each alone for all when what several sent is wrong: nobody waits for the silent, and who lied goes", async () => {
  const harness = new Harness();
  harness.join("silent");
  harness.join("liar");
  for (const piece of harness.take("silent")) harness.send("silent", piece);
  for (const piece of harness.take("liar")) harness.send("liar", piece, FALSE_INFO);
  await null;
  await null;
  assert.deepEqual(harness.liars, [], "two have sent something: not proven");
  assert.deepEqual([harness.take("silent"), harness.take("liar")], [[0, 1, 2, 3], [0, 1, 2, 3]]);
  for (const piece of [0, 1, 2, 3]) harness.send("liar", piece, FALSE_INFO);
  await harness.answerAll({ liar: FALSE_INFO });
  assert.deepEqual(harness.liars, ["liar"]);
  harness.join("honest");
  await harness.answerAll({ honest: INFO });
  assert.deepEqual(harness.result, INFO);
});

Deno.test("MetadataFetch drops who claims too much, changes the claim, or sends another size than claimed", () => {
  const harness = new Harness();
  harness.join("huge", MAX_METADATA_BYTES + 1);
  harness.join("fickle", 100);
  harness.join("fickle", 101);
  harness.join("short");
  harness.send("short", 0, INFO.subarray(0, 10), INFO.length);
  harness.join("other");
  harness.send("other", 0, INFO, INFO.length + 1);
  assert.deepEqual(harness.liars, ["huge", "fickle", "short", "other"]);
  harness.join("largest", MAX_METADATA_BYTES);
  assert.equal(harness.take("largest").length, 4);
});

Deno.test("MetadataFetch ignores what it did not ask for", () => {
  const harness = new Harness();
  harness.send("stranger", 0);
  harness.join("a");
  harness.take("a");
  harness.send("a", 5);
  harness.send("a", 4_000_000_000);
  harness.reject("a", 77);
  assert.equal(harness.fetch.progress, 0);
  assert.deepEqual(harness.liars, []);
});

Deno.test("MetadataFetch tries at most four sizes at a time, and the others' turn comes when those get nowhere", async () => {
  const harness = new Harness();
  for (let i = 1; i <= 4; i++) harness.join(`liar ${i}`, i * 100);
  harness.join("honest");
  assert.deepEqual(harness.take("honest"), []);
  harness.pass(REST_MS);
  await harness.answerAll({ honest: INFO });
  assert.deepEqual(harness.result, INFO);
});

Deno.test("MetadataFetch: four sizes of which a piece comes now and then don't keep the others from their turn", async () => {
  const harness = new Harness();
  const liars = new Map<string, { info: Uint8Array; open: number[] }>();
  for (let i = 0; i < 4; i++) {
    const info = new Uint8Array((100 + i) * METADATA_PIECE_LENGTH);
    liars.set(`liar ${i}`, { info, open: [] });
    harness.join(`liar ${i}`, info.length);
  }
  harness.join("honest");
  for (let seconds = 0; seconds < 120 && harness.result === undefined; seconds += 6) {
    harness.pass(6_000);
    for (const [liar, { info, open }] of liars) {
      open.push(...harness.take(liar));
      const piece = open.shift();
      if (piece !== undefined) harness.send(liar, piece, info);
    }
    await harness.answerAll({ honest: INFO });
  }
  assert.ok(harness.result !== undefined, "the honest one is asked for nothing");
});

Deno.test("MetadataFetch: of ten that claim the right size and say nothing, none keeps an honest one from its turn", async () => {
  const harness = new Harness();
  for (let i = 0; i < 10; i++) harness.join(`silent ${i}`);
  harness.join("honest");
  const from = harness.now;
  while (harness.result === undefined && harness.now < from + 60_000) {
    harness.pass(1000);
    await harness.answerAll({ honest: INFO });
  }
  assert.ok(harness.now - from <= 20_000, "each of them takes 2 s at most");
});

Deno.test("MetadataFetch: eight that keep four long sizes going, quickly and for nothing, leave an honest one its turn", async () => {
  const harness = new Harness();
  const liars = new Map<string, Uint8Array>();
  for (let i = 0; i < 8; i++) {
    const info = new Uint8Array((1000 + i % 4) * METADATA_PIECE_LENGTH);
    liars.set(`liar ${i}`, info);
    harness.join(`liar ${i}`, info.length);
  }
  harness.join("honest");
  const from = harness.now;
  const open = new Map<string, number[]>();
  while (harness.result === undefined && harness.now < from + 60_000) {
    harness.pass(1000);
    for (const [liar, info] of liars) {
      const pieces = [...open.get(liar) ?? [], ...harness.take(liar)];
      for (const piece of pieces.splice(0, 2)) harness.send(liar, piece, info);
      open.set(liar, pieces);
    }
    await harness.answerAll({ honest: INFO });
  }
  assert.ok(harness.now - from <= 10_000, "one of the four has had its turn by then");
});

Deno.test("MetadataFetch keeps what a size has when others have their turn: a slow honest one gets there", async () => {
  const harness = new Harness();
  const lies = Array.from({ length: 8 }, (_, i) => new Uint8Array((100 + i) * METADATA_PIECE_LENGTH));
  for (const [i, lie] of lies.entries()) harness.join(`liar ${i}`, lie.length);
  harness.join("honest");
  const from = harness.now;
  const open: number[][] = lies.map(() => []);
  const owed: number[] = [];
  while (harness.result === undefined && harness.now < from + 300_000) {
    harness.pass(5000);
    for (const [i, lie] of lies.entries()) {
      open[i]?.push(...harness.take(`liar ${i}`));
      for (const piece of open[i]?.splice(0, 1) ?? []) harness.send(`liar ${i}`, piece, lie);
    }
    owed.push(...harness.take("honest"));
    for (const piece of owed.splice(0, 1)) harness.send("honest", piece);
    await null;
  }
  assert.ok(harness.result !== undefined, "it is asked from the start every time");
});

Deno.test("MetadataFetch keeps 32 MiB at most for claims that wait: the ones with most begin again", () => {
  const harness = new Harness();
  const count = MAX_METADATA_BYTES / METADATA_PIECE_LENGTH;
  const large = [0, 1, 2, 3].map((i) => new Uint8Array(MAX_METADATA_BYTES - i));
  for (const [i, info] of large.entries()) {
    harness.join(`large ${i}`, info.length);
    for (let piece = 0; piece < count - 4; piece++) harness.send(`large ${i}`, piece, info);
    harness.take(`large ${i}`);
  }
  for (let i = 0; i < 4; i++) harness.join(`small ${i}`, 100 + i);
  harness.pass(10_000);
  for (let i = 0; i < 4; i++) harness.take(`small ${i}`);
  for (const [i, info] of large.entries()) harness.send(`large ${i}`, count - 4, info);
  harness.pass(10_000);
  const begun = large.filter((_, i) => harness.take(`large ${i}`).includes(0));
  assert.equal(begun.length, 2);
});

Deno.test("MetadataFetch: who spoils what several have sent, and then drips, does not hold the others up", async () => {
  const harness = new Harness();
  for (let i = 0; i < 8; i++) harness.join(`liar ${i}`);
  harness.join("honest");
  const from = harness.now;
  const open = new Map<string, number[]>();
  while (harness.result === undefined && harness.now < from + 120_000) {
    for (let i = 0; i < 8; i++) {
      const liar = `liar ${i}`;
      const pieces = [...open.get(liar) ?? [], ...harness.take(liar)];
      for (const piece of pieces.splice(0, 1)) harness.send(liar, piece, FALSE_INFO);
      open.set(liar, pieces);
    }
    await harness.answerAll({ honest: INFO });
    harness.pass(9000);
  }
  assert.ok(harness.result !== undefined, "the honest one is never asked for the whole");
  assert.ok(harness.now - from <= 60_000, `after ${harness.now - from} ms`);
  assert.ok(!harness.liars.includes("honest"));
});

Deno.test("MetadataFetch tells who has been asked for a minute and has sent nothing", async () => {
  const harness = new Harness();
  harness.join("silent");
  harness.join("waits");
  harness.pass(50_000);
  harness.send("waits", 4);
  harness.pass(10_000);
  assert.equal(harness.fetch.isInVain("silent", harness.now), true);
  assert.equal(harness.fetch.isInVain("waits", harness.now), false);
  assert.equal(harness.fetch.isInVain("stranger", harness.now), false);
  await harness.answerAll({ waits: INFO });
  assert.deepEqual(harness.result, INFO);
  assert.equal(harness.fetch.isInVain("silent", harness.now), false, "nothing is wanted any more");
});

/** For how many seconds `peer` keeps its place if it sends a piece each so many seconds, of what it is asked for. */
async function keepsPlace(harness: Harness, peer: string, info: Uint8Array, everySeconds: number) {
  const open: number[] = [];
  harness.join(peer, info.length);
  for (let second = 1;; second++) {
    harness.pass(1000);
    open.push(...harness.take(peer));
    if (second % everySeconds === 0) {
      const piece = open.shift();
      if (piece !== undefined) harness.send(peer, piece, info);
      await null;
    }
    if (harness.result !== undefined || second === 36_000) return Infinity;
    if (harness.fetch.isTooSlow(peer, harness.now)) return second;
  }
}

Deno.test("MetadataFetch tells who drips a piece now and then, and leaves a slow peer that goes on its time", async () => {
  const large = new Uint8Array(MAX_METADATA_BYTES);
  assert.ok(await keepsPlace(new Harness(), "drips", large, 59) <= 120, "a piece a minute");
  assert.ok(await keepsPlace(new Harness(), "drips", large, 20) <= 300, "three a minute");
  assert.ok(await keepsPlace(new Harness(), "drips", large, 9) <= 3_600, "1.8 KB/s for all of 16 MiB");
  assert.equal(await keepsPlace(new Harness(), "slow", INFO, 10), Infinity);
  const harness = new Harness();
  assert.equal(await keepsPlace(harness, "slow", INFO, 5), Infinity);
  assert.equal(harness.fetch.isTooSlow("slow", harness.now + 3_600_000), false, "nothing is wanted any more");
});

Deno.test("MetadataFetch counts no time against a peer in which others have their turn", () => {
  const harness = new Harness();
  for (let i = 0; i < 4; i++) harness.join(`other ${i}`, 100 + i);
  harness.join("waits");
  harness.pass(9_000);
  assert.deepEqual(harness.take("waits"), []);
  assert.equal(harness.fetch.isTooSlow("waits", harness.now + 600_000), false);
});
