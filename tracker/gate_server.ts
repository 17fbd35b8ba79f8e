// A listener of our own before Deno.serve, where more is asked of connections than that can do: who speaks for whom (PROXY
// protocol), how long a request may take, and another certificate for those who come from now on. Each connection is carried
// to a server inside, on a loopback port that only this process knows the callers of. What it costs is two more reads and
// writes for each request, so it stands there only where it is asked for.

import { parseClientAddress } from "./client_address.ts";
import { TrackerStartError } from "./errors.ts";
import {
  explainListening,
  type HttpHandler,
  type HttpServer,
  type ListenAt,
  onAnyAddress,
  PlainServer,
  type TlsPair,
} from "./http_server.ts";
import { ProxyProtocolError } from "./proxy_protocol.ts";
import { Relay } from "./relay.ts";
import { seldom } from "./seldom.ts";
import type { Subnets } from "./subnets.ts";

/** Connections at a time: 25 kB each. With more, one that is between two requests goes for each that comes. */
const MAX_CONNECTIONS = 10_000;
const CHECK_MS = 1000;
/** After an error of the listener itself (no file descriptors left, say), so that one that stays isn't tried without end. */
const ERROR_PAUSE_MS = 100;
const INSIDE = "127.0.0.1";

/** What a gate asks of connections. */
export interface GateOptions {
  /** Addresses of proxies that say, before anything else, for whom they speak. */
  proxies: Subnets;
  /** Milliseconds that a request may take. */
  requestMs: number;
  /** Serves HTTPS with this. */
  tls: TlsPair | undefined;
  log: (line: string) => void;
}

type Caller = Relay<Deno.TcpConn>;

/** A server inside, and how many connections it has. */
interface Inside {
  server: PlainServer;
  connections: number;
}

/** The gate, open. */
export class GateServer implements HttpServer {
  readonly hostname: string;
  readonly port: number;
  readonly #listener: Deno.TcpListener;
  readonly #handler: HttpHandler;
  readonly #options: GateOptions;
  readonly #callers = new Set<Caller>();
  /** By the port that a connection has inside: where it comes from, and who carries it. */
  readonly #inside = new Map<number, { remoteAddr: Deno.NetAddr; caller: Caller }>();
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #accepting: Promise<void>;
  #server: Inside;
  #isClosing = false;
  #hasWarned = false;
  readonly #isEmpty = Promise.withResolvers<void>();

  private constructor(listener: Deno.TcpListener, handler: HttpHandler, options: GateOptions) {
    this.#listener = listener;
    this.#handler = handler;
    this.#options = options;
    this.hostname = listener.addr.hostname;
    this.port = listener.addr.port;
    this.#server = this.#open(options.tls);
    this.#timer = setInterval(() => this.#endLate(performance.now()), CHECK_MS);
    this.#accepting = this.#accept();
  }

  /**
   * Opens the gate.
   *
   * @throws {TrackerStartError} if it can't listen.
   */
  static open(
    at: ListenAt,
    handler: HttpHandler,
    options: GateOptions,
  ): GateServer {
    const listener = onAnyAddress(at, (hostname) => Deno.listen({ hostname, port: at.port }));
    try {
      return new GateServer(listener, handler, options);
    } catch (error) {
      listener.close();
      throw error;
    }
  }

  /**
   * Whoever connects from now on is served with this certificate; who is connected goes on with the former.
   *
   * @throws {TrackerStartError} if it can't be used: then all stays as it was.
   */
  renew(tls: TlsPair): void {
    const former = this.#server;
    this.#server = this.#open(tls);
    this.#endIfUnused(former);
  }

  async close(graceMs: number): Promise<void> {
    if (!this.#isClosing) {
      this.#isClosing = true;
      this.#listener.close();
      clearInterval(this.#timer);
    }
    await this.#accepting;
    for (const caller of this.#callers) if (!caller.isConnected) caller.close();
    const timer = setTimeout(() => this.#endAll(), graceMs);
    // It ends those that are idle, and answers the others: their relays end with them.
    await this.#server.server.close(graceMs);
    if (this.#callers.size > 0) await this.#isEmpty.promise;
    clearTimeout(timer);
  }

  #open(tls: TlsPair | undefined): Inside {
    const handler: HttpHandler = (request, info) => {
      const known = this.#inside.get(info.remoteAddr.port);
      // Somebody on this machine has found the port, and would be taken for a client of it.
      if (known === undefined) return new Response("403 Forbidden\n", { status: 403 });
      const { caller, remoteAddr } = known;
      const freed = (response: Response) => {
        if (response.status === 101) caller.free();
        return response;
      };
      const response = this.#handler(request, { ...info, remoteAddr, heard: () => caller.heard() });
      return response instanceof Promise ? response.then(freed) : freed(response);
    };
    try {
      return {
        server: new PlainServer({ hostname: INSIDE, port: 0, tls, log: this.#options.log }, handler),
        connections: 0,
      };
    } catch (error) {
      if (tls === undefined) throw explainListening(error, { hostname: INSIDE, port: 0, protocol: "TCP" });
      const reason = error instanceof Error ? error.message : String(error);
      throw new TrackerStartError(`Cannot serve HTTPS: ${reason}`, "tls", { cause: error });
    }
  }

  async #accept(): Promise<void> {
    const log = seldom(this.#options.log);
    while (!this.#isClosing) {
      try {
        this.#take(await this.#listener.accept());
      } catch (error) {
        if (this.#isClosing) return;
        log(`Cannot accept a connection: ${error instanceof Error ? error.message : error}`);
        await new Promise((resolve) => setTimeout(resolve, ERROR_PAUSE_MS));
      }
    }
  }

  async #take(conn: Deno.TcpConn): Promise<void> {
    if (this.#callers.size >= MAX_CONNECTIONS && !this.#endAnIdleOne()) return conn.close();
    const server = this.#server;
    const from = parseClientAddress(conn.remoteAddr.hostname);
    let port = 0;
    const caller: Caller = new Relay(conn, {
      isProxy: from !== undefined && this.#options.proxies.has(from),
      connect: async (client) => {
        const inside = await Deno.connect({ hostname: INSIDE, port: server.server.port });
        inside.setNoDelay();
        port = inside.localAddr.port;
        this.#inside.set(port, { remoteAddr: { ...conn.remoteAddr, ...client }, caller });
        return inside;
      },
      requestMs: this.#options.requestMs,
      now: () => performance.now(),
    });
    conn.setNoDelay();
    this.#callers.add(caller);
    server.connections++;
    try {
      await caller.run();
    } catch (error) {
      // Either side has gone, or was ended: that is how connections end. A proxy that doesn't speak as one is a mistake.
      if (error instanceof ProxyProtocolError) this.#onStranger(error, conn.remoteAddr.hostname);
    } finally {
      this.#callers.delete(caller);
      this.#inside.delete(port);
      server.connections--;
      this.#endIfUnused(server);
      if (this.#isClosing && this.#callers.size === 0) this.#isEmpty.resolve();
    }
  }

  /** With all places taken: makes one. */
  #endAnIdleOne(): boolean {
    for (const caller of this.#callers) {
      if (!caller.isIdle) continue;
      caller.close();
      return true;
    }
    return false;
  }

  #endLate(now: number): void {
    for (const caller of this.#callers) if (caller.isLate(now)) caller.close();
  }

  #endAll(): void {
    for (const caller of this.#callers) caller.close();
  }

  /** A server with a former certificate, whose last connection has gone. */
  #endIfUnused(inside: Inside): void {
    if (inside !== this.#server && inside.connections === 0) inside.server.close(0);
  }

  #onStranger(error: ProxyProtocolError, hostname: string): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    this.#options.log(`The proxy ${hostname} doesn't speak the PROXY protocol: ${error.message}`);
  }
}
