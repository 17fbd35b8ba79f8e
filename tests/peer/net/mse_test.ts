import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { concat, toHex } from "../../../protocol/bytes.ts";
import { ProtocolError } from "../../../protocol/errors.ts";
import { encodeHandshake } from "../../../protocol/handshake.ts";
import { CryptoMethod, type Encryption, methodsOf } from "../../../peer/net/encryption.ts";
import { ConnectionError } from "../../../peer/net/errors.ts";
import { type Greeting, initiate, receive, type ReceiveOptions } from "../../../peer/net/handshaker.ts";
import { HandshakeStream } from "../../../peer/net/handshake_stream.ts";
import { InfoHashIndex } from "../../../peer/net/info_hash_index.ts";
import { KEY_LENGTH, KeyExchange } from "../../../peer/net/key_exchange.ts";
import { call } from "../../../peer/net/mse.ts";
import { type MemoryConnOptions, memoryPair } from "../../support/memory_conn.ts";
import { mutate } from "../../support/mutations.ts";
import { SeededRandom } from "../../support/random.ts";

const PEER_ID = new Uint8Array(20).fill(2);
const TORRENTS = [1, 2, 3].map((fill) => new Uint8Array(20).fill(fill));
const OTHER_TORRENT = new Uint8Array(20).fill(9);
const [INFO_HASH] = TORRENTS as [Uint8Array];
const BOTH = CryptoMethod.rc4 | CryptoMethod.plaintext;
const HAVE_7 = Uint8Array.of(0, 0, 0, 5, 4, 0, 0, 0, 7);
const NEVER_MS = 2 ** 30;

async function receiving(
  encryption: Encryption,
  infoHashes = TORRENTS,
): Promise<ReceiveOptions> {
  const index = new InfoHashIndex();
  for (const infoHash of infoHashes) await index.add(infoHash);
  return {
    timeoutMs: NEVER_MS,
    encryption,
    findInfoHash: (obfuscated) => index.find(obfuscated),
    introduce: (hex) => {
      const infoHash = infoHashes.find((each) => toHex(each) === hex);
      return infoHash && { infoHash, peerId: PEER_ID };
    },
  };
}

interface Calling {
  methods?: number;
  infoHash?: Uint8Array;
}

/** One handshake in memory: what each side made of it. */
function shake(
  { methods, infoHash = INFO_HASH }: Calling,
  options: ReceiveOptions,
  conn: MemoryConnOptions = {},
): Promise<[PromiseSettledResult<Greeting>, PromiseSettledResult<Greeting>]> {
  const [near, far] = memoryPair(conn);
  const introduction = { infoHash, peerId: new Uint8Array(20).fill(3) };
  // Whoever is done leaves, so that nobody waits for it forever.
  const thenLeave = (conn: Deno.Conn) => (greeting: Greeting) => {
    conn.close();
    return greeting;
  };
  return Promise.allSettled([
    initiate(near, { ...introduction, timeoutMs: NEVER_MS, ...(methods ? { methods } : {}) })
      .then(thenLeave(near)),
    receive(far, options).then(thenLeave(far)),
  ]);
}

function valueOf(result: PromiseSettledResult<Greeting>): Greeting {
  if (result.status === "rejected") throw result.reason;
  return result.value;
}

function sha1(word: string, secret: Uint8Array): Uint8Array {
  return Uint8Array.from(createHash("sha1").update(word).update(secret).digest());
}

Deno.test("receive() takes plain and encrypted callers as each policy says", async (t) => {
  const callers = { plain: undefined, both: BOTH, rc4: CryptoMethod.rc4, clear: CryptoMethod.plaintext };
  const expected: Record<Encryption, Record<keyof typeof callers, Greeting["protection"] | "refused">> = {
    off: { plain: "none", both: "refused", rc4: "refused", clear: "refused" },
    allowed: { plain: "none", both: "handshake", rc4: "rc4", clear: "handshake" },
    preferred: { plain: "none", both: "rc4", rc4: "rc4", clear: "handshake" },
    required: { plain: "refused", both: "rc4", rc4: "rc4", clear: "refused" },
  };
  for (const [policy, outcomes] of Object.entries(expected)) {
    for (const [caller, outcome] of Object.entries(outcomes)) {
      await t.step(`${policy}, caller ${caller}: ${outcome}`, async () => {
        const methods = callers[caller as keyof typeof callers];
        const results = await shake(methods ? { methods } : {}, await receiving(policy as Encryption));
        if (outcome === "refused") {
          const [near, far] = results;
          assert.ok(near.status === "rejected" && near.reason instanceof ConnectionError);
          assert.ok(far.status === "rejected" && far.reason instanceof ProtocolError);
          return;
        }
        for (const greeting of results.map(valueOf)) {
          assert.equal(greeting.protection, outcome);
          assert.equal(greeting.ciphers !== undefined, outcome === "rc4");
          assert.equal(greeting.received.length, 0);
          assert.deepEqual(greeting.infoHash, INFO_HASH);
        }
      });
    }
  }
});

Deno.test("initiate() offers RC4 alone where it is required, and else both methods", () => {
  assert.equal(methodsOf("required"), CryptoMethod.rc4);
  for (const policy of ["allowed", "preferred"] as const) assert.equal(methodsOf(policy), BOTH);
});

Deno.test("receive() finds the torrent that an encrypted caller means, among several", async () => {
  for (const infoHash of TORRENTS) {
    const [, far] = await shake({ methods: BOTH, infoHash }, await receiving("preferred"));
    assert.deepEqual(valueOf(far).infoHash, infoHash);
  }
  const [near, far] = await shake({ methods: BOTH, infoHash: OTHER_TORRENT }, await receiving("preferred"));
  assert.ok(near.status === "rejected" && near.reason instanceof ConnectionError);
  assert.ok(far.status === "rejected");
  assert.match(String(far.reason), /no torrent here has the info hash of an encrypted caller/);
});

Deno.test("InfoHashIndex.find() knows what was added and not what was deleted", async () => {
  const index = new InfoHashIndex();
  for (const infoHash of TORRENTS) await index.add(infoHash);
  await index.delete(INFO_HASH);
  const options = { ...await receiving("required"), findInfoHash: (name: string) => index.find(name) };
  const [first, second] = await Promise.all(
    TORRENTS.slice(0, 2).map((infoHash) => shake({ methods: BOTH, infoHash }, options)),
  );
  assert.equal(first?.[1].status, "rejected");
  assert.equal(second?.[1].status, "fulfilled");
});

Deno.test("an encrypted handshake may come one byte at a time, and leaves what follows unread", async () => {
  for (const methods of [CryptoMethod.rc4, CryptoMethod.plaintext]) {
    const [near, far] = memoryPair({ mostPerRead: 1 });
    const both = await Promise.all([
      initiate(near, { infoHash: INFO_HASH, peerId: PEER_ID, timeoutMs: NEVER_MS, methods }),
      receive(far, await receiving("allowed")),
    ]);
    for (
      const [conn, greeting, otherConn, other] of [[near, both[0], far, both[1]], [
        far,
        both[1],
        near,
        both[0],
      ]] as const
    ) {
      const sent = HAVE_7.slice();
      greeting.ciphers?.outgoing.apply(sent);
      if (methods === CryptoMethod.rc4) assert.notDeepEqual(sent, HAVE_7);
      await conn.write(sent);
      const received = new Uint8Array(HAVE_7.length);
      await new HandshakeStream(otherConn).read(received);
      other.ciphers?.incoming.apply(received);
      assert.deepEqual(received, HAVE_7);
    }
  }
});

Deno.test("receive() takes a payload that is empty, a part of the handshake, or more than it", async (t) => {
  const handshake = encodeHandshake({ infoHash: INFO_HASH, peerId: PEER_ID });
  for (const methods of [CryptoMethod.rc4, CryptoMethod.plaintext]) {
    for (const cut of [0, 30, 68, 68 + HAVE_7.length]) {
      await t.step(`method ${methods}, ${cut} bytes`, async () => {
        const all = concat([handshake, HAVE_7]);
        const [near, far] = memoryPair();
        const received = receive(far, await receiving("allowed"));
        const stream = new HandshakeStream(near);
        await call(stream, { infoHash: INFO_HASH, methods, payload: all.slice(0, cut) });
        await stream.write(all.slice(cut));
        const greeting = await received;
        assert.deepEqual(greeting.peerId, PEER_ID);
        const rest = new Uint8Array(Math.max(0, HAVE_7.length - greeting.received.length));
        await new HandshakeStream(far).read(rest);
        greeting.ciphers?.incoming.apply(rest);
        assert.deepEqual(concat([greeting.received, rest]), HAVE_7);
      });
    }
  }
});

/** Calls as far as the pad, which is made of beginnings of what ends it. */
async function callWithPad(length: number): Promise<unknown> {
  const [near, far] = memoryPair();
  const received = receive(far, await receiving("allowed")).catch((error) => error);
  const exchange = new KeyExchange();
  await near.write(exchange.publicKey);
  const theirKey = new Uint8Array(KEY_LENGTH);
  await new HandshakeStream(near).read(theirKey);
  const secret = exchange.secretWith(theirKey);
  const mark = sha1("req1", secret);
  const pad = new Uint8Array(length).map((_, i) => mark[i % 19] as number);
  // A name of zeros is nobody's: whoever finds the mark says that the torrent isn't here.
  await near.write(concat([pad, mark, new Uint8Array(20)]));
  return await received;
}

Deno.test("a pad may be up to 512 bytes of anything, also of the beginning of what ends it", async () => {
  for (const length of [0, 1, 19, 38, 511, 512]) {
    assert.match(String(await callWithPad(length)), /no torrent here/);
  }
  assert.match(String(await callWithPad(513)), /a pad must be at most 512 bytes: got more/);
});

Deno.test("initiate() gives up on a peer that answers an encrypted call in the clear", async () => {
  const [near, far] = memoryPair();
  await far.write(encodeHandshake({ infoHash: INFO_HASH, peerId: PEER_ID }));
  await assert.rejects(
    initiate(near, { infoHash: INFO_HASH, peerId: PEER_ID, timeoutMs: NEVER_MS, methods: BOTH }),
    { name: "ProtocolError", message: "Cannot encrypt: must be a public key: got a plaintext handshake" },
  );
});

Deno.test("receive() refuses a BitTorrent handshake for another torrent than the encryption was for", async () => {
  const [near, far] = memoryPair();
  const received = receive(far, await receiving("allowed"));
  const payload = encodeHandshake({ infoHash: TORRENTS[1] as Uint8Array, peerId: PEER_ID });
  await Promise.all([
    call(new HandshakeStream(near), { infoHash: INFO_HASH, methods: BOTH, payload }),
    assert.rejects(received, { name: "ProtocolError", message: /the info hash must be 0101.*: got 0202/ }),
  ]);
});

Deno.test("initiate() and receive() survive 10,000 spoilt encrypted handshakes", async () => {
  const seed = 20261124;
  const random = new SeededRandom(seed);
  const outcomes = { fulfilled: 0, rejected: 0 };
  const methods = [BOTH, CryptoMethod.rc4, CryptoMethod.plaintext];
  for (let run = 0; run < 5_000; run++) {
    // Five writes make a handshake; one or more of them is spoilt, on either way.
    const spoilt = random.below(5);
    let writes = 0;
    const spoil = (bytes: Uint8Array) =>
      writes++ === spoilt || random.below(10) === 0 ? mutate(bytes, random) : bytes.slice();
    const calling = { methods: methods[random.below(3)] as number };
    for (
      const result of await shake(calling, await receiving("allowed"), {
        spoil,
        mostPerRead: 1 + random.below(200),
      })
    ) {
      outcomes[result.status]++;
      if (result.status === "fulfilled") continue;
      const { reason } = result;
      assert.ok(
        reason instanceof ProtocolError || reason instanceof ConnectionError,
        `seed ${seed}, run ${run}: ${reason?.stack}`,
      );
    }
  }
  // Both ends of each: 10,000 parses. A spoilt pad harms nobody, so some come through.
  assert.ok(outcomes.fulfilled > 100 && outcomes.rejected > 5_000, JSON.stringify(outcomes));
});
