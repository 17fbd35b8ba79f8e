import assert from "node:assert/strict";
import type { PeersAnswer } from "../../tracker/admin_api.ts";
import { AskerAddresses } from "../../tracker/forwarded.ts";
import { createTracker, type TrackerOptions } from "../../tracker/mod.ts";
import { Subnets } from "../../tracker/subnets.ts";
import { WebSocketServer } from "../../tracker/web_socket_server.ts";
import { WebTracker } from "../../tracker/web_tracker.ts";
import { id, newTracker } from "./announcing.ts";

/** A tracker on loopback, and WebSockets to it. */
const TOKEN = "token-of-the-tests";

class WebTracking implements AsyncDisposable {
  readonly #tracker: ReturnType<typeof createTracker>;
  readonly origin: string;

  private constructor(tracker: ReturnType<typeof createTracker>, port: number) {
    this.#tracker = tracker;
    this.origin = `127.0.0.1:${port}`;
  }

  static async start(options: TrackerOptions = {}): Promise<WebTracking> {
    const tracker = createTracker({
      port: 0,
      host: "127.0.0.1",
      adminAssets: "/does/not/exist",
      adminToken: TOKEN,
      ...options,
    });
    return new WebTracking(tracker, (await tracker.start()).port);
  }

  get stats() {
    return this.#tracker.stats();
  }

  /** A WebSocket that is open; rejects if it doesn't open. */
  async connect(path = "/"): Promise<Socket> {
    const socket = new Socket(new WebSocket(`ws://${this.origin}${path}`));
    await socket.opened;
    return socket;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tracker.close();
  }
}

/** A WebSocket's messages, one after the other. */
class Socket {
  readonly opened: Promise<void>;
  readonly closed: Promise<CloseEvent>;
  readonly #socket: WebSocket;
  readonly #inbox: string[] = [];
  #wake: (() => void) | undefined;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => socket.onclose = resolve);
    this.opened = new Promise((resolve, reject) => {
      socket.onopen = () => resolve();
      socket.onerror = () => reject(new Error("Cannot open the WebSocket"));
    });
    socket.onmessage = ({ data }) => {
      this.#inbox.push(data);
      this.#wake?.();
    };
  }

  send(message: string | Uint8Array<ArrayBuffer> | object): void {
    const isRaw = typeof message === "string" || message instanceof Uint8Array;
    this.#socket.send(isRaw ? message as string : JSON.stringify(message));
  }

  async next(): Promise<Record<string, unknown>> {
    while (this.#inbox.length === 0) await new Promise<void>((resolve) => this.#wake = resolve);
    return JSON.parse(this.#inbox.shift() ?? "");
  }

  async close(): Promise<void> {
    this.#socket.close();
    await this.closed;
  }
}

const announce = (peer: string, more = {}) => ({
  ...{ action: "announce", info_hash: id("\xffa"), peer_id: id(peer), left: 5, ...more },
});

for (const path of ["/", "/announce", "/announce?passkey=abc"]) {
  Deno.test(`two peers exchange offer and answer over ws://…${path}`, async () => {
    await using tracking = await WebTracking.start();
    const [one, two] = [await tracking.connect(path), await tracking.connect(path)];
    one.send(announce("one"));
    assert.equal((await one.next())["incomplete"], 1);
    const offer = { type: "offer", sdp: "v=0\r\n\u00e9" };
    two.send(
      new TextEncoder().encode(JSON.stringify(announce("two", { offers: [{ offer, offer_id: id("o") }] }))),
    );
    assert.equal((await two.next())["incomplete"], 2);
    const received = await one.next();
    assert.deepEqual(received["offer"], offer);
    assert.equal(received["info_hash"], id("\xffa"));
    const answer = { type: "answer", sdp: "v=0" };
    one.send(announce("one", { answer, offer_id: id("o"), to_peer_id: received["peer_id"] }));
    assert.deepEqual((await two.next())["answer"], answer);
    assert.equal(tracking.stats.leechers, 2);
    await Promise.all([one.close(), two.close()]);
  });
}

Deno.test("a peer is gone when its connection is, and the page shows it before", async () => {
  await using tracking = await WebTracking.start();
  const [one, two] = [await tracking.connect(), await tracking.connect()];
  one.send(announce("-WW0203-one", { left: 0, uploaded: 9 }));
  await one.next();
  const infoHash = "ff61" + "2e".repeat(18);
  const look = async (sort: string): Promise<PeersAnswer> => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const path = `/api/swarms/${infoHash}/peers?sort=${sort}`;
    return await (await fetch(`http://${tracking.origin}${path}`, { headers })).json();
  };
  const [peer] = (await look("address")).rows;
  assert.match(peer?.address ?? "", /^127\.0\.0\.1:\d+$/);
  assert.match(peer?.client ?? "", /WebTorrent/);
  assert.deepEqual([peer?.progress, peer?.uploaded, peer?.left], [1, 9, 0]);
  two.send(announce("two"));
  await two.next();
  // Another way to sort each time: an order that is known would be told for a second.
  assert.equal((await look("client")).rows.length, 2);

  await one.close();
  // The tracker learns of it after the client does: it answers two when it has.
  let complete: unknown = 1;
  while (complete === 1) {
    two.send(announce("two"));
    complete = (await two.next())["complete"];
  }
  assert.equal(complete, 0);
  const later = await look("progress");
  assert.ok(later.rows.length === 1 && later.rows[0]?.address !== peer?.address);
  await two.close();
});

Deno.test("what is no announce is answered in words; a message that is too long ends the connection", async () => {
  await using tracking = await WebTracking.start();
  const socket = await tracking.connect();
  socket.send("not JSON");
  assert.deepEqual(await socket.next(), { "failure reason": "Invalid message: must be JSON" });
  socket.send("x".repeat(200_000));
  assert.equal((await socket.closed).code, 1009);
  assert.equal(tracking.stats.rejected, 1);
});

Deno.test("connections beyond the most there may be are refused, until one has gone", async () => {
  await using tracking = await WebTracking.start({ maxWebSockets: 1 });
  const first = await tracking.connect();
  await assert.rejects(tracking.connect(), /Cannot open/);
  await first.close();
  for (;;) {
    // As above: the tracker learns of the end a moment later.
    const next = await tracking.connect().catch(() => undefined);
    if (next !== undefined) return await next.close();
  }
});

/** A WebSocket of which nothing is heard but what a test makes of it. */
class SilentSocket {
  onopen: (() => void) | undefined;
  onclose: (() => void) | undefined;
  /** With which code it was closed. */
  closed: number | undefined;

  close(code: number): void {
    this.closed = code;
    this.onclose?.();
  }
}

/** A server with room for one, at a time of the test's, whose sockets open when the test says so. */
function silentServer() {
  const clock = { now: 0 };
  const opened: SilentSocket[] = [];
  const server = new WebSocketServer({
    ...{ web: new WebTracker(newTracker()), askers: new AskerAddresses(new Subnets()), maxConnections: 1 },
    now: () => clock.now,
    log: assert.fail,
    open: () => {
      const socket = new SilentSocket();
      opened.push(socket);
      return { socket: socket as unknown as WebSocket, response: new Response("opening") };
    },
  });
  const ask = (hasWaited = false) => {
    const bindings = { remoteAddr: { transport: "tcp" as const, hostname: "192.0.2.1", port: 5 }, hasWaited };
    return server.upgrade(new Request("http://x/"), bindings as Parameters<typeof server.upgrade>[1]).status;
  };
  return { clock, opened, server, ask };
}

Deno.test("who is gone before its WebSocket is open, of which no event tells, has no place after five seconds", () => {
  const { ask, clock, opened, server } = silentServer();
  assert.equal(ask(), 200);
  clock.now = 4_999;
  assert.equal(ask(), 503);
  clock.now = 5_000;
  assert.equal(ask(), 200);
  assert.equal(server.size, 1);
  opened[0]?.onopen?.(); // after all: nothing counts it any more
  assert.equal(opened[0]?.closed, 1013);
  opened[1]?.onopen?.();
  clock.now = 60_000;
  assert.equal(ask(), 503, "one that is open keeps its place");
  opened[1]?.onclose?.();
  assert.equal(ask(), 200);
});

Deno.test("a request that has waited, whose client may have gone, becomes no WebSocket and takes no place", () => {
  const { ask, opened } = silentServer();
  assert.equal(ask(true), 503);
  assert.equal(opened.length, 0);
  assert.equal(ask(), 200);
});

Deno.test("a WebSocket that opens while the tracker ends is told so, and not waited for", async () => {
  const { ask, opened, server } = silentServer();
  assert.equal(ask(), 200);
  await server.close(2 ** 31 - 1);
  opened[0]?.onopen?.();
  assert.equal(opened[0]?.closed, 1001);
});

Deno.test("a tracker that ends says so to its WebSockets", async () => {
  const tracking = await WebTracking.start();
  const socket = await tracking.connect();
  await tracking[Symbol.asyncDispose]();
  assert.equal((await socket.closed).code, 1001);
});

Deno.test("a request for a WebSocket that lacks what it needs is a bad request", async () => {
  await using tracking = await WebTracking.start();
  using conn = await Deno.connect({ hostname: "127.0.0.1", port: Number(tracking.origin.split(":")[1]) });
  const head = "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
  await conn.write(new TextEncoder().encode(head));
  const buffer = new Uint8Array(100);
  const n = await conn.read(buffer) ?? 0;
  assert.match(new TextDecoder().decode(buffer.subarray(0, n)), /^HTTP\/1\.1 400 /);
});
