// Long blocks that PeerConnection reads to their place in another's memory.

import assert from "node:assert/strict";
import {
  type ConnectedPeer,
  PeerConnection,
  type PeerConnectionOptions,
} from "../../../peer/net/peer_connection.ts";
import { Rc4 } from "../../../peer/net/rc4.ts";
import type { Landing } from "../../../protocol/message_decoder.ts";
import { pieceMessages } from "../../support/piece_messages.ts";
import { pseudoRandomBytes } from "../../support/random.ts";
import { sharedBytes } from "../../support/shared_bytes.ts";
import { socketPair, writeAll } from "../../support/socket_pair.ts";

const LONG = 512 * 1024;
const CONTENT = pseudoRandomBytes(4 * LONG, 12);
const MESSAGES = pieceMessages(7, 0, CONTENT, LONG);

/** Who has a place for every block: the buffer of its piece. */
class Lander {
  readonly buffer = sharedBytes(CONTENT.length);
  readonly came: number[] = [];
  readonly ended: number[] = [];
  #wake: () => void = () => {};

  onPieceBegin(index: number, begin: number, length: number): Landing {
    assert.equal(index, 7);
    return { bytes: this.buffer.subarray(begin, begin + length), end: () => this.ended.push(begin) };
  }

  onPiece(_index: number, begin: number, block: Uint8Array): void {
    assert.equal(block.buffer, this.buffer.buffer);
    this.came.push(begin);
    this.#wake();
  }

  onBatchEnd(): void {
    this.#wake();
  }

  onWritable(): void {}

  /** Resolves when something has come and `isSo`. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise<void>((resolve) => this.#wake = resolve);
  }
}

async function connect(options: PeerConnectionOptions = {}) {
  const [near, far] = await socketPair();
  const lander = new Lander();
  const connection = new PeerConnection(near, options);
  for (let begin = 0; begin < CONTENT.length; begin += LONG) connection.request(7, begin, LONG);
  return { far, lander, connection, run: connection.run(lander as unknown as ConnectedPeer) };
}

Deno.test("PeerConnection reads long blocks to their places, also enciphered ones", async () => {
  const key = new TextEncoder().encode("key");
  for (const isSecret of [false, true]) {
    const ciphers = isSecret ? { incoming: new Rc4(key), outgoing: new Rc4(key) } : undefined;
    const { far, lander, connection, run } = await connect({ ciphers });
    const bytes = MESSAGES.slice();
    if (isSecret) new Rc4(key).apply(bytes);
    await writeAll(far, bytes);
    await lander.until(() => lander.came.length === 4);
    assert.deepEqual(lander.came, [0, LONG, 2 * LONG, 3 * LONG]);
    assert.deepEqual(lander.ended, lander.came);
    assert.deepEqual(new Uint8Array(lander.buffer), CONTENT);
    assert.equal(connection.bytesRead, MESSAGES.length);
    connection.close("done");
    await run;
    far.close();
  }
});

Deno.test("PeerConnection writes nothing to a place after it was closed, and says so once", async () => {
  const { far, lander, connection, run } = await connect();
  await writeAll(far, MESSAGES.subarray(0, 100_000));
  await lander.until(() => connection.bytesRead === 100_000);
  connection.close("had enough");
  lander.buffer.fill(0);
  await far.write(MESSAGES.subarray(100_000, 200_000)).catch(() => {}); // it may hear of the end first
  await run;
  assert.deepEqual(lander.ended, [0]);
  assert.ok(lander.buffer.every((byte) => byte === 0));
  assert.deepEqual(lander.came, []);
  far.close();
});

Deno.test("PeerConnection refuses a longer block than any that was asked for", async () => {
  const { far, lander, connection, run } = await connect();
  await writeAll(far, pieceMessages(7, 0, new Uint8Array(LONG + 1), LONG + 1).subarray(0, 13));
  await run;
  assert.match(connection.closeReason, /must be at most 524301 bytes: got 524302/);
  assert.deepEqual(lander.ended, []);
  far.close();
});
