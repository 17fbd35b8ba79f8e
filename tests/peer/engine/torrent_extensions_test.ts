import assert from "node:assert/strict";
import { concat } from "../../../protocol/bytes.ts";
import { ProtocolError } from "../../../protocol/errors.ts";
import {
  decodeExtendedHandshake,
  encodeDontHave,
  encodeExtendedHandshake,
  type ExtendedHandshake,
  ExtensionId,
} from "../../../protocol/extension.ts";
import {
  decodeMetadataMessage,
  encodeMetadataRequest,
  type MetadataMessage,
} from "../../../protocol/ut_metadata.ts";
import { encodePex } from "../../../protocol/ut_pex.ts";
import { mutate } from "../../support/mutations.ts";
import { SeededRandom } from "../../support/random.ts";
import { EngineHarness, INFO_BYTES, type Remote } from "../../support/engine_harness.ts";

/** The remote introduces itself; its own ids are unlike ours. */
function introduce({ peer }: Remote, told: Omit<ExtendedHandshake, "ids"> & { ids?: [string, number][] }) {
  peer.onExtended(0, encodeExtendedHandshake({ ...told, ids: new Map(told.ids ?? []) }));
}

function join(harness: EngineHarness, pieces: readonly number[] | "all" | "none" = "none", unchokes = false) {
  return harness.join(pieces, { unchokes, extended: true });
}

Deno.test("the extension protocol is spoken only to who claims it, after the bitfield, and only if we do", () => {
  const harness = new EngineHarness({ extensions: true, have: [1] });
  assert.deepEqual(join(harness).wire.calls, [["bitfield"], ["extended", 0]]);
  assert.deepEqual(harness.join("none", { unchokes: false }).wire.calls, [["bitfield"]]);
  assert.deepEqual(join(new EngineHarness({ have: [1] })).wire.calls, [["bitfield"]]);
});

Deno.test("our extended handshake tells our ids, client, port, requests that we hold and answer, and its address to the peer", () => {
  const { wire } = join(new EngineHarness({ extensions: true }));
  const { ids, client, port, yourIp, maxRequests, maxRequestLength, isUploadOnly } = decodeExtendedHandshake(
    wire.extensions[0]?.payload ?? new Uint8Array(),
  );
  assert.equal(ids.get("lt_donthave"), ExtensionId.lt_donthave);
  assert.match(client ?? "", /^Seedling \d/);
  assert.deepEqual([port, yourIp, maxRequests, isUploadOnly], [6881, "127.0.0.1", 2048, undefined]);
  assert.equal(maxRequestLength, 512 * 1024);
});

Deno.test("who is complete says that it only uploads, also when it becomes so, under the id that the peer chose", async () => {
  const complete = join(new EngineHarness({ extensions: true, have: "all" }));
  assert.equal(
    decodeExtendedHandshake(complete.wire.extensions[0]?.payload ?? new Uint8Array()).isUploadOnly,
    true,
  );

  const harness = new EngineHarness({ extensions: true, pieceCount: 1 });
  const knows = join(harness);
  introduce(knows, { ids: [["upload_only", 42]] });
  const doesNot = join(harness);
  introduce(doesNot, {});
  harness.answer(harness.join("all"));
  await harness.settle();
  assert.deepEqual(knows.wire.extensions.at(-1), { id: 42, payload: Uint8Array.of(1) });
  assert.equal(doesNot.wire.extensions.at(-1)?.id, 0);
  assert.equal(
    decodeExtendedHandshake(doesNot.wire.extensions.at(-1)?.payload ?? new Uint8Array()).isUploadOnly,
    true,
  );
});

Deno.test("who wants nothing more of a torrent only uploads, until it wants something again", () => {
  const harness = new EngineHarness({ extensions: true, pieceCount: 2, have: [0] });
  const knows = join(harness);
  introduce(knows, { ids: [["upload_only", 42]] });
  const doesNot = join(harness);
  introduce(doesNot, {});
  for (const [wanted, isUploadOnly] of [[[1, 0], true], [[1, 1], false]] as const) {
    harness.engine.setPriorities(Uint8Array.from(wanted), harness.now);
    assert.deepEqual(knows.wire.extensions.at(-1), { id: 42, payload: Uint8Array.of(Number(isUploadOnly)) });
    const { payload } = doesNot.wire.extensions.at(-1) ?? {};
    assert.equal(decodeExtendedHandshake(payload ?? new Uint8Array()).isUploadOnly, isUploadOnly);
  }
});

Deno.test("two that only upload part, whether it was told in the handshake or later", () => {
  const harness = new EngineHarness({ extensions: true, have: "all" });
  const first = join(harness);
  introduce(first, { isUploadOnly: true });
  const second = join(harness, [0]);
  introduce(second, { isUploadOnly: false });
  assert.equal(second.wire.closeReason, undefined);
  second.peer.onExtended(ExtensionId.upload_only, Uint8Array.of(1));
  for (const { wire } of [first, second]) assert.equal(wire.closeReason, "both sides only upload");

  const leecher = new EngineHarness({ extensions: true });
  const partial = join(leecher, [0]);
  introduce(partial, { isUploadOnly: true });
  assert.equal(partial.wire.closeReason, undefined, "we still want what it has");
});

Deno.test("no more is asked of a peer than it says it holds", () => {
  const harness = new EngineHarness({ extensions: true, pieceCount: 100 });
  const remote = join(harness, "all");
  introduce(remote, { maxRequests: 3 });
  remote.peer.onUnchoke();
  harness.batch(remote);
  assert.equal(remote.wire.take("request").length, 3);
});

Deno.test("what is unknown in the extension protocol is ignored, what is broken ends the connection", () => {
  const harness = new EngineHarness({ extensions: true });
  const remote = join(harness);
  introduce(remote, { ids: [["ut_something", 7]] });
  remote.peer.onExtended(99, Uint8Array.of(1, 2, 3));
  assert.equal(remote.wire.closeReason, undefined);
  assert.throws(() => remote.peer.onExtended(0, Uint8Array.of(1)), ProtocolError);
  const silent = harness.join("none", { unchokes: false });
  silent.peer.onExtended(0, Uint8Array.of(1)); // never claimed to speak it
});

Deno.test("lt_donthave: the piece is asked of others, and wanted of this peer no more", () => {
  const harness = new EngineHarness({ extensions: true, pieceCount: 1 });
  const fickle = join(harness, "all", true);
  introduce(fickle, {});
  assert.equal(fickle.wire.take("request").length, 4);
  const other = harness.join("all");
  other.wire.take();
  fickle.peer.onExtended(ExtensionId.lt_donthave, encodeDontHave(0));
  harness.batch(fickle);
  assert.deepEqual(fickle.wire.take(), [["notInterested"]]);
  assert.equal(fickle.peer.pieces.has(0), false);
  assert.equal(other.peer.pieces.has(0), true, "pieces of complete peers are shared until one gives one up");
  assert.equal(other.wire.take("request").length, 4);
});

Deno.test("lt_donthave: a piece that comes back counts again, and a late block of it is welcome", async () => {
  const harness = new EngineHarness({ extensions: true, pieceCount: 2 });
  const remote = join(harness, "all", true);
  introduce(remote, {});
  const requests = remote.wire.take("request");
  remote.peer.onExtended(ExtensionId.lt_donthave, encodeDontHave(0));
  remote.peer.onExtended(ExtensionId.lt_donthave, encodeDontHave(0));
  harness.batch(remote);
  remote.peer.onHave(0);
  harness.batch(remote);
  assert.equal(remote.wire.take("request").length, 0, "who let requests lie is left alone for a second");
  harness.pass(1000, [remote]);
  assert.equal(remote.peer.pieces.isComplete, true);
  harness.answer(remote, requests); // all of piece 0 and 1, asked for twice in part
  await harness.settle();
  assert.deepEqual(harness.events.filter((event) => event !== "complete").toSorted(), [
    "stored 0",
    "stored 1",
  ]);
  harness.engine.remove(remote.peer); // counts go down as often as they went up
});

Deno.test("lt_donthave: an index out of range, or another length, is a breach of the protocol", () => {
  const { peer } = join(new EngineHarness({ extensions: true }));
  assert.throws(() => peer.onExtended(ExtensionId.lt_donthave, encodeDontHave(8)), ProtocolError);
  assert.throws(() => peer.onExtended(ExtensionId.lt_donthave, new Uint8Array(3)), ProtocolError);
});

/** The peer asks for pieces of the info dictionary; what it has got so far, as kind and piece. */
function askMetadata(remote: Remote, pieces: readonly number[]): void {
  for (const piece of pieces) remote.peer.onExtended(ExtensionId.ut_metadata, encodeMetadataRequest(piece));
}

function metadataAnswers({ wire }: Remote): MetadataMessage[] {
  return wire.extensions.filter(({ id }) => id === 42).map(({ payload }) => decodeMetadataMessage(payload))
    .filter((message) => message !== undefined);
}

function joinForMetadata(): { harness: EngineHarness; remote: Remote } {
  const harness = new EngineHarness({ extensions: true, have: "all" });
  const remote = join(harness);
  introduce(remote, { ids: [["ut_metadata", 42]] });
  return { harness, remote };
}

Deno.test("the info dictionary is told of and given in pieces, also to who is choked", () => {
  const { harness, remote } = joinForMetadata();
  const hello = decodeExtendedHandshake(remote.wire.extensions[0]?.payload ?? new Uint8Array());
  assert.equal(hello.metadataSize, INFO_BYTES.length);
  askMetadata(remote, [2, 0, 1]);
  harness.batch(remote);
  const answers = metadataAnswers(remote);
  assert.deepEqual(answers.map(({ type, piece }) => [type, piece]), [["data", 2], ["data", 0], ["data", 1]]);
  const [last, first, middle] = answers.map((message) => message.type === "data" ? message.data : NO_BYTES);
  assert.deepEqual(concat([first ?? NO_BYTES, middle ?? NO_BYTES, last ?? NO_BYTES]), INFO_BYTES);
});

Deno.test("a piece of the info dictionary that is not there, or asked for too often, is refused", () => {
  const { harness, remote } = joinForMetadata();
  askMetadata(remote, [3, 4_000_000_000]);
  assert.deepEqual(metadataAnswers(remote).map(({ type }) => type), ["reject", "reject"]);
  askMetadata(remote, [0, 1, 2, 0, 1, 2, 0, 1, 2, 0]);
  harness.batch(remote);
  const answers = metadataAnswers(remote).map(({ type }) => type);
  assert.deepEqual(answers.filter((type) => type === "data").length, 9, "three copies of it");
  assert.deepEqual(answers.filter((type) => type === "reject").length, 3);
});

Deno.test("the info dictionary waits for room in the send buffer", () => {
  const { harness, remote } = joinForMetadata();
  remote.wire.room = 0;
  askMetadata(remote, [0, 1]);
  harness.batch(remote);
  assert.deepEqual(metadataAnswers(remote), []);
  remote.wire.room = 1024 * 1024;
  remote.peer.onWritable(harness.now);
  assert.equal(metadataAnswers(remote).length, 2);
});

Deno.test("who asks for the info dictionary without taking such messages gets none", () => {
  const harness = new EngineHarness({ extensions: true });
  const remote = join(harness);
  askMetadata(remote, [0]);
  harness.batch(remote);
  assert.deepEqual(remote.wire.extensions.map(({ id }) => id), [0]);
});

Deno.test("an engine meets 10,000 spoilt extension messages with nothing but ProtocolError", () => {
  const random = new SeededRandom(1010);
  const harness = new EngineHarness({ extensions: true, have: [0, 1] });
  const ids: [string, number][] = [["ut_pex", 1], ["ut_metadata", 2], ["upload_only", 3]];
  const seeds: [id: number, payload: Uint8Array][] = [
    [0, encodeExtendedHandshake({ ids: new Map(ids), port: 7, maxRequests: 9, isUploadOnly: false })],
    [ExtensionId.ut_metadata, encodeMetadataRequest(1)],
    [ExtensionId.ut_pex, encodePex({ added: [{ ip: "1.2.3.4", port: 5, flags: 0 }], dropped: [] })],
    [ExtensionId.lt_donthave, encodeDontHave(3)],
    [ExtensionId.upload_only, Uint8Array.of(0)],
  ];
  let remote = join(harness, "all", true);
  for (let round = 0; round < 10_000; round++) {
    const [id, payload] = seeds[random.below(seeds.length)] as [number, Uint8Array];
    try {
      remote.peer.onExtended(id, mutate(payload, random));
      if (random.below(4) === 0) remote.peer.onHave(random.below(8));
      remote.wire.take();
      remote.wire.extensions.splice(0);
      harness.now += random.below(30_000);
      harness.batch(remote);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      harness.engine.remove(remote.peer);
    }
    if (remote.peer.isGone) remote = join(harness, "all", true);
  }
});

const NO_BYTES = new Uint8Array(0);
