import assert from "node:assert/strict";
import { toHex } from "../../../protocol/bytes.ts";
import { ProtocolError } from "../../../protocol/errors.ts";
import { encodeHandshake } from "../../../protocol/handshake.ts";
import { ConnectionError } from "../../../peer/net/errors.ts";
import { initiate, type Introduction, receive } from "../../../peer/net/handshaker.ts";
import { isHungUp, readUpTo, socketPair, writeAll } from "../../support/socket_pair.ts";

const OURS: Introduction = { infoHash: new Uint8Array(20).fill(1), peerId: new Uint8Array(20).fill(2) };
const THEIRS: Introduction = { infoHash: OURS.infoHash, peerId: new Uint8Array(20).fill(3) };
const LONG_MS = 30_000;

function introduce(infoHash: string): Introduction | undefined {
  return infoHash === toHex(OURS.infoHash) ? OURS : undefined;
}

Deno.test("initiate() and receive() learn each other's peer id and leave what follows unread", async () => {
  const [near, far] = await socketPair();
  const [seenByNear, seenByFar] = await Promise.all([
    initiate(near, { ...THEIRS, timeoutMs: LONG_MS }).then(async (handshake) => {
      await writeAll(near, Uint8Array.of(0, 0, 0, 0));
      return handshake;
    }),
    receive(far, { timeoutMs: LONG_MS, introduce }),
  ]);
  assert.deepEqual(seenByNear.peerId, OURS.peerId);
  assert.deepEqual(seenByFar.peerId, THEIRS.peerId);
  assert.deepEqual(seenByFar.infoHash, OURS.infoHash);
  assert.deepEqual([...await readUpTo(far, 4)], [0, 0, 0, 0]);
  near.close();
  far.close();
});

Deno.test("initiate() leaves a bitfield that came right behind the handshake unread", async () => {
  const [near, far] = await socketPair();
  await writeAll(far, Uint8Array.of(...encodeHandshake(OURS), 0, 0, 0, 2, 5, 255));
  await initiate(near, { ...THEIRS, timeoutMs: LONG_MS });
  assert.deepEqual([...await readUpTo(near, 6)], [0, 0, 0, 2, 5, 255]);
  near.close();
  far.close();
});

Deno.test("receive() answers before it has seen the peer id", async () => {
  const [near, far] = await socketPair();
  const received = receive(far, { timeoutMs: LONG_MS, introduce });
  const handshake = encodeHandshake(THEIRS);
  await writeAll(near, handshake.subarray(0, 48));
  assert.deepEqual(await readUpTo(near, 68), encodeHandshake(OURS));
  await writeAll(near, handshake.subarray(48));
  assert.deepEqual((await received).peerId, THEIRS.peerId);
  near.close();
  far.close();
});

Deno.test("receive() takes a handshake that comes one byte at a time", async () => {
  const [near, far] = await socketPair();
  near.setNoDelay(true);
  const received = receive(far, { timeoutMs: LONG_MS, introduce });
  for (const byte of encodeHandshake(THEIRS)) await writeAll(near, Uint8Array.of(byte));
  assert.deepEqual((await received).peerId, THEIRS.peerId);
  near.close();
  far.close();
});

Deno.test("receive() refuses a torrent that isn't here, and hangs up without an answer", async () => {
  const [near, far] = await socketPair();
  await writeAll(near, encodeHandshake({ ...THEIRS, infoHash: new Uint8Array(20).fill(0xab) }));
  await assert.rejects(receive(far, { timeoutMs: LONG_MS, introduce }), (error) => {
    assert.ok(error instanceof ProtocolError);
    assert.equal(
      error.message,
      `Cannot shake hands: no torrent here has this info hash: got ${"ab".repeat(20)}`,
    );
    return true;
  });
  assert.equal(await isHungUp(near), true);
  near.close();
});

Deno.test("receive() drops a browser at its first bytes", async () => {
  const [near, far] = await socketPair();
  await writeAll(near, new TextEncoder().encode("GET /")); // far less than a handshake
  await assert.rejects(receive(far, { timeoutMs: LONG_MS, introduce }), ProtocolError);
  assert.equal(await isHungUp(near), true);
  near.close();
});

Deno.test("initiate() refuses the answer of another torrent and another protocol", async (t) => {
  const cases = [
    { name: "another torrent", answer: encodeHandshake({ ...OURS, infoHash: new Uint8Array(20).fill(9) }) },
    { name: "another protocol", answer: new Uint8Array(68).fill(65) },
  ];
  for (const { name, answer } of cases) {
    await t.step(name, async () => {
      const [near, far] = await socketPair();
      await writeAll(far, answer);
      await assert.rejects(initiate(near, { ...THEIRS, timeoutMs: LONG_MS }), ProtocolError);
      assert.deepEqual(await readUpTo(far, 100), encodeHandshake(THEIRS));
      far.close();
    });
  }
});

Deno.test("initiate() and receive() tell how far a peer came that hung up", async () => {
  for (const length of [0, 1, 67]) {
    const [near, far] = await socketPair();
    await writeAll(far, encodeHandshake(OURS).subarray(0, length));
    await far.closeWrite();
    await assert.rejects(initiate(near, { ...THEIRS, timeoutMs: LONG_MS }), {
      name: "ConnectionError",
      message: `Cannot shake hands: the peer hung up: got ${length} bytes`,
    });
    far.close();
  }
  const [near, far] = await socketPair();
  await writeAll(near, encodeHandshake(THEIRS).subarray(0, 50));
  await near.closeWrite();
  await assert.rejects(receive(far, { timeoutMs: LONG_MS, introduce }), ConnectionError);
  near.close();
});

Deno.test("receive() has one deadline for all: a byte now and then doesn't move it", async () => {
  const [near, far] = await socketPair();
  near.setNoDelay(true);
  const handshake = encodeHandshake(THEIRS);
  // The drip goes on until the deadline ends it: were the deadline moved by a byte, all 68 would arrive and be taken.
  let isOver = false;
  const drip = (async () => {
    for (const byte of handshake) {
      if (isOver) return;
      try {
        await near.write(Uint8Array.of(byte));
      } catch {
        return; // hung up
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  })();
  await assert.rejects(receive(far, { timeoutMs: 60, introduce }), {
    name: "ConnectionError",
    message: "Cannot shake hands: nothing complete within 0.06 s",
  });
  isOver = true;
  await drip;
  near.close();
});

Deno.test("initiate() gives up on a peer that says nothing, and hangs up", async () => {
  const [near, far] = await socketPair();
  await assert.rejects(initiate(near, { ...THEIRS, timeoutMs: 20 }), ConnectionError);
  assert.equal(await isHungUp(far), true);
  far.close();
});
