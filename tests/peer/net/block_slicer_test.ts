// Uploads under small limits, in simulated time: one block is several seconds' worth of bytes.

import assert from "node:assert/strict";
import { MessageDecoder } from "../../../protocol/message_decoder.ts";
import type { MessageHandler } from "../../../protocol/message_decoder.ts";
import { type ConnectedPeer, PeerConnection } from "../../../peer/net/peer_connection.ts";
import { SharedThrottle, Throttle } from "../../../peer/net/throttle.ts";
import { SeededRandom } from "../../support/random.ts";

const BLOCK = 16_384;
const TICK_MS = 50;

/** A client with a limit on uploads, and its peers, who want all they can get and tell what arrives. */
class Uploads {
  now = 0;
  readonly shared = new SharedThrottle();
  readonly throttle = new Throttle(this.shared);
  readonly peers: Taker[];
  readonly #random = new SeededRandom(5);

  constructor(rate: number, peers = 1) {
    this.shared.limit(rate);
    this.peers = Array.from({ length: peers }, () => new Taker(this));
  }

  /** Lets time pass in ticks that come as regularly as a busy machine's. */
  async pass(seconds: number): Promise<void> {
    for (let left = seconds * 1000; left > 0;) {
      const tick = Math.min(TICK_MS + this.#random.below(60), left);
      left -= tick;
      this.now += tick;
      this.shared.refill(tick);
      for (let i = 0; i < 50; i++) await Promise.resolve();
    }
  }

  /** Bytes that have left in these milliseconds. */
  between(from: number, to: number): number {
    return this.peers.flatMap(({ written }) => written)
      .filter(({ at }) => at > from && at <= to)
      .reduce((sum, { bytes }) => sum + bytes, 0);
  }

  async close(): Promise<void> {
    for (const { connection } of this.peers) connection.close("the test is over");
    await Promise.all(this.peers.map(({ run }) => run));
  }
}

/** One peer, and our connection to it. */
class Taker {
  readonly written: { at: number; bytes: number }[] = [];
  /** Messages that have arrived whole. */
  readonly messages: string[] = [];
  readonly connection: PeerConnection;
  readonly run: Promise<void>;
  /** Blocks that it still wants. */
  wanted = Infinity;
  #sent = 0;

  constructor(uploads: Uploads) {
    const decoder = new MessageDecoder();
    const gone = Promise.withResolvers<null>();
    const conn = {
      // deno-lint-ignore require-await -- as a socket's, it is a promise
      write: async (bytes: Uint8Array) => {
        this.written.push({ at: uploads.now, bytes: bytes.length });
        for (let at = 0; at < bytes.length;) {
          const space = decoder.space();
          const part = bytes.subarray(at, at + space.length);
          space.set(part);
          at += part.length;
          decoder.advance(part.length, this.#ears());
        }
        return bytes.length;
      },
      read: () => gone.promise,
      close: () => gone.resolve(null),
    } as unknown as Deno.Conn;
    const { throttle } = uploads;
    this.connection = new PeerConnection(conn, {
      limits: { down: new Throttle(new SharedThrottle()), up: throttle },
      now: () => uploads.now,
    });
    const peer = { onWritable: () => this.fill(), onBatchEnd() {} } as unknown as ConnectedPeer;
    this.run = this.connection.run(peer);
    this.fill();
  }

  /** As an uploader does: blocks while there is room. Each is full of its own number. */
  fill(): void {
    while (this.wanted > 0 && this.connection.room >= BLOCK + 13) {
      this.wanted--;
      this.connection.piece(this.#sent, 0, BLOCK).fill(this.#sent % 251);
      this.#sent++;
    }
    this.connection.flush();
  }

  #ears(): MessageHandler {
    return {
      onPiece: (index: number, begin: number, block: Uint8Array) => {
        assert.ok(block.every((byte) => byte === index % 251), `block ${index} is spoilt`);
        this.messages.push(`piece ${index} ${begin} ${block.length}`);
      },
      onHave: (index: number) => this.messages.push(`have ${index}`),
      onChoke: () => this.messages.push("choke"),
    } as unknown as MessageHandler;
  }
}

Deno.test("uploads are held to a small limit in any two seconds", async (t) => {
  for (const [rate, peers] of [[1_000, 1], [4_000, 1], [4_000, 4], [10_000, 3], [31_000, 2]] as const) {
    await t.step(`${rate} bytes a second for ${peers}`, async () => {
      const uploads = new Uploads(rate, peers);
      await uploads.pass(70);
      for (let from = 2_000; from < 68_000; from += 500) {
        const bytes = uploads.between(from, from + 2_000);
        const off = Math.abs(bytes - rate * 2);
        assert.ok(off <= rate * 2 * 0.15, `${bytes} bytes in the two seconds from ${from} ms on`);
      }
      const off = Math.abs(uploads.between(5_000, 65_000) - rate * 60);
      assert.ok(off <= rate * 60 * 0.01, `off by ${off} bytes in a minute`);
      const blocks = uploads.peers.map(({ messages }) => messages.length);
      assert.ok(Math.min(...blocks) >= Math.floor(rate * 65 / peers / (BLOCK + 13)) - 1, `blocks: ${blocks}`);
      await uploads.close();
    });
  }
});

Deno.test("a message that comes while a block is under way takes the rest with it at once, which is paid off", async () => {
  const uploads = new Uploads(4_000);
  const [{ connection, messages }] = uploads.peers as [Taker];
  await uploads.pass(2);
  assert.deepEqual(messages, []);
  connection.haves(Uint8Array.of(0, 0, 0, 5, 4, 0, 0, 0, 7));
  connection.flush();
  for (let i = 0; i < 50; i++) await Promise.resolve();
  assert.deepEqual(messages, ["piece 0 0 16384", "have 7"]);
  const from = uploads.now;
  await uploads.pass(1.5);
  assert.equal(uploads.between(from, uploads.now), 0, "what was sent too early is paid off first");
  await uploads.pass(30);
  const off = Math.abs(uploads.between(0, uploads.now) - 4_000 * 33.5);
  assert.ok(off < 2_000, `off by ${off} bytes`);
  await uploads.close();
});

Deno.test("a block under way leaves at once when the limit is lifted, and not at all when the connection ends", async () => {
  const uploads = new Uploads(4_000, 2);
  const [first, second] = uploads.peers as [Taker, Taker];
  first.wanted = second.wanted = 0;
  await uploads.pass(2);
  assert.deepEqual([first.messages, second.messages], [[], []]);
  second.connection.close("has had enough");
  uploads.shared.limit(Infinity);
  for (let i = 0; i < 50; i++) await Promise.resolve();
  assert.deepEqual([first.messages, second.messages], [["piece 0 0 16384"], []]);
  await uploads.close();
});
