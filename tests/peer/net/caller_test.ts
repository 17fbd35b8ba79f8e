import assert from "node:assert/strict";
import { toHex } from "../../../protocol/bytes.ts";
import { ProtocolError } from "../../../protocol/errors.ts";
import { callPeer } from "../../../peer/net/caller.ts";
import type { Encryption, Protection } from "../../../peer/net/encryption.ts";
import { ConnectionError } from "../../../peer/net/errors.ts";
import { HandshakeTimeout, receive } from "../../../peer/net/handshaker.ts";
import { InfoHashIndex } from "../../../peer/net/info_hash_index.ts";
import { Listener } from "../../../peer/net/listener.ts";

const INFO_HASH = new Uint8Array(20).fill(1);
const PEER_ID = new Uint8Array(20).fill(2);
const LONG_MS = 60_000;

/** Listens as a peer with `encryption`, calls it as one with `own`, and tells what came of it and in how many calls. */
async function callAs(own: Encryption, encryption: Encryption, infoHash = INFO_HASH) {
  let calls = 0;
  const accepted: Deno.Conn[] = [];
  const index = new InfoHashIndex();
  await index.add(INFO_HASH);
  const listener = Listener.listen({
    port: 0,
    hostname: "127.0.0.1",
    async onConnection(conn) {
      calls++;
      await receive(conn, {
        timeoutMs: LONG_MS,
        encryption,
        findInfoHash: (obfuscated) => index.find(obfuscated),
        introduce: (hex) => hex === toHex(INFO_HASH) ? { infoHash: INFO_HASH, peerId: PEER_ID } : undefined,
      });
      accepted.push(conn);
    },
  });
  try {
    const { conn, greeting } = await callPeer({ ip: "127.0.0.1", port: listener.port }, {
      introduction: { infoHash, peerId: new Uint8Array(20).fill(3) },
      encryption: own,
      connectTimeoutMs: LONG_MS,
      handshakeTimeoutMs: LONG_MS,
      signal: new AbortController().signal,
    });
    conn.close();
    return { protection: greeting.protection, calls };
  } catch (error) {
    return { error, calls };
  } finally {
    await listener.close();
    for (const conn of accepted) conn.close();
  }
}

Deno.test("callPeer() tries the way that its policy likes best, then the other", async (t) => {
  const cases: [own: Encryption, theirs: Encryption, protection: Protection, calls: number][] = [
    ["off", "allowed", "none", 1],
    ["allowed", "off", "none", 1],
    ["allowed", "allowed", "none", 1],
    ["allowed", "required", "rc4", 2],
    ["preferred", "off", "none", 2],
    ["preferred", "allowed", "handshake", 1],
    ["preferred", "preferred", "rc4", 1],
    ["required", "allowed", "rc4", 1],
    ["required", "required", "rc4", 1],
  ];
  for (const [own, theirs, protection, calls] of cases) {
    await t.step(`${own} calls ${theirs}`, async () => {
      assert.deepEqual(await callAs(own, theirs), { protection, calls });
    });
  }
});

Deno.test("callPeer() finds no way between off and required", async () => {
  for (const [own, theirs] of [["off", "required"], ["required", "off"]] as const) {
    const { error, calls } = await callAs(own, theirs);
    assert.ok(error instanceof ConnectionError);
    assert.equal(calls, 1);
  }
});

Deno.test("callPeer() tells why the first way failed when both do", async () => {
  const { error, calls } = await callAs("allowed", "allowed", new Uint8Array(20).fill(9));
  assert.ok(error instanceof ConnectionError || error instanceof ProtocolError);
  assert.match(error.message, /the peer hung up: got 0 bytes|connection reset/);
  assert.equal(calls, 2);
});

Deno.test("callPeer() does not try another way on a peer that says nothing, and hangs up when it is given up", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const address = { ip: "127.0.0.1", port: listener.addr.port };
  const options = {
    introduction: { infoHash: INFO_HASH, peerId: PEER_ID },
    encryption: "allowed" as const,
    connectTimeoutMs: LONG_MS,
  };
  const silent = callPeer(address, {
    ...options,
    handshakeTimeoutMs: 20,
    signal: new AbortController().signal,
  });
  const conns = [await listener.accept()];
  await assert.rejects(silent, { message: "Cannot shake hands: nothing complete within 0.02 s" });

  const giveUp = new AbortController();
  const abandoned = callPeer(address, { ...options, handshakeTimeoutMs: LONG_MS, signal: giveUp.signal });
  conns.push(await listener.accept());
  giveUp.abort();
  await assert.rejects(abandoned, ConnectionError);
  for (const conn of conns) conn.close();
});

Deno.test("callPeer() gives up at once when it is told to while its connection is being made", async () => {
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepting = silent.accept();
  const abort = new AbortController();
  const { connect } = Deno;
  // The connection is there, and nobody has heard of it yet.
  Deno.connect = (async (options: Deno.ConnectOptions) => {
    const conn = await connect(options);
    abort.abort();
    return conn;
  }) as typeof connect;
  try {
    const calling = callPeer({ ip: "127.0.0.1", port: silent.addr.port }, {
      introduction: { infoHash: INFO_HASH, peerId: PEER_ID },
      encryption: "off",
      connectTimeoutMs: LONG_MS,
      handshakeTimeoutMs: 500,
      signal: abort.signal,
    });
    await assert.rejects(
      calling,
      (error) => error instanceof ConnectionError && !(error instanceof HandshakeTimeout),
    );
  } finally {
    Deno.connect = connect;
  }
  (await accepting).close();
});
