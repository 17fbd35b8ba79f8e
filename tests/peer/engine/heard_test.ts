import assert from "node:assert/strict";
import { Heard } from "../../../peer/engine/heard.ts";
import { MetadataPeer } from "../../../peer/engine/metadata_peer.ts";
import { concat } from "../../../protocol/bytes.ts";
import { ProtocolError } from "../../../protocol/errors.ts";
import { encodeExtendedHandshake } from "../../../protocol/extension.ts";
import { MessageDecoder, type MessageHandler } from "../../../protocol/message_decoder.ts";
import { EngineHarness, MET } from "../../support/engine_harness.ts";
import { FakeWire } from "../../support/fake_wire.ts";
import { mutate } from "../../support/mutations.ts";
import { SeededRandom } from "../../support/random.ts";

/** What a handler gets, as words. */
function repeated(heard: Heard): string[] {
  const said: string[] = [];
  const handler = new Proxy({}, {
    get: (_, name) => (...values: unknown[]) =>
      said.push([String(name).slice(2), ...values].join(" ").trimEnd()),
  });
  heard.repeat(handler as MessageHandler);
  return said;
}

Deno.test("Heard says again what a peer has said, pieces first, and how it stands in the end", () => {
  const heard = new Heard();
  const bits = Uint8Array.of(0xf0);
  heard.onBitfield(bits);
  bits.fill(0); // it was borrowed
  heard.onUnchoke();
  heard.onHave(7);
  heard.onChoke();
  heard.onInterest(true);
  heard.onAllowedFast(2);
  heard.onHandshake(Uint8Array.of(1, 2));
  heard.onUnchoke();
  assert.deepEqual(repeated(heard), [
    "Extended 0 1,2",
    "Bitfield 240",
    "Have 7",
    "AllowedFast 2",
    "Interested",
    "Unchoke",
  ]);
  assert.deepEqual(repeated(new Heard()), []);
  const seeder = new Heard();
  seeder.onFastPieces("all");
  assert.deepEqual(repeated(seeder), ["HaveAll"]);
  const newcomer = new Heard();
  newcomer.onFastPieces("none");
  newcomer.onUnchoke();
  newcomer.onChoke();
  assert.deepEqual(repeated(newcomer), ["HaveNone"]);
});

Deno.test("Heard keeps so much and no more", () => {
  const floods: ((heard: Heard) => void)[] = [
    (heard) => heard.onBitfield(new Uint8Array(64 * 1024 + 1)),
    (heard) => heard.onHandshake(new Uint8Array(8193)),
    (heard) => repeat(4097, (i) => heard.onHave(i)),
    (heard) => repeat(65, (i) => heard.onAllowedFast(i)),
    (heard) => repeat(5, () => heard.onHandshake(new Uint8Array(9))),
    // Said twice it may mean two things: aria2's later bitfields add to the first.
    (heard) => repeat(2, () => heard.onFastPieces("all")),
    (heard) => repeat(2, () => heard.onBitfield(new Uint8Array(1))),
  ];
  for (const flood of floods) {
    const heard = new Heard();
    flood(heard);
    assert.equal(heard.isTooMuch, true, String(flood));
    repeat(10_000, (i) => heard.onHave(i));
    heard.onBitfield(new Uint8Array(1));
    assert.equal(repeated(heard).length, 0);
  }
  const patient = new Heard();
  repeat(4096, (i) => patient.onHave(i));
  assert.equal(patient.isTooMuch, false);
});

Deno.test("TorrentEngine.adopt() tells pieces one by one, as the peer has heard already that there are none", () => {
  const { engine, now } = new EngineHarness({ pieceCount: 8, have: [1, 6] });
  const wire = new FakeWire();
  const peer = engine.adopt(wire, MET, now);
  assert.deepEqual(wire.take().filter(([name]) => name === "have" || name === "bitfield"), [["have", 1], [
    "have",
    6,
  ]]);
  const heard = new Heard();
  heard.onFastPieces("all");
  heard.onUnchoke();
  heard.repeat(peer);
  peer.onBatchEnd(now);
  assert.ok(wire.take().some(([name]) => name === "request"), "it can be asked at once");
});

Deno.test("what 10,000 spoilt streams have said is repeated to an engine with nothing but ProtocolError", () => {
  const random = new SeededRandom(7);
  const { engine, now } = new EngineHarness({ pieceCount: 12, extensions: true });
  const remote = { peerId: new Uint8Array(20), address: { ip: "192.0.2.1", port: 1 }, outgoing: true };
  const handshake = encodeExtendedHandshake({ ids: new Map([["ut_pex", 4]]), port: 6881, maxRequests: 99 });
  const stream = concat([
    message(20, [0, ...handshake]),
    message(5, [0xff, 0xf0]), // bitfield
    message(4, [0, 0, 0, 11]), // have
    message(17, [0, 0, 0, 3]), // allowed fast
    message(2, []), // interested
    message(1, []), // unchoke
  ]);
  let repeated = 0;
  for (let round = 0; round < 10_000; round++) {
    const fast = round % 2 === 0;
    const listener = new MetadataPeer(new FakeWire(), { ...remote, extended: true, fast }, {
      now,
      onExtended() {},
      onBatchEnd() {},
    });
    const decoder = new MessageDecoder();
    const bytes = mutate(stream, random);
    try {
      decoder.space().set(bytes);
      decoder.advance(bytes.length, listener);
    } catch (error) {
      assert.ok(error instanceof ProtocolError, `round ${round}: ${error}`);
    }
    const peer = engine.adopt(new FakeWire(), { ...remote, extended: true, fast }, now);
    try {
      listener.heard.repeat(peer);
      peer.onBatchEnd(now);
      if (peer.pieces.count > 0 && !peer.peerChoking) repeated++;
    } catch (error) {
      assert.ok(error instanceof ProtocolError, `round ${round}: ${error}`);
    }
    engine.remove(peer);
  }
  assert.ok(repeated > 100, `${repeated}`);
});

function message(id: number, payload: number[]): Uint8Array {
  return Uint8Array.of(0, 0, 0, payload.length + 1, id, ...payload);
}

function repeat(times: number, act: (i: number) => void): void {
  for (let i = 0; i < times; i++) act(i);
}
