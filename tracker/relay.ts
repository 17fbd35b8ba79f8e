// One client's connection, carried to the server inside and back: bytes as they come, and how long each side may be waited
// for. What the bytes mean is nobody's business here but that of a proxy's head.
//
//   silent ─▶ asking ─▶ answered ─▶ asking ─▶ …      a client that asks is answered within `requestMs` or cut off:
//               │           │                        what the server inside gets whole it answers in milliseconds
//               └── free ◀──┘                        a WebSocket: both may speak and be silent as they like

import { MAX_PROXY_HEAD_BYTES, parseProxyHead, type ProxiedClient } from "./proxy_protocol.ts";

/** Most requests fit; what is longer takes several turns. */
const CLIENT_BUFFER = 4096;
/** An answer with 200 peers is 4 kB at most. */
const SERVER_BUFFER = 16 * 1024;
/** Between two requests: browsers and proxies keep connections for about a minute. */
const IDLE_MS = 75_000;

/** The part of a connection that is used. */
export interface RelayConn {
  read(into: Uint8Array): Promise<number | null>;
  write(bytes: Uint8Array): Promise<number>;
  closeWrite(): Promise<void>;
  close(): void;
}

/**
 * Bytes of a WebSocket that may come before a message is whole, or behind the one that is being read: several times the
 * longest that is taken. Deno itself would collect 64 MiB.
 */
const MAX_UNHEARD_BYTES = 512 * 1024;

/** How a relay reaches its server and bounds its client. */
export interface RelayOptions<Conn extends RelayConn> {
  /** Whether the client is a proxy, which has to say first for whom it speaks. */
  isProxy: boolean;
  /** Opens the way to the server. `client`: undefined where it is the connection's own other end. */
  connect: (client: ProxiedClient | undefined) => Promise<Conn>;
  /** Milliseconds that a request may take to be sent, and an answer to be read. */
  requestMs: number;
  /** Milliseconds of a monotonic clock. */
  now: () => number;
}

/** A connection that is being carried. */
export class Relay<Conn extends RelayConn> {
  readonly #client: Conn;
  readonly #options: RelayOptions<Conn>;
  #server: Conn | undefined;
  /** Since when the client waits for an answer, or is waited for. */
  #askingSince: number | undefined;
  #answeredAt = 0;
  #writingSince: number | undefined;
  #isFree = false;
  #unheard = 0;
  #isClosed = false;

  constructor(client: Conn, options: RelayOptions<Conn>) {
    this.#client = client;
    this.#options = options;
    // Who has connected is expected to ask.
    this.#askingSince = options.now();
  }

  /** Between two requests: nobody misses it. */
  get isIdle(): boolean {
    return this.#askingSince === undefined && this.#writingSince === undefined && !this.#isFree;
  }

  /** Whether the server knows of it yet. */
  get isConnected(): boolean {
    return this.#server !== undefined;
  }

  /** It has become a WebSocket. */
  free(): void {
    this.#isFree = true;
    this.#unheard = 0;
  }

  /** A message of the WebSocket was read. */
  heard(): void {
    this.#unheard = 0;
  }

  /** Whether it has been waited for too long. */
  isLate(now: number): boolean {
    const { requestMs } = this.#options;
    if (this.#writingSince !== undefined && now - this.#writingSince > requestMs) return true;
    if (this.#isFree) return false;
    if (this.#askingSince !== undefined) return now - this.#askingSince > requestMs;
    return now - this.#answeredAt > IDLE_MS;
  }

  /**
   * Carries until one side ends, then ends the other.
   *
   * @throws {ProxyProtocolError} if a proxy doesn't say for whom it speaks.
   */
  async run(): Promise<void> {
    const { connect, isProxy } = this.#options;
    try {
      const { client, rest } = isProxy ? await this.#readHead() : NOTHING_SAID;
      if (rest === undefined) return;
      const server = await connect(client);
      this.#server = server;
      if (this.#isClosed) return;
      await Promise.all([this.#carryRequests(server, rest), this.#carryAnswers(server)]);
    } finally {
      this.close();
    }
  }

  /** Ends both sides at once. */
  close(): void {
    this.#isClosed = true;
    for (const conn of [this.#client, this.#server]) {
      try {
        conn?.close();
      } catch {
        // It is closed.
      }
    }
  }

  /** The head, and what has come behind it; no `rest` if the proxy has left before. */
  async #readHead(): Promise<{ client: ProxiedClient | undefined; rest: Uint8Array | undefined }> {
    const bytes = new Uint8Array(MAX_PROXY_HEAD_BYTES);
    for (let length = 0;;) {
      const n = await this.#client.read(bytes.subarray(length));
      if (n === null) return { client: undefined, rest: undefined };
      length += n;
      const head = parseProxyHead(bytes.subarray(0, length));
      if (head !== undefined) return { client: head.client, rest: bytes.slice(head.length, length) };
    }
  }

  async #carryRequests(server: Conn, rest: Uint8Array): Promise<void> {
    await writeAll(server, rest);
    const bytes = new Uint8Array(CLIENT_BUFFER);
    for (;;) {
      const n = await this.#client.read(bytes);
      if (n === null) return await server.closeWrite();
      this.#askingSince ??= this.#options.now();
      this.#unheard += n;
      if (this.#isFree && this.#unheard > MAX_UNHEARD_BYTES) return this.close();
      await writeAll(server, bytes.subarray(0, n));
    }
  }

  async #carryAnswers(server: Conn): Promise<void> {
    const { now } = this.#options;
    const bytes = new Uint8Array(SERVER_BUFFER);
    for (;;) {
      const n = await server.read(bytes);
      // The server ends a connection when it has said all: nobody hears what the client still has to say.
      if (n === null) return this.close();
      this.#writingSince = now();
      this.#askingSince = undefined;
      await writeAll(this.#client, bytes.subarray(0, n));
      this.#writingSince = undefined;
      this.#answeredAt = now();
    }
  }
}

const NOTHING_SAID = { client: undefined, rest: new Uint8Array(0) };

async function writeAll(conn: RelayConn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
}
