// What PeerConnection does with piece messages that lie in another's memory.

import assert from "node:assert/strict";
import type { Lease, LentMessages } from "../../../peer/engine/ports.ts";
import { type ConnectedPeer, PeerConnection } from "../../../peer/net/peer_connection.ts";
import { Rc4 } from "../../../peer/net/rc4.ts";
import { SharedThrottle, Throttle } from "../../../peer/net/throttle.ts";
import { concat } from "../../../protocol/bytes.ts";
import { pieceMessages } from "../../support/piece_messages.ts";
import { pseudoRandomBytes } from "../../support/random.ts";
import { sharedBytes } from "../../support/shared_bytes.ts";
import { readUpTo, socketPair } from "../../support/socket_pair.ts";

const BLOCK = 16_384;
const MESSAGE = BLOCK + 13;
const BLOCKS = 64;

const deaf = { onWritable() {}, onBatchEnd() {} } as unknown as ConnectedPeer;

/** Messages in shared memory, as the read cache has them, and how many are out. */
class Span implements Lease {
  readonly messages = sharedBytes(BLOCKS * MESSAGE);
  out = 0;

  constructor() {
    this.messages.set(pieceMessages(1, 0, pseudoRandomBytes(BLOCKS * BLOCK, 8)));
  }

  lend(block: number): LentMessages {
    this.out++;
    return { lease: this, from: block * MESSAGE, to: (block + 1) * MESSAGE, count: 1 };
  }

  message(block: number): Uint8Array {
    return this.messages.slice(block * MESSAGE, (block + 1) * MESSAGE);
  }

  end(): void {
    this.out--;
  }
}

function limited(rate: number): { down: Throttle; up: Throttle; shared: SharedThrottle } {
  const shared = new SharedThrottle();
  shared.limit(rate);
  return { down: new Throttle(new SharedThrottle()), up: new Throttle(shared), shared };
}

Deno.test("PeerConnection sends lent messages in their turn among its own, and ends their leases", async () => {
  const [near, far] = await socketPair();
  const connection = new PeerConnection(near);
  const span = new Span();
  const run = connection.run(deaf);
  connection.unchoke();
  for (const block of [3, 4, 5]) connection.lent(span.lend(block));
  connection.keepAlive();
  connection.lent(span.lend(0));
  connection.choke();
  assert.equal(connection.room, 256 * 1024 - 4 * MESSAGE - 5 - 4 - 5);
  connection.flush();
  const expected = concat([
    Uint8Array.of(0, 0, 0, 1, 1),
    ...[3, 4, 5].map((block) => span.message(block)),
    Uint8Array.of(0, 0, 0, 0),
    span.message(0),
    Uint8Array.of(0, 0, 0, 1, 0),
  ]);
  assert.deepEqual(await readUpTo(far, expected.length), expected);
  connection.close("done");
  await run;
  assert.equal(span.out, 0);
  assert.equal(connection.bytesWritten, expected.length);
  far.close();
});

Deno.test("PeerConnection keeps the pipe full with lent messages: 64 MiB, each lease ended when its message has left", async () => {
  const [near, far] = await socketPair();
  const connection = new PeerConnection(near);
  const span = new Span();
  let left = 4096;
  let most = 0;
  const fill = () => {
    for (; left > 0 && connection.room >= MESSAGE; left--) connection.lent(span.lend(left % BLOCKS));
    most = Math.max(most, span.out);
    connection.flush();
  };
  const peer = { onWritable: fill, onBatchEnd() {} } as unknown as ConnectedPeer;
  const run = connection.run(peer);
  fill();
  for (let block = 4096; block > 0; block--) {
    assert.deepEqual(await readUpTo(far, MESSAGE), span.message(block % BLOCKS));
  }
  connection.close("done");
  await run;
  assert.equal(span.out, 0);
  assert.ok(most <= 2 * Math.floor(256 * 1024 / MESSAGE), `${most} were out at once`);
  far.close();
});

Deno.test("PeerConnection ends the leases of what will never leave, written or not", async () => {
  const [near, far] = await socketPair();
  const connection = new PeerConnection(near);
  const span = new Span();
  let isStuck = false;
  const fill = () => {
    while (!isStuck && connection.room >= MESSAGE) connection.lent(span.lend(0));
    connection.flush();
  };
  const run = connection.run({ onWritable: fill, onBatchEnd() {} } as unknown as ConnectedPeer);
  fill();
  far.close(); // nothing was read
  await run;
  isStuck = true;
  assert.notEqual(connection.closeReason, "");
  assert.equal(span.out, 0);
  connection.lent(span.lend(1));
  assert.equal(span.out, 0, "also of what comes after the end");
});

Deno.test("PeerConnection takes nothing lent that has to be enciphered, or to leave in slices", async () => {
  const [near, far] = await socketPair();
  const key = new TextEncoder().encode("key");
  const connection = new PeerConnection(near, {
    ciphers: { incoming: new Rc4(key), outgoing: new Rc4(key) },
  });
  assert.equal(connection.takesLent(BLOCK), 0);
  connection.close("done");
  far.close();
  const [clear, other] = await socketPair();
  const { shared, ...limits } = limited(2 * MESSAGE - 1);
  const slow = new PeerConnection(clear, { limits });
  assert.equal(slow.takesLent(BLOCK), 0);
  shared.limit(2 * MESSAGE);
  assert.equal(slow.takesLent(BLOCK), 1, "under a limit one at a time");
  shared.limit(Infinity);
  assert.equal(slow.takesLent(BLOCK), Math.floor(256 * 1024 / MESSAGE));
  slow.lent(new Span().lend(0));
  assert.equal(slow.takesLent(BLOCK), Math.floor(256 * 1024 / MESSAGE) - 1);
  slow.close("done");
  other.close();
});

/** How many blocks pass before the limit holds them back. */
async function blocksThatPass(rate: number, send: (connection: PeerConnection) => void): Promise<number> {
  const [near, far] = await socketPair();
  const { shared, ...limits } = limited(rate);
  const connection = new PeerConnection(near, { limits });
  shared.refill(1000);
  let sent = 0;
  for (; connection.room >= MESSAGE && sent < 1000; sent++) send(connection);
  connection.close("done");
  far.close();
  return sent;
}

Deno.test("PeerConnection counts lent messages against the limit on uploads as it does copied ones", async () => {
  const span = new Span();
  const lent = await blocksThatPass(4 * MESSAGE, (connection) => connection.lent(span.lend(0)));
  const copied = await blocksThatPass(4 * MESSAGE, (connection) => connection.piece(0, 0, BLOCK));
  assert.equal(lent, copied);
  assert.ok(lent > 0 && lent < Math.floor(256 * 1024 / MESSAGE), `${lent} passed`);
  assert.equal(span.out, 0);
});
