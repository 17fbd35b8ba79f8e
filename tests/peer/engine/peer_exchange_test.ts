import assert from "node:assert/strict";
import { formatPeerAddress } from "../../../protocol/compact.ts";
import { encodeExtendedHandshake, ExtensionId } from "../../../protocol/extension.ts";
import { decodePex, encodePex, PexFlag, type PexPeer } from "../../../protocol/ut_pex.ts";
import { EngineHarness, type HarnessOptions, type Remote } from "../../support/engine_harness.ts";

const PEX = 77; // the id under which the test's remotes take it

function harness(options: HarnessOptions = {}): EngineHarness {
  return new EngineHarness({ extensions: true, ...options });
}

/** A remote that takes peer exchange; ours to call at 127.0.0.1:6880 + its number, unless it has called. */
function join(
  { engine }: { engine: EngineHarness },
  { calls = false, port, isSeeder = false }: { calls?: boolean; port?: number; isSeeder?: boolean } = {},
): Remote {
  const remote = engine.join(isSeeder ? "all" : "none", {
    unchokes: false,
    extended: true,
    outgoing: !calls,
  });
  remote.peer.onExtended(0, encodeExtendedHandshake({ ids: new Map([["ut_pex", PEX]]), port }));
  return remote;
}

/** What a remote was told since the last time: "+address" and "-address", with flags where there are any. */
function told({ wire }: Remote): string[][] {
  const messages = wire.extensions.filter(({ id }) => id === PEX).map(({ payload }) => decodePex(payload));
  wire.extensions.splice(0);
  return messages.map(({ added, dropped }) => [
    ...added.map((peer) => `+${peer.port}${peer.flags === 0 ? "" : `/${peer.flags}`}`),
    ...dropped.map((peer) => `-${peer.port}`),
  ]);
}

function second(engine: EngineHarness, count = 1): void {
  for (let i = 0; i < count; i++) {
    engine.now += 1000;
    for (const peer of engine.engine.peers) peer.onBatchEnd(engine.now);
    engine.engine.tick(engine.now);
  }
}

const R = PexFlag.isReachable;

Deno.test("PeerExchange tells a newcomer who is here, and others of it after a minute", () => {
  const engine = harness();
  const first = join({ engine });
  second(engine);
  assert.deepEqual(told(first), [], "there is nobody else");
  const next = join({ engine });
  second(engine);
  assert.deepEqual(told(next), [[`+6881/${R}`]]);
  assert.deepEqual(told(first), [[`+6882/${R}`]], "it had not been told anything yet");
  join({ engine });
  second(engine, 58);
  assert.deepEqual([told(first), told(next)], [[], []]);
  second(engine, 2);
  assert.deepEqual([told(first), told(next)], [[[`+6883/${R}`]], [[`+6883/${R}`]]]);
  second(engine, 120);
  assert.deepEqual([told(first), told(next)], [[], []], "no news, no message");
});

Deno.test("PeerExchange tells of those who left, and not of those who came and left meanwhile", () => {
  const engine = harness();
  const listener = join({ engine });
  const leaver = join({ engine });
  second(engine);
  told(listener);
  const guest = join({ engine });
  engine.engine.remove(guest.peer);
  engine.engine.remove(leaver.peer);
  second(engine, 60);
  assert.deepEqual(told(listener), [["-6882"]]);
});

Deno.test("PeerExchange tells where a caller listens if it says so, and marks who can be reached and who has everything", () => {
  const engine = harness();
  const listener = join({ engine });
  join({ engine }, { calls: true });
  join({ engine }, { calls: true, port: 7003 });
  join({ engine }, { isSeeder: true });
  second(engine);
  assert.deepEqual(told(listener), [["+7003", `+6884/${R | PexFlag.isUploadOnly}`]]);
  assert.deepEqual(engine.events, ["listening 7003"]);
});

Deno.test("PeerExchange believes a caller the first port that it names, whatever it says later", () => {
  const engine = harness();
  const listener = join({ engine });
  const caller = join({ engine }, { calls: true, port: 7003 });
  for (let port = 8000; port < 8100; port++) {
    caller.peer.onExtended(0, encodeExtendedHandshake({ ids: new Map(), port }));
  }
  second(engine);
  assert.deepEqual(told(listener), [["+7003"]]);
  engine.engine.remove(caller.peer);
  second(engine, 60);
  assert.deepEqual(told(listener), [["-7003"]]);
});

Deno.test("PeerExchange names 50 at a time at most, the others a minute later", () => {
  const engine = harness();
  const listener = join({ engine });
  second(engine);
  join({ engine });
  second(engine);
  told(listener);
  for (let i = 0; i < 70; i++) join({ engine });
  const late = join({ engine });
  second(engine);
  assert.equal(told(late)[0]?.length, 50);
  second(engine, 60);
  assert.deepEqual(told(listener).map((names) => names.length), [50]);
  second(engine, 60);
  assert.deepEqual(told(listener).map((names) => names.length), [21]);
});

Deno.test("PeerExchange tells nothing to who does not take it, nor of who does not speak the extension protocol", () => {
  const engine = harness();
  const listener = join({ engine });
  const plain = engine.join("none", { unchokes: false });
  const deaf = engine.join("none", { unchokes: false, extended: true });
  deaf.peer.onExtended(0, encodeExtendedHandshake({ ids: new Map() }));
  second(engine);
  assert.deepEqual(plain.wire.extensions, []);
  assert.deepEqual(deaf.wire.extensions.map(({ id }) => id), [0]);
  assert.deepEqual(told(listener), [[`+6883/${R}`]]);
});

Deno.test("a private torrent neither tells nor takes peers, and does not offer to", () => {
  const engine = harness({ isPrivate: true });
  const listener = join({ engine }, { calls: true, port: 7000 });
  join({ engine });
  listener.peer.onExtended(ExtensionId.ut_pex, pex("127.0.0.1:5"));
  second(engine, 61);
  assert.deepEqual(told(listener), []);
  assert.deepEqual(engine.events, []);
});

function pex(...addresses: string[]): Uint8Array {
  const added = addresses.map((address): PexPeer => {
    const at = address.lastIndexOf(":");
    return { ip: address.slice(0, at), port: Number(address.slice(at + 1)), flags: 0 };
  });
  return encodePex({ added, dropped: [] });
}

Deno.test("peers that a peer names are handed on, those without a port and those nobody can reach are not", () => {
  const engine = harness();
  const { peer } = join({ engine });
  peer.onExtended(
    ExtensionId.ut_pex,
    pex("127.0.0.9:1", "8.8.8.8:2", "8.8.8.8:0", "0.0.0.0:3", "2001:db8::1:4"),
  );
  assert.deepEqual(engine.events, ["peers 127.0.0.9:1 8.8.8.8:2 [2001:db8::1]:4"]);
});

Deno.test("a peer names 100 at most, then as many more a minute as the BEP lets it, and nothing within 20 s", () => {
  const engine = harness();
  const { peer } = join({ engine });
  const many = (network: number) =>
    pex(
      ...Array.from({ length: 200 }, (_, i) => formatPeerAddress({ ip: `9.${network}.0.${i + 1}`, port: 1 })),
    );
  const counts: number[] = [];
  const send = (network: number): void => {
    engine.events.splice(0);
    peer.onBatchEnd(engine.now);
    peer.onExtended(ExtensionId.ut_pex, many(network));
    counts.push((engine.events[0]?.split(" ").length ?? 1) - 1);
  };
  send(1);
  engine.now += 19_999;
  send(2);
  engine.now += 1;
  send(3);
  engine.now += 60_000;
  send(4);
  engine.now += 3_600_000;
  send(5);
  assert.deepEqual(counts, [100, 0, 16, 50, 100]);
});
