import assert from "node:assert/strict";
import { type ProxiedClient, ProxyProtocolError } from "../../tracker/proxy_protocol.ts";
import { Relay, type RelayConn } from "../../tracker/relay.ts";
import { FakeClock, runPromises } from "../support/fake_clock.ts";

const REQUEST_MS = 10_000;
const IDLE_MS = 75_000;

/** One end of a connection, whose other end is the test. */
class TestConn implements RelayConn {
  isClosed = false;
  isWriteClosed = false;
  /** While set, writes wait. */
  isFull = false;
  written = "";
  #said: string[] = [];
  #wake: (() => void) | undefined;

  /** `undefined`: the other end hangs up. */
  says(text: string | undefined): Promise<void> {
    this.#said.push(text ?? "");
    this.#wake?.();
    return runPromises();
  }

  async read(into: Uint8Array): Promise<number | null> {
    while (this.#said.length === 0 && !this.isClosed) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    const text = this.#said.shift();
    if (text === undefined) throw new Deno.errors.BadResource("closed");
    return text === "" ? null : new TextEncoder().encodeInto(text, into).written;
  }

  async write(bytes: Uint8Array): Promise<number> {
    while (this.isFull && !this.isClosed) await new Promise<void>((resolve) => this.#wake = resolve);
    if (this.isClosed) throw new Deno.errors.BadResource("closed");
    this.written += new TextDecoder().decode(bytes);
    return bytes.length;
  }

  closeWrite(): Promise<void> {
    this.isWriteClosed = true;
    return Promise.resolve();
  }

  close(): void {
    this.isClosed = true;
    this.#wake?.();
  }
}

function start(isProxy = false) {
  const clock = new FakeClock();
  const client = new TestConn();
  const server = new TestConn();
  const named: (ProxiedClient | undefined)[] = [];
  const relay = new Relay(client, {
    isProxy,
    connect: (who) => {
      named.push(who);
      return Promise.resolve(server);
    },
    requestMs: REQUEST_MS,
    now: clock.read,
  });
  const ended = relay.run().then(() => undefined, (error) => error);
  return { clock, client, server, named, relay, ended, isLate: () => relay.isLate(clock.now) };
}

Deno.test("a relay carries both ways, and the server's end ends the client", async () => {
  const { client, ended, server } = start();
  await client.says("question");
  assert.equal(server.written, "question");
  await server.says("answer");
  assert.equal(client.written, "answer");
  await server.says(undefined);
  await ended;
  assert.ok(client.isClosed && server.isClosed);
});

Deno.test("a relay tells the server when the client has said all, and still brings the answer", async () => {
  const { client, ended, server } = start();
  await client.says("question");
  await client.says(undefined);
  assert.ok(server.isWriteClosed && !server.isClosed);
  await server.says("answer");
  await server.says(undefined);
  await ended;
  assert.equal(client.written, "answer");
});

Deno.test("a relay reads a proxy's head, in parts, before it opens the way", async () => {
  const { client, ended, named, relay, server } = start(true);
  await client.says("PROXY TCP4 192.0.2.7 203.0.113.1 5");
  assert.ok(!relay.isConnected);
  await client.says("1 6969\r\nGET /");
  assert.deepEqual(named, [{ hostname: "192.0.2.7", port: 51 }]);
  assert.equal(server.written, "GET /");
  await server.says(undefined);
  await ended;
});

Deno.test("a relay ends with ProxyProtocolError where a proxy says something else", async () => {
  const { client, ended, named } = start(true);
  await client.says("GET / HTTP/1.1\r\n\r\n");
  assert.ok(await ended instanceof ProxyProtocolError);
  assert.ok(client.isClosed);
  assert.deepEqual(named, []);
});

Deno.test("a relay is late if nothing comes, or not all of a request, however it trickles", async () => {
  const { client, clock, ended, isLate, relay, server } = start();
  assert.ok(!relay.isIdle, "who has connected is expected to ask");
  clock.advance(REQUEST_MS);
  await client.says("GET");
  assert.ok(!isLate());
  clock.advance(1);
  assert.ok(isLate());
  await server.says("answer");
  assert.ok(!isLate());
  await client.says("G");
  clock.advance(REQUEST_MS - 1);
  await client.says("E");
  clock.advance(2);
  assert.ok(isLate());
  relay.close();
  await ended;
});

Deno.test("a relay may be idle between requests, up to a time", async () => {
  const { client, clock, ended, isLate, relay, server } = start();
  await client.says("question");
  await server.says("answer");
  assert.ok(relay.isIdle);
  clock.advance(IDLE_MS);
  assert.ok(!isLate());
  clock.advance(1);
  assert.ok(isLate());
  relay.close();
  await ended;
});

Deno.test("a relay that has become a WebSocket may be silent on both sides", async () => {
  const { client, clock, ended, isLate, relay, server } = start();
  await client.says("upgrade");
  relay.free();
  await server.says("101");
  await client.says("offer that nobody answers");
  clock.advance(100 * IDLE_MS);
  assert.ok(!isLate() && !relay.isIdle);
  relay.close();
  await ended;
});

Deno.test("a relay ends a WebSocket that sends without end and no whole message, and no other", async () => {
  const { client, ended, relay, server } = start();
  const part = "x".repeat(4096);
  // As much of a request is the server's business.
  for (let n = 0; n < 200; n++) await client.says(part);
  relay.free();
  for (let n = 0; n < 300; n++) {
    await client.says(part);
    if (n % 100 === 99) relay.heard();
  }
  assert.equal(server.written.length, 500 * part.length);
  assert.ok(!client.isClosed);
  for (let n = 0; n < 129; n++) await client.says(part);
  assert.ok(client.isClosed);
  await ended;
});

Deno.test("a relay is late if the client doesn't read its answer, WebSocket or not", async () => {
  const { client, clock, ended, isLate, relay, server } = start();
  await client.says("question");
  relay.free();
  client.isFull = true;
  await server.says("answer");
  clock.advance(REQUEST_MS);
  assert.ok(!isLate());
  clock.advance(1);
  assert.ok(isLate());
  relay.close();
  await ended;
});
