// Deno.serve for the tracker: opens the port, turns what fails into words, and ends when told to, with what is under way
// answered. What is answered is the app's business.

import { setImmediate } from "node:timers";
import { AnswerRounds } from "./answer_rounds.ts";
import { TrackerStartError } from "./errors.ts";
import { seldom } from "./seldom.ts";

/** Addresses tried where none is given: "::" serves both families, and isn't there on machines without IPv6. */
const ANY_ADDRESS = ["::", "0.0.0.0"];
/** What has come by the time the end is asked for, but lies unread in the kernel, is answered as well. */
const SETTLE_MS = 50;
/** Between two attempts to listen again. */
const REOPEN_MS = 100;

/** A certificate chain and its key, in PEM. */
export interface TlsPair {
  cert: string;
  key: string;
}

/** What a running server can be asked for. */
export interface HttpServer {
  readonly hostname: string;
  readonly port: number;
  /**
   * Takes no new connections, answers what is under way, and resolves when all connections have ended, or after `graceMs`:
   * who hasn't read its answer by then isn't waited for. Calling it again does nothing more.
   */
  close(graceMs: number): Promise<void>;
  /** Serves who connects from now on with another certificate. There where HTTPS is served. */
  renew?(tls: TlsPair): void;
}

/** What is known of a request besides itself. */
export interface RequestInfo extends Deno.ServeHandlerInfo<Deno.NetAddr> {
  /** To be called for each message of the WebSocket that the connection has become; there where somebody counts. */
  heard?: () => void;
  /**
   * It has waited for a round. It must not become a WebSocket: if its client has gone, Deno.serve waits for it ever after.
   */
  hasWaited?: boolean;
}

/** Answers requests. */
export type HttpHandler = (request: Request, info: RequestInfo) => Response | Promise<Response>;

/** Where to listen. */
export interface ListenAt {
  /** All addresses of both families without one. */
  host: string | undefined;
  port: number;
  /** What an operator says to have another port. Default "--port". */
  portFlag?: "--port" | "--admin-port" | undefined;
}

/**
 * Opens what listens on `host`, or on all addresses of both families without one.
 *
 * @throws {TrackerStartError} if it can't.
 */
export function onAnyAddress<T>(
  { host, port, portFlag }: ListenAt,
  open: (hostname: string) => T,
): T {
  const hosts = host === undefined ? ANY_ADDRESS : [host];
  for (const [i, hostname] of hosts.entries()) {
    try {
      return open(hostname);
    } catch (error) {
      const isLast = i === hosts.length - 1;
      const isTaken = error instanceof Deno.errors.AddrInUse || error instanceof Deno.errors.NotCapable;
      if (isLast || isTaken) throw explainListening(error, { hostname, port, portFlag, protocol: "TCP" });
    }
  }
  throw new Error("Cannot listen: there is no address to try");
}

/** Where a PlainServer listens. */
export interface PlainServerOptions {
  hostname: string;
  /** 0 takes a free one. */
  port: number;
  tls?: TlsPair | undefined;
  log: (line: string) => void;
}

/**
 * Deno.serve, whose connections can be waited for, and which listens again: it gives up where no file descriptor is left for
 * a connection, and anybody can take them all by connecting and saying nothing.
 */
export class PlainServer implements HttpServer {
  readonly hostname: string;
  readonly port: number;
  readonly #options: PlainServerOptions;
  readonly #handler: HttpHandler;
  readonly #rounds = new AnswerRounds({ now: () => performance.now(), afterTurn: setImmediate });
  #server: Deno.HttpServer<Deno.NetAddr>;
  /** Requests that wait for something before they are answered, a body or the disk; announces don't. */
  #waiting = 0;
  #isQuiet = Promise.withResolvers<void>();
  #closed: Promise<void> | undefined;
  readonly #log: (line: string) => void;

  /** Throws as Deno.serve does. */
  constructor(options: PlainServerOptions, handler: HttpHandler) {
    this.#options = options;
    this.#handler = handler;
    this.#log = seldom(options.log);
    this.#server = this.#serve(options.port);
    this.hostname = this.#server.addr.hostname;
    this.port = this.#server.addr.port;
  }

  #serve(port: number): Deno.HttpServer<Deno.NetAddr> {
    const { hostname, tls } = this.#options;
    const server = Deno.serve(
      {
        hostname,
        port,
        ...tls,
        onListen() {},
        // The app answers its own errors: this is for what happens around it.
        onError: () => new Response("500 Internal Server Error\n", { status: 500 }),
      },
      (request, info) =>
        canWait(request.url) && this.#rounds.takes(info.remoteAddr)
          ? this.#answerInRound(request, info)
          : this.#answer(request, info),
    );
    server.finished.catch((error) => this.#onEnd(error));
    return server;
  }

  #answer(request: Request, info: RequestInfo): Response | Promise<Response> {
    const response = this.#handler(request, info);
    return response instanceof Promise ? this.#wait(response) : response;
  }

  async #answerInRound(request: Request, info: RequestInfo): Promise<Response> {
    await this.#rounds.next();
    info.hasWaited = true;
    return this.#answer(request, info);
  }

  /** It has ended by itself. Its silent connections are ended, which frees what they hold, and it is opened once more. */
  async #onEnd(error: unknown): Promise<void> {
    if (this.#closed !== undefined) return;
    this.#tell(error);
    this.#server.shutdown().catch(() => {});
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, REOPEN_MS));
      if (this.#closed !== undefined) return;
      try {
        this.#server = this.#serve(this.port);
        return;
      } catch (error) {
        this.#tell(error);
      }
    }
  }

  #tell(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.#log(
      `Cannot accept connections: ${reason}. Those that say nothing are ended; "ulimit -n" allows more`,
    );
  }

  close(graceMs: number): Promise<void> {
    return this.#closed ??= this.#close(graceMs);
  }

  async #close(graceMs: number): Promise<void> {
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, graceMs);
    if (graceMs > 0) await new Promise((resolve) => setTimeout(resolve, Math.min(SETTLE_MS, graceMs)));
    // Those that have come by now.
    await this.#rounds.next();
    // Deno.serve drops the bodies that are being read when it shuts down: first those, whoever comes meanwhile.
    if (this.#waiting > 0) await Promise.race([this.#isQuiet.promise, late.promise]);
    // Ends connections that are idle, and those that have begun to ask but not ended.
    const ended = this.#server.shutdown().catch(() => {});
    await Promise.race([ended, late.promise]);
    clearTimeout(timer);
    // Who still hasn't read its answer can't be cut off by now, but keeps no process from ending.
    this.#server.unref();
  }

  async #wait(response: Promise<Response>): Promise<Response> {
    this.#waiting++;
    try {
      return await response;
    } finally {
      if (--this.#waiting === 0) {
        this.#isQuiet.resolve();
        this.#isQuiet = Promise.withResolvers();
      }
    }
  }
}

/** Whether a request may wait for a round: what names an info hash, an announce or a scrape. No browser's WebSocket does. */
function canWait(url: string): boolean {
  return url.includes("info_hash=");
}

/** What kept a socket from being opened, as a TrackerStartError where there are words for it. */
export function explainListening(
  error: unknown,
  { hostname, port, portFlag = "--port", protocol }: {
    hostname: string;
    port: number;
    portFlag?: ListenAt["portFlag"];
    protocol: "TCP" | "UDP";
  },
): unknown {
  const isUdp = protocol === "UDP";
  const cannot = `Cannot listen on ${isUdp ? "UDP " : ""}port ${port}`;
  if (error instanceof Deno.errors.AddrInUse) {
    const stop = portFlag === "--port" ? "Is a tracker running already? Stop it, or choose" : "Choose";
    const message = `${cannot}: it is in use. ${stop} another with ${portFlag}` +
      (isUdp ? ", or none with --no-udp" : "");
    return new TrackerStartError(message, "port-in-use", { cause: error });
  }
  if (error instanceof Deno.errors.NotCapable) {
    const flag = `--allow-net=${hostname.includes(":") ? `[${hostname}]` : hostname}`;
    const message = `${cannot} of ${hostname}: permission is missing. Add ${flag} after -P=tracker`;
    return new TrackerStartError(message, "permission", { cause: error });
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    const message =
      `${cannot}: the system doesn't allow it. Ports below 1024 are for root: choose another with ${portFlag}`;
    return new TrackerStartError(message, "permission", { cause: error });
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new TrackerStartError(`${cannot} of ${hostname}: ${reason}`, "address", { cause: error });
}
