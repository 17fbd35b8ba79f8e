// WebSockets of WebTorrent peers on the tracker's HTTP port: opens them, bounds what they may take, and hands their
// messages to web_tracker.ts. https://www.rfc-editor.org/rfc/rfc6455

import type { Handler, Next } from "hono";
import { formatIp, toBinary } from "../protocol/mod.ts";
import type { AppEnv } from "./app.ts";
import type { AskerAddresses } from "./forwarded.ts";
import type { RequestLog } from "./request_log.ts";
import type { WebTracker } from "./web_tracker.ts";
import type { WebConnection, WebGuest, WebPeer } from "./web_swarms.ts";

/** Longest message that is read, in characters: ten offers of 4 KiB are a third of it. */
const MAX_MESSAGE_LENGTH = 128 * 1024;
/** Bytes that wait for a slow reader, beyond which it is told nothing more until it has read. */
const MAX_BUFFERED_BYTES = 256 * 1024;
/** Connections of one address: a house or an office behind one, but no single attacker with all there are. */
const MAX_PER_ADDRESS = 256;
/** A connection that isn't open by then has gone: of one that ends before it is open the runtime tells nothing, ever. */
const OPENING_MS = 5000;

// https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1
const GOING_AWAY = 1001;
const MESSAGE_TOO_BIG = 1009;
const INTERNAL_ERROR = 1011;
const TRY_AGAIN_LATER = 1013;

/** What the server is made of. */
export interface WebSocketParts {
  web: WebTracker;
  askers: AskerAddresses;
  /** Connections at a time, in all: about 30 KB each. */
  maxConnections: number;
  /** Milliseconds of the tracker's clock. */
  now: () => number;
  log: (line: string) => void;
  requests?: RequestLog;
  /** Default: the runtime's. */
  open?: typeof Deno.upgradeWebSocket;
}

/** All WebSockets of a tracker. */
export class WebSocketServer {
  readonly #parts: WebSocketParts;
  readonly #sockets = new Set<WebSocket>();
  /** Connections by address, as a binary string. */
  readonly #perAddress = new Map<string, number>();
  /** Those that aren't open yet, the oldest first: since when, and what gives their places back. */
  readonly #opening = new Map<WebSocket, { since: number; end: () => void }>();
  /** Connections at a time, in all. Those that there are stay. */
  maxConnections: number;
  #isClosed = false;

  constructor(parts: WebSocketParts) {
    this.#parts = parts;
    this.maxConnections = parts.maxConnections;
  }

  /** How many are open. */
  get size(): number {
    return this.#sockets.size;
  }

  /** A handler that takes what asks for a WebSocket, and leaves everything else to `otherwise`. */
  before(otherwise: Handler<AppEnv>): Handler<AppEnv> {
    return (c, next: Next) => isUpgrade(c.req.raw) ? this.upgrade(c.req.raw, c.env) : otherwise(c, next);
  }

  /** Answers a request that isUpgrade() says yes to. */
  upgrade(request: Request, { hasWaited, heard, remoteAddr }: AppEnv["Bindings"]): Response {
    // A browser's first request has not, nor has one that a proxy passes on, unless its URL looks like an announce.
    if (hasWaited) return new Response("503 Connect anew\n", { status: 503 });
    const { hostname, port = 0 } = remoteAddr;
    const address = this.#parts.askers.read(hostname, request);
    if (address === undefined) return new Response("400 Cannot tell your address\n", { status: 400 });
    this.#forgetUnopened();
    const key = toBinary(address);
    const perAddress = this.#perAddress.get(key) ?? 0;
    const isFull = this.#sockets.size >= this.maxConnections || perAddress >= MAX_PER_ADDRESS;
    if (isFull || this.#isClosed) return new Response("503 Too many connections\n", { status: 503 });
    try {
      const { response, socket } = (this.#parts.open ?? Deno.upgradeWebSocket)(request);
      this.#perAddress.set(key, perAddress + 1);
      this.#serve(socket, { key, endpoint: compact(address, port), heard });
      return response;
    } catch (error) {
      // What asks for a WebSocket and then says it wrong.
      if (!(error instanceof TypeError)) throw error;
      return new Response("400 Bad Request\n", { status: 400 });
    }
  }

  /** Tells all that it ends, and resolves when they are gone, or after `graceMs`: who doesn't answer isn't waited for. */
  async close(graceMs: number): Promise<void> {
    this.#isClosed = true;
    const sockets = [...this.#sockets].filter((socket) => !this.#opening.has(socket)); // they hear of it when they open
    const gone = sockets.map((socket) =>
      new Promise<void>((resolve) => socket.addEventListener("close", () => resolve()))
    );
    for (const socket of sockets) socket.close(GOING_AWAY, "The tracker is ending");
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, graceMs);
    await Promise.race([Promise.all(gone), late.promise]);
    clearTimeout(timer);
  }

  #forgetUnopened(): void {
    const before = this.#parts.now() - OPENING_MS;
    for (const { end, since } of this.#opening.values()) {
      if (since > before) return;
      end();
    }
  }

  #serve(socket: WebSocket, { endpoint, heard, key }: Caller): void {
    const { log, now, requests, web } = this.#parts;
    const connection = new Connection(socket, endpoint, web.stats);
    this.#sockets.add(socket);
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => {
      heard?.();
      const text = typeof data === "string" ? data : decoder.decode(data);
      if (text.length > MAX_MESSAGE_LENGTH) return socket.close(MESSAGE_TOO_BIG, "Message too long");
      try {
        const at = now();
        web.receive(text, connection, at);
        if (requests?.isOn) requests.message(formatIp(endpoint.subarray(0, -2)), text, now() - at);
      } catch (error) {
        // A bug of ours: this connection ends, the operator gets the whole story.
        log(`Cannot answer a WebSocket: ${error instanceof Error ? error.stack : error}`);
        socket.close(INTERNAL_ERROR, "Internal error");
      }
    };
    const end = () => {
      this.#opening.delete(socket);
      if (!this.#sockets.delete(socket)) return;
      const left = (this.#perAddress.get(key) ?? 1) - 1;
      if (left === 0) this.#perAddress.delete(key);
      else this.#perAddress.set(key, left);
      web.disconnect(connection);
    };
    this.#opening.set(socket, { since: now(), end });
    socket.onopen = () => {
      const isInTime = this.#opening.delete(socket);
      if (this.#isClosed) socket.close(GOING_AWAY, "The tracker is ending");
      else if (!isInTime) socket.close(TRY_AGAIN_LATER, "Opened too late");
    };
    socket.onclose = end;
    // A close event follows; without a listener the runtime would take it for a bug.
    socket.onerror = (event) => event.preventDefault();
  }
}

/** Who has opened a connection. */
interface Caller {
  /** Its address as a binary string. */
  key: string;
  endpoint: Uint8Array;
  /** Counts its messages. */
  heard: (() => void) | undefined;
}

class Connection implements WebConnection {
  readonly endpoint: Uint8Array;
  readonly peers = new Map<number, WebPeer>();
  readonly guests = new Map<string, WebGuest>();
  readonly #socket: WebSocket;
  readonly #stats: { bytesOut: number };

  constructor(socket: WebSocket, endpoint: Uint8Array, stats: { bytesOut: number }) {
    this.#socket = socket;
    this.#stats = stats;
    this.endpoint = endpoint;
  }

  send(text: string): void {
    const socket = this.#socket;
    if (socket.readyState !== WebSocket.OPEN || socket.bufferedAmount > MAX_BUFFERED_BYTES) return;
    this.#stats.bytesOut += text.length;
    socket.send(text);
  }
}

const decoder = new TextDecoder();

/** Whether a request asks for a WebSocket. */
export function isUpgrade({ headers }: Request): boolean {
  return headers.get("upgrade")?.toLowerCase() === "websocket";
}

function compact(address: Uint8Array, port: number): Uint8Array {
  const endpoint = new Uint8Array(address.length + 2);
  endpoint.set(address);
  endpoint[address.length] = port >>> 8;
  endpoint[address.length + 1] = port;
  return endpoint;
}
