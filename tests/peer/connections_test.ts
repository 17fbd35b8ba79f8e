import assert from "node:assert/strict";
import { Connections } from "../../peer/connections.ts";
import { Places } from "../../peer/engine/peer_places.ts";
import { PeerPool } from "../../peer/engine/peer_pool.ts";
import { encodeExtendedHandshake } from "../../protocol/extension.ts";
import { encodeHandshake } from "../../protocol/handshake.ts";
import { InfoHash } from "../../protocol/info_hash.ts";
import { encodeReserved } from "../../protocol/mod.ts";
import { EngineHarness } from "../support/engine_harness.ts";
import { readUpTo, socketPair, writeAll } from "../support/socket_pair.ts";

const INFO_HASH = InfoHash.fromHex("0123456789abcdef0123456789abcdef01234567");
const [SMALL, LARGE] = [new Uint8Array(20).fill(1), new Uint8Array(20).fill(9)];

/** Time stands still: what happens here happens at the same moment, however slow the machine is. */
function stopTime(): Disposable {
  const { now } = performance;
  const moment = performance.now();
  performance.now = () => moment;
  return { [Symbol.dispose]: () => void (performance.now = now) };
}

/** The connections of a client with this peer id, which has dialled `home`. */
function open(peerId: Uint8Array, home: Deno.NetAddr) {
  const { engine } = new EngineHarness({ extensions: true });
  const pool = new PeerPool();
  const ended = Promise.withResolvers<void>();
  const connections = new Connections({
    infoHash: INFO_HASH,
    peerId,
    engine,
    pool,
    port: 1,
    maxPeers: 80,
    places: new Places(500),
    encryption: "off",
    onPeer: ({ action }) => action === "disconnected" && ended.resolve(),
    onBug: (error) => assert.fail(String(error)),
  });
  pool.add([{ ip: home.hostname, port: home.port }], "tracker", performance.now());
  connections.dialMore(performance.now());
  return { connections, engine, pool, ended: ended.promise };
}

Deno.test("Connections doesn't dial again whom it has dialled while he called, whichever connection stays", async () => {
  using _stopped = stopTime();
  for (const [ours, theirs] of [[LARGE, SMALL], [SMALL, LARGE]] as const) {
    using remote = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { connections, engine, pool, ended } = open(ours, remote.addr);
    const dialled = await remote.accept();
    await readUpTo(dialled, 68);
    const handshake = {
      infoHash: INFO_HASH.bytes,
      peerId: theirs,
      reserved: encodeReserved({ fast: false, extended: true }),
    };
    const [near, far] = await socketPair();
    const call = () => {
      const { hostname, port } = far.localAddr as Deno.NetAddr;
      const greeting = { ...handshake, protection: "none", received: new Uint8Array() } as const;
      connections.accept(near, greeting, { ip: hostname, port });
    };
    const answer = () => writeAll(dialled, encodeHandshake(handshake));
    if (ours === LARGE) {
      // Its call comes first and says where it listens; the answer to ours, which stays, comes then.
      call();
      const [caller] = engine.peers;
      assert.ok(caller !== undefined);
      caller.onExtended(0, encodeExtendedHandshake({ ids: new Map(), port: remote.addr.port }));
      connections.onListening(caller);
      await answer();
    } else {
      await answer();
      await readUpTo(dialled, 1); // ours is at work
      call();
    }
    await ended;
    assert.deepEqual([connections.size, connections.outgoing], [1, ours === LARGE ? 1 : 0]);
    assert.equal(pool.next(performance.now() + 3_600_000), undefined);
    await connections.close("done");
    dialled.close();
    far.close();
  }
});

Deno.test("Connections.close() on the news of a caller waits for that one's end, too", async () => {
  const [near, far] = await socketPair();
  const { engine } = new EngineHarness({ have: "all" });
  const news: string[] = [];
  let closing: Promise<void> | undefined;
  const connections = new Connections({
    infoHash: INFO_HASH,
    peerId: SMALL,
    engine,
    pool: new PeerPool(),
    port: 1,
    maxPeers: 80,
    places: new Places(500),
    encryption: "off",
    onPeer: ({ action }) => {
      news.push(action);
      closing ??= connections.close("done").then(() => void news.push("closed"));
    },
    onBug: (error) => assert.fail(String(error)),
  });
  const { hostname, port } = far.localAddr as Deno.NetAddr;
  const reserved = encodeReserved({ fast: true, extended: false });
  connections.accept(near, {
    infoHash: INFO_HASH.bytes,
    peerId: LARGE,
    reserved,
    protection: "none",
    received: new Uint8Array(),
  }, { ip: hostname, port });
  await closing;
  assert.deepEqual(news, ["connected", "disconnected", "closed"]);
  far.close();
});

Deno.test("Connections.dropAll() lets those whose addresses are still known be dialled again at once", async () => {
  using _stopped = stopTime();
  using remote = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { connections, pool, ended } = open(SMALL, remote.addr);
  using dialled = await remote.accept();
  await readUpTo(dialled, 68);
  const reserved = encodeReserved({ fast: true, extended: false });
  await writeAll(dialled, encodeHandshake({ infoHash: INFO_HASH.bytes, peerId: LARGE, reserved }));
  await readUpTo(dialled, 1); // ours is at work
  connections.dropAll("the torrent is private");
  await ended;
  const { hostname: ip, port } = remote.addr;
  assert.deepEqual(pool.next(performance.now()), { ip, port });
  await connections.close("done");
});
