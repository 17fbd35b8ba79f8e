import assert from "node:assert/strict";
import { ProtocolError } from "../../../protocol/errors.ts";
import { MessageId } from "../../../protocol/messages.ts";
import { type ConnectedPeer, PeerConnection } from "../../../peer/net/peer_connection.ts";
import { Rc4 } from "../../../peer/net/rc4.ts";
import { isHungUp, readUpTo, socketPair, writeAll } from "../../support/socket_pair.ts";

/** Writes down what it is told; a test overrides what it wants to see. */
class RecordingPeer implements ConnectedPeer {
  readonly calls: string[] = [];
  readonly #waiting: { call: string; resolve: () => void }[] = [];

  constructor(overrides: Partial<ConnectedPeer> = {}) {
    Object.assign(this, overrides);
  }

  #record(call: string): void {
    this.calls.push(call);
    for (const waiting of this.#waiting) if (waiting.call === call) waiting.resolve();
  }

  /** Resolves when `call` has been recorded. */
  async until(call: string): Promise<void> {
    if (this.calls.includes(call)) return;
    await new Promise<void>((resolve) => this.#waiting.push({ call, resolve }));
  }

  onKeepAlive(): void {
    this.#record("keep-alive");
  }
  onChoke(): void {
    this.#record("choke");
  }
  onUnchoke(): void {
    this.#record("unchoke");
  }
  onInterested(): void {
    this.#record("interested");
  }
  onNotInterested(): void {
    this.#record("not interested");
  }
  onHave(index: number): void {
    this.#record(`have ${index}`);
  }
  onBitfield(bits: Uint8Array): void {
    this.#record(`bitfield ${[...bits]}`);
  }
  onRequest(index: number, begin: number, length: number): void {
    this.#record(`request ${index} ${begin} ${length}`);
  }
  onPiece(index: number, begin: number, block: Uint8Array): void {
    this.#record(`piece ${index} ${begin} ${block.length}x${block[0]}`);
  }
  onCancel(index: number, begin: number, length: number): void {
    this.#record(`cancel ${index} ${begin} ${length}`);
  }
  onExtended(id: number, payload: Uint8Array): void {
    this.#record(`extended ${id} ${[...payload]}`);
  }
  onSuggest(index: number): void {
    this.#record(`suggest ${index}`);
  }
  onHaveAll(): void {
    this.#record("have all");
  }
  onHaveNone(): void {
    this.#record("have none");
  }
  onReject(index: number, begin: number, length: number): void {
    this.#record(`reject ${index} ${begin} ${length}`);
  }
  onAllowedFast(index: number): void {
    this.#record(`allowed fast ${index}`);
  }
  onUnknown(id: number, payload: Uint8Array): void {
    this.#record(`unknown ${id} ${[...payload]}`);
  }
  onBatchEnd(_now: number): void {}
  onWritable(_now: number): void {}
}

async function connectionPair(): Promise<[PeerConnection, PeerConnection]> {
  const [near, far] = await socketPair();
  return [new PeerConnection(near), new PeerConnection(far)];
}

const HAVE_7 = Uint8Array.of(0, 0, 0, 5, MessageId.have, 0, 0, 0, 7);

Deno.test("PeerConnection carries every message to the other end, in order", async () => {
  const [near, far] = await connectionPair();
  const peer = new RecordingPeer();
  const runs = [near.run(new RecordingPeer()), far.run(peer)];
  near.bitfield(Uint8Array.of(0xa0, 1));
  near.haves(Uint8Array.of(...HAVE_7, 0, 0, 0, 5, MessageId.have, 0xff, 0xff, 0xff, 0xff));
  near.interested();
  near.unchoke();
  near.request(1, 16384, 16384);
  near.cancel(1, 16384, 16384);
  near.piece(2, 32768, 5).fill(9);
  near.haveAll();
  near.haveNone();
  near.reject(3, 16384, 16384);
  near.allowedFast(4);
  near.suggest(5);
  near.keepAlive();
  near.choke();
  near.notInterested();
  near.flush();
  await peer.until("not interested");
  assert.deepEqual(peer.calls, [
    "bitfield 160,1",
    "have 7",
    "have 4294967295",
    "interested",
    "unchoke",
    "request 1 16384 16384",
    "cancel 1 16384 16384",
    "piece 2 32768 5x9",
    "have all",
    "have none",
    "reject 3 16384 16384",
    "allowed fast 4",
    "suggest 5",
    "keep-alive",
    "choke",
    "not interested",
  ]);
  near.close("done");
  await Promise.all(runs);
  assert.equal(near.closeReason, "done");
  assert.equal(far.closeReason, "the peer hung up");
  assert.equal(near.bytesWritten, far.bytesRead);
  assert.ok(near.bytesWritten > 0);
  assert.equal(far.bytesWritten, 0);
});

Deno.test("PeerConnection enciphers what leaves and deciphers what comes, whatever the sizes", async () => {
  const [near, far] = await socketPair();
  const key = (text: string) => new Rc4(new TextEncoder().encode(text));
  const [left, right] = [
    new PeerConnection(near, { ciphers: { outgoing: key("a"), incoming: key("b") } }),
    new PeerConnection(far, { ciphers: { outgoing: key("b"), incoming: key("a") } }),
  ];
  const [leftPeer, rightPeer] = [new RecordingPeer(), new RecordingPeer()];
  const runs = [left.run(leftPeer), right.run(rightPeer)];
  for (let i = 1; i <= 40; i++) {
    left.piece(i, 0, i * 1000).fill(i);
    left.flush();
    right.request(i, 0, 16384);
    right.flush();
  }
  left.choke();
  right.choke();
  left.flush();
  right.flush();
  await Promise.all([leftPeer.until("choke"), rightPeer.until("choke")]);
  const numbers = Array.from({ length: 40 }, (_, i) => i + 1);
  assert.deepEqual(rightPeer.calls.slice(0, -1), numbers.map((i) => `piece ${i} 0 ${i * 1000}x${i}`));
  assert.deepEqual(leftPeer.calls.slice(0, -1), numbers.map((i) => `request ${i} 0 16384`));
  left.close("done");
  await Promise.all(runs);
});

Deno.test("PeerConnection delivers first what came together with the handshake", async () => {
  const [near, far] = await socketPair();
  const early = Uint8Array.from([...HAVE_7, ...HAVE_7.subarray(0, 4)]);
  const connection = new PeerConnection(near, { received: early });
  await writeAll(far, Uint8Array.of(...HAVE_7.subarray(4), 0, 0, 0, 1, MessageId.choke));
  const peer = new RecordingPeer();
  const run = connection.run(peer);
  await peer.until("choke");
  assert.deepEqual(peer.calls, ["have 7", "have 7", "choke"]);
  far.close();
  await run;
});

Deno.test("PeerConnection sends nothing before flush()", async () => {
  const [near, far] = await socketPair();
  const connection = new PeerConnection(near);
  connection.haves(HAVE_7);
  connection.close("not sent");
  assert.equal((await readUpTo(far, 100)).length, 0);
  far.close();
});

Deno.test("PeerConnection sends what was flushed before run()", async () => {
  const [near, far] = await socketPair();
  const connection = new PeerConnection(near);
  connection.haves(HAVE_7);
  connection.flush();
  assert.deepEqual([...await readUpTo(far, 9)], [...HAVE_7]);
  connection.close("done");
  await connection.run(new RecordingPeer());
  far.close();
});

Deno.test("PeerConnection.run() sends what waits already", async () => {
  const [near, far] = await socketPair();
  const connection = new PeerConnection(near);
  connection.haves(HAVE_7);
  const run = connection.run(new RecordingPeer());
  assert.deepEqual([...await readUpTo(far, 9)], [...HAVE_7]);
  far.close();
  await run;
});

Deno.test("PeerConnection tells the peer after each read and after each write, with the time", async () => {
  const [near, far] = await socketPair();
  const { promise: batched, resolve: onBatchEnd } = Promise.withResolvers<number>();
  const { promise: written, resolve: onWritable } = Promise.withResolvers<number>();
  const connection = new PeerConnection(near, { now: () => 42 });
  const run = connection.run(new RecordingPeer({ onBatchEnd, onWritable }));
  await writeAll(far, HAVE_7);
  assert.equal(await batched, 42);
  connection.haves(HAVE_7);
  connection.flush();
  assert.equal(await written, 42);
  connection.close("done");
  await run;
  far.close();
});

Deno.test("PeerConnection.onWritable keeps the pipe full: 64 MiB in blocks, asked for once", async () => {
  const [near, far] = await connectionPair();
  const blocks = 4096;
  let sent = 0;
  const fill = () => {
    while (sent < blocks && near.room >= 16384 + 13) near.piece(sent++, 0, 16384).fill(sent & 255);
    near.flush();
  };
  let next = 0;
  const { promise: complete, resolve: onComplete } = Promise.withResolvers<void>();
  const receiver = new RecordingPeer({
    onPiece(index, _begin, block) {
      assert.equal(index, next++);
      assert.equal(block[0], next & 255);
      assert.equal(block[16383], next & 255);
      if (next === blocks) onComplete();
    },
  });
  const runs = [near.run(new RecordingPeer({ onWritable: fill })), far.run(receiver)];
  fill();
  await complete;
  far.close("done");
  await Promise.all(runs);
  assert.equal(far.bytesRead, blocks * (16384 + 13));
});

Deno.test("PeerConnection.room counts block data and small messages, and takes these beyond it", async () => {
  const [near, far] = await socketPair();
  const connection = new PeerConnection(near, { maxBlockBytes: 20_000 });
  assert.equal(connection.room, 20_000);
  connection.piece(0, 0, 16384);
  assert.equal(connection.room, 20_000 - 16384 - 13);
  for (let i = 0; i < 1000; i++) connection.haves(HAVE_7);
  assert.equal(connection.room, 0);
  connection.flush();
  const bytes = await readUpTo(far, 16384 + 13 + 9000);
  assert.deepEqual([...bytes.subarray(-9)], [...HAVE_7]);
  connection.close("done");
  assert.equal(connection.room, 0);
  far.close();
});

Deno.test("PeerConnection reads a stream that comes one byte at a time", async () => {
  const [near, far] = await socketPair();
  const peer = new RecordingPeer();
  const connection = new PeerConnection(near);
  const run = connection.run(peer);
  far.setNoDelay(true);
  for (const byte of [...HAVE_7, 0, 0, 0, 0, 0, 0, 0, 1, 1]) await writeAll(far, Uint8Array.of(byte));
  await peer.until("unchoke");
  assert.deepEqual(peer.calls, ["have 7", "keep-alive", "unchoke"]);
  far.close();
  await run;
  assert.equal(connection.closeReason, "the peer hung up");
});

Deno.test("PeerConnection ends with a reason when the peer misbehaves", async (t) => {
  const cases: {
    name: string;
    bytes: number[] | Uint8Array;
    overrides?: Partial<ConnectedPeer>;
    reason: RegExp;
  }[] = [
    {
      name: "a message of 4 GiB",
      bytes: [255, 255, 255, 255, 7],
      reason: /^Cannot accept a message: .* got 4294967299$/,
    },
    {
      name: "garbage",
      bytes: new TextEncoder().encode("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
      reason: /^Cannot accept a message/,
    },
    {
      name: "a have of the wrong length",
      bytes: [0, 0, 0, 2, 4, 0],
      reason: /^Cannot accept a message with id 4/,
    },
    { name: "hanging up in the middle of a message", bytes: [0, 0, 0, 5, 4], reason: /^the peer hung up$/ },
    { name: "hanging up at once", bytes: [], reason: /^the peer hung up$/ },
    {
      name: "what only the handler can tell",
      bytes: [...HAVE_7],
      overrides: {
        onHave: () => {
          throw new ProtocolError("Cannot accept have: index must be below 5: got 7");
        },
      },
      reason: /^Cannot accept have: index must be below 5: got 7$/,
    },
    {
      name: "what only the end of the batch can tell",
      bytes: [...HAVE_7],
      overrides: {
        onBatchEnd: () => {
          throw new ProtocolError("too much");
        },
      },
      reason: /^too much$/,
    },
  ];
  for (const { name, bytes, overrides, reason } of cases) {
    await t.step(name, async () => {
      const [near, far] = await socketPair();
      const connection = new PeerConnection(near, { onBug: (error) => assert.fail(String(error)) });
      const run = connection.run(new RecordingPeer(overrides));
      await writeAll(far, Uint8Array.from(bytes));
      await far.closeWrite();
      await run;
      assert.match(connection.closeReason, reason);
      assert.equal(connection.isClosed, true);
      assert.equal(await isHungUp(far), true);
      far.close();
    });
  }
});

Deno.test("PeerConnection.close() inside a handler ends the batch: no message is delivered after it", async () => {
  const [near, far] = await socketPair();
  const connection = new PeerConnection(near);
  const peer = new RecordingPeer({
    onHave: () => {
      connection.close("enough");
      connection.close("twice");
    },
    onBatchEnd: () => assert.fail("the batch was cut off"),
  });
  const run = connection.run(peer);
  await writeAll(far, Uint8Array.from([0, 0, 0, 1, 1, ...HAVE_7, 0, 0, 0, 1, 0, ...HAVE_7]));
  await run;
  assert.deepEqual(peer.calls, ["unchoke"]);
  assert.equal(connection.closeReason, "enough");
  far.close();
});

Deno.test("PeerConnection may be written to after close(): nothing leaves, nothing breaks", async () => {
  const [near, far] = await socketPair();
  const connection = new PeerConnection(near);
  connection.close("over");
  connection.haves(HAVE_7);
  assert.equal(connection.piece(0, 0, 131072).length, 131072);
  for (let i = 0; i < 100; i++) connection.piece(0, 0, 131072).fill(1);
  assert.ok(connection.piece(0, 0, 131072).buffer.byteLength < 1_000_000); // and nothing piles up
  connection.flush();
  connection.tick(1e9);
  await connection.run(new RecordingPeer());
  assert.equal(connection.closeReason, "over");
  assert.equal(connection.bytesWritten, 0);
  assert.equal(await isHungUp(far), true);
  far.close();
});

Deno.test("PeerConnection reports our own bugs, from either loop", async () => {
  for (const method of ["onHave", "onBatchEnd", "onWritable"] as const) {
    const [near, far] = await socketPair();
    const bugs: unknown[] = [];
    const connection = new PeerConnection(near, { onBug: (error) => bugs.push(error) });
    const run = connection.run(
      new RecordingPeer({
        [method]: () => {
          throw new TypeError(`in ${method}`);
        },
      }),
    );
    connection.haves(HAVE_7);
    connection.flush();
    await writeAll(far, HAVE_7);
    await run;
    assert.deepEqual(bugs.map(String), [`TypeError: in ${method}`]);
    assert.equal(connection.closeReason, `internal error: in ${method}`);
    far.close();
  }
});

/** Sends blocks without end to a peer that doesn't read, until the system takes no more. */
async function getStuck(connection: PeerConnection): Promise<{ run: Promise<void> }> {
  const fill = () => {
    while (connection.room > 16400) connection.piece(0, 0, 16384);
    connection.flush();
  };
  const run = connection.run(new RecordingPeer({ onWritable: fill }));
  fill();
  await untilStill(connection);
  return { run };
}

/** Resolves when nothing was written for a while. */
async function untilStill(connection: PeerConnection): Promise<void> {
  let before = -1;
  for (let still = 0; still < 5;) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    still = connection.bytesWritten === before ? still + 1 : 0;
    before = connection.bytesWritten;
  }
}

Deno.test("PeerConnection.tick() ends a write that the peer never reads, after the limit", async () => {
  const [near, far] = await socketPair();
  let now = 1000;
  const connection = new PeerConnection(near, { writeTimeoutMs: 60_000, now: () => now });
  const { run } = await getStuck(connection);
  now += 60_000;
  connection.tick(now);
  assert.equal(connection.isClosed, false);
  connection.tick(now + 1);
  assert.equal(connection.closeReason, "does not read what we send");
  await run;
  far.close();
});

Deno.test("PeerConnection.tick() bears with a peer that reads slowly", async () => {
  const [near, far] = await socketPair();
  let now = 1000;
  const connection = new PeerConnection(near, { writeTimeoutMs: 60_000, now: () => now });
  const { run } = await getStuck(connection);
  for (let i = 0; i < 3; i++) {
    now += 50_000;
    const before = connection.bytesWritten;
    while (connection.bytesWritten === before) await readUpTo(far, 1024 * 1024);
    await untilStill(connection);
    connection.tick(now + 50_000);
    assert.equal(connection.closeReason, "");
  }
  connection.close("done");
  await run;
  far.close();
});

Deno.test("PeerConnection ends when too much waits for a peer that doesn't read", async () => {
  const [near, far] = await socketPair();
  const connection = new PeerConnection(near, { maxWaitingBytes: 100_000 });
  const run = connection.run(new RecordingPeer());
  let haves = 0;
  for (; !connection.isClosed && haves < 20_000; haves++) connection.haves(HAVE_7);
  assert.equal(haves, Math.ceil((100_000 + 1) / 9));
  assert.equal(connection.closeReason, "does not read what we send");
  await run;
  far.close();
});

Deno.test("PeerConnection lets timers run while a peer sends as fast as it can", async () => {
  const [near, far] = await socketPair();
  const connection = new PeerConnection(near);
  const run = connection.run(new RecordingPeer());
  let isOver = false;
  const flood = (async () => {
    const haves = new Uint8Array(9 * 20_000);
    for (let at = 0; at < haves.length; at += 9) haves.set(HAVE_7, at);
    while (!isOver) await writeAll(far, haves);
  })();
  await new Promise<void>((resolve) => {
    let ticks = 0;
    const timer = setInterval(() => {
      if (++ticks < 5) return;
      clearInterval(timer);
      resolve();
    }, 1);
  });
  isOver = true;
  await flood;
  far.close();
  await run;
  assert.ok(connection.bytesRead > 0);
});
