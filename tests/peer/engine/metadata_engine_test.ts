import assert from "node:assert/strict";
import { equals } from "../../../protocol/bytes.ts";
import { ProtocolError } from "../../../protocol/errors.ts";
import {
  decodeExtendedHandshake,
  encodeExtendedHandshake,
  type ExtendedHandshake,
  ExtensionId,
} from "../../../protocol/extension.ts";
import {
  decodeMetadataMessage,
  encodeMetadataData,
  encodeMetadataReject,
  encodeMetadataRequest,
} from "../../../protocol/ut_metadata.ts";
import { encodePex } from "../../../protocol/ut_pex.ts";
import { MetadataEngine } from "../../../peer/engine/metadata_engine.ts";
import type { MetadataPeer } from "../../../peer/engine/metadata_peer.ts";
import { FakeWire } from "../../support/fake_wire.ts";
import { mutate } from "../../support/mutations.ts";
import { pseudoRandomBytes, SeededRandom } from "../../support/random.ts";

const INFO = pseudoRandomBytes(20_000, 3);
const THEIR_ID = 9;

class Harness {
  now = 1_000_000;
  readonly events: string[] = [];
  readonly engine = new MetadataEngine({
    port: 6881,
    verify: (bytes) => Promise.resolve(equals(bytes, INFO)),
    events: {
      onMetadata: (bytes) => this.events.push(`metadata ${bytes.length}`),
      onListening: (peer) => this.events.push(`listening ${peer.extensions?.port}`),
      onPeers: (addresses) => this.events.push(`peers ${addresses.map(({ ip }) => ip)}`),
      onBan: (_peer, reason) => this.events.push(`ban ${reason}`),
    },
  });
  #joined = 0;

  join({ extended = true, outgoing = true } = {}): { peer: MetadataPeer; wire: FakeWire } {
    const wire = new FakeWire();
    const number = ++this.#joined;
    const peer = this.engine.add(wire, {
      peerId: new Uint8Array(20).fill(number),
      address: { ip: "192.0.2.1", port: 6880 + number },
      outgoing,
      extended,
    }, this.now);
    return { peer, wire };
  }

  introduce(peer: MetadataPeer, told: Omit<ExtendedHandshake, "ids"> = { metadataSize: INFO.length }): void {
    peer.onExtended(0, encodeExtendedHandshake({ ...told, ids: new Map([["ut_metadata", THEIR_ID]]) }));
    peer.onBatchEnd(this.now);
  }
}

function asked(wire: FakeWire): number[] {
  return wire.extensions.filter(({ id }) => id === THEIR_ID).map(({ payload }) =>
    decodeMetadataMessage(payload)?.piece ?? -1
  );
}

Deno.test("MetadataEngine introduces itself, asks under the id that the peer chose, and hands the dictionary over", async () => {
  const harness = new Harness();
  const { peer, wire } = harness.join();
  const hello = decodeExtendedHandshake(wire.extensions[0]?.payload ?? new Uint8Array());
  assert.deepEqual([hello.port, hello.metadataSize, hello.ids.get("ut_metadata")], [
    6881,
    undefined,
    ExtensionId.ut_metadata,
  ]);
  peer.onBitfield(Uint8Array.of(0xff));
  peer.onHave(4_000_000_000); // nobody knows yet how many pieces there are
  harness.introduce(peer);
  assert.deepEqual(asked(wire), [0, 1]);
  assert.ok(wire.flushes >= 2);
  for (const piece of [0, 1]) peer.onExtended(ExtensionId.ut_metadata, encodeMetadataData(piece, INFO));
  await null;
  await null;
  assert.deepEqual(harness.events, ["metadata 20000"]);
});

Deno.test("MetadataEngine lets a peer go that has no way to tell the metadata, and keeps one that may get them", () => {
  const harness = new Harness();
  assert.match(harness.join({ extended: false }).wire.closeReason ?? "", /no way to tell/);
  const { peer, wire } = harness.join();
  harness.introduce(peer, {});
  assert.deepEqual(asked(wire), []);
  harness.introduce(peer);
  assert.deepEqual(asked(wire), [0, 1]);
});

Deno.test("MetadataEngine gives a peer's place to others when it has had no metadata for a minute", () => {
  const harness = new Harness();
  const [silent, poor, rich] = [harness.join(), harness.join(), harness.join()];
  harness.introduce(poor.peer, {});
  harness.now += 59_000;
  harness.engine.tick(harness.now);
  harness.introduce(rich.peer);
  assert.equal(harness.engine.peers.size, 3);
  harness.now += 1_000;
  harness.engine.tick(harness.now);
  assert.deepEqual([...harness.engine.peers], [rich.peer]);
  for (const { wire } of [silent, poor]) assert.equal(wire.closeReason, "it has no metadata");
});

Deno.test("MetadataEngine gives a peer's place to others when it has sent none of its metadata for a minute", () => {
  const harness = new Harness();
  const [silent, giving] = [harness.join(), harness.join()];
  harness.introduce(silent.peer);
  for (let second = 0; second < 60; second++) {
    assert.equal(harness.engine.peers.has(silent.peer), true);
    harness.now += 1_000;
    harness.engine.tick(harness.now);
    if (second === 30) harness.introduce(giving.peer);
  }
  assert.equal(silent.wire.closeReason, "it does not send its metadata");
  assert.deepEqual([...harness.engine.peers], [giving.peer]);
  assert.deepEqual(harness.events, [], "it may be busy: that is no lie");
});

Deno.test("MetadataEngine gives a peer's place to others when it drips its metadata", () => {
  const harness = new Harness();
  const { peer, wire } = harness.join();
  const size = 1000 * 16384;
  harness.introduce(peer, { metadataSize: size });
  let sent = 0;
  for (let second = 1; second <= 600 && harness.engine.peers.has(peer); second++) {
    harness.now += 1_000;
    harness.engine.tick(harness.now);
    if (second % 50 !== 0) continue;
    peer.onExtended(ExtensionId.ut_metadata, encodeMetadataData(sent++, new Uint8Array(size)));
    peer.onBatchEnd(harness.now);
  }
  assert.equal(wire.closeReason, "it sends its metadata too slowly");
  assert.ok(sent > 0);
  assert.deepEqual(harness.events, [], "it may be busy: that is no lie");
});

Deno.test("MetadataEngine refuses what it has not got itself", () => {
  const harness = new Harness();
  const { peer, wire } = harness.join();
  harness.introduce(peer, {});
  peer.onExtended(ExtensionId.ut_metadata, encodeMetadataRequest(3));
  assert.deepEqual(wire.extensions.at(-1), { id: THEIR_ID, payload: encodeMetadataReject(3) });
});

Deno.test("MetadataEngine hands on the peers that a peer names", () => {
  const harness = new Harness();
  const { peer } = harness.join();
  harness.introduce(peer, {});
  peer.onExtended(
    ExtensionId.ut_pex,
    encodePex({
      added: [{ ip: "192.0.2.9", port: 1, flags: 0 }, { ip: "127.0.0.1", port: 1, flags: 0 }],
      dropped: [],
    }),
  );
  assert.deepEqual(harness.events, ["peers 192.0.2.9"]);
});

Deno.test("MetadataEngine drops and bans a liar", () => {
  const harness = new Harness();
  const { peer, wire } = harness.join();
  harness.introduce(peer, { metadataSize: 2 ** 40 });
  assert.match(wire.closeReason ?? "", /claims 1099511627776 bytes of metadata/);
  assert.match(harness.events.join(), /^ban claims/);
  assert.equal(harness.engine.peers.size, 0);
});

Deno.test("MetadataEngine tells where callers listen, keeps connections alive, and ends silent ones", () => {
  const harness = new Harness();
  const caller = harness.join({ outgoing: false });
  harness.introduce(caller.peer, { port: 7000, metadataSize: INFO.length });
  const called = harness.join();
  harness.introduce(called.peer, { port: 7001, metadataSize: INFO.length });
  assert.deepEqual(harness.events, ["listening 7000"]);
  for (const piece of [0, 1]) {
    caller.peer.onExtended(ExtensionId.ut_metadata, encodeMetadataData(piece, INFO));
  }
  for (let second = 0; second < 180; second++) {
    harness.now += 1000;
    if (second % 60 === 0) called.peer.onBatchEnd(harness.now);
    harness.engine.tick(harness.now);
  }
  assert.deepEqual(called.wire.calls.filter(([name]) => name === "keepAlive").length, 1);
  assert.equal(caller.wire.closeReason, "silent for too long");
  assert.equal(called.wire.closeReason, undefined);
  harness.engine.close("enough");
  assert.equal(called.wire.closeReason, "enough");
  assert.equal(harness.join().wire.closeReason, "the torrent is stopped");
});

Deno.test("MetadataEngine meets 10,000 spoilt messages with nothing but ProtocolError", () => {
  const random = new SeededRandom(99);
  const harness = new Harness();
  const seeds: [id: number, payload: Uint8Array][] = [
    [0, encodeExtendedHandshake({ ids: new Map([["ut_metadata", 3]]), metadataSize: INFO.length, port: 1 })],
    [ExtensionId.ut_metadata, encodeMetadataData(0, INFO).subarray(0, 200)],
    [ExtensionId.ut_metadata, encodeMetadataRequest(0)],
    [ExtensionId.ut_metadata, encodeMetadataReject(0)],
  ];
  let { peer } = harness.join();
  for (let round = 0; round < 10_000; round++) {
    const [id, payload] = seeds[random.below(seeds.length)] as [number, Uint8Array];
    try {
      peer.onExtended(id, mutate(payload, random));
      peer.onBatchEnd(++harness.now);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      harness.engine.remove(peer);
    }
    if (peer.isGone) peer = harness.join().peer;
  }
});
