// Accepts peers on one port, over IPv4 and IPv6. What is said on a connection is the caller's (handshaker.ts); here is
// only the limit on how many callers may be in the middle of saying it.

import { formatIp, parseIp, type PeerAddress } from "../../protocol/compact.ts";
import { ProtocolError } from "../../protocol/errors.ts";
import { ConnectionError, describeSocketError, ListenError, PortInUseError } from "./errors.ts";
import { hangUp } from "./hang_up.ts";

export interface ListenerOptions {
  /** 0 takes any free port. */
  port: number;
  /** Address to listen on. Default: all, IPv6 and IPv4. */
  hostname?: string;
  /**
   * Called for each caller; owns `conn`. The promise is the handshake: it settles when that is done or has failed,
   * not when the connection ends. ProtocolError and ConnectionError are ordinary here.
   */
  onConnection(conn: Deno.TcpConn, address: PeerAddress): Promise<void>;
  /** Hears of callers that came to nothing, for the log. */
  onRefused?(address: PeerAddress, error: Error): void;
  /** Gets errors that are neither a caller's nor the network's: our bugs. Default: uncaught, which ends the program. */
  onBug?(error: unknown): void;
  /** Handshakes at the same time. Default 64. */
  maxHandshakes?: number;
}

/** First and longest pause after a failed accept: usually we are out of file descriptors. */
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;

/** A port that peers can call. */
export class Listener {
  /** The port in use, also when 0 was asked for. */
  readonly port: number;
  readonly #options: ListenerOptions;
  readonly #sockets: Deno.TcpListener[];
  readonly #loops: Promise<void>[];
  /** Callers in their handshake, the one that has been at it longest first. */
  readonly #callers = new Set<Deno.TcpConn>();
  readonly #handshakes = new Set<Promise<void>>();
  readonly #closing = Promise.withResolvers<void>();
  #isClosed = false;

  /**
   * Starts listening.
   *
   * @throws {PortInUseError} if the port is taken
   * @throws {ListenError} if it can't be listened on for another reason
   */
  static listen(options: ListenerOptions): Listener {
    return new Listener(options, openSockets(options.port, options.hostname));
  }

  private constructor(options: ListenerOptions, sockets: Deno.TcpListener[]) {
    this.#options = options;
    this.#sockets = sockets;
    this.port = (sockets[0]?.addr as Deno.NetAddr).port;
    this.#loops = sockets.map((socket) => this.#acceptLoop(socket));
  }

  /** Families of addresses at which peers can call. */
  get families(): { ip4: boolean; ip6: boolean } {
    const hosts = this.#sockets.map(({ addr }) => (addr as Deno.NetAddr).hostname);
    return {
      // "::" takes both where there is no other socket for IPv4.
      ip4: hosts.some((host) => !host.includes(":") || host === "::"),
      ip6: hosts.some((host) => host.includes(":")),
    };
  }

  /** Handshakes under way. */
  get handshakes(): number {
    return this.#callers.size;
  }

  /** Stops listening, ends the handshakes under way and waits for them. Idempotent. */
  async close(): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.#closing.resolve();
      for (const socket of this.#sockets) socket.close();
      for (const conn of this.#callers) hangUp(conn);
    }
    await Promise.all(this.#loops);
    await Promise.all(this.#handshakes);
  }

  async #acceptLoop(socket: Deno.TcpListener): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS;
    while (!this.#isClosed) {
      try {
        const conn = await socket.accept();
        pauseMs = FIRST_PAUSE_MS;
        if (this.#isClosed) return hangUp(conn);
        this.#admit(conn);
      } catch (error) {
        if (this.#isClosed) return;
        if (error instanceof Deno.errors.BadResource) throw error; // somebody else closed our socket
        await this.#pause(pauseMs);
        pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      }
    }
  }

  #admit(conn: Deno.TcpConn): void {
    // The one that has been at it longest goes. In a flood of silent callers an honest one, who needs one round trip,
    // gets through this way; refusing the newest would let 64 silent callers lock everybody out.
    if (this.#callers.size >= (this.#options.maxHandshakes ?? 64)) {
      for (const oldest of this.#callers) {
        this.#callers.delete(oldest);
        hangUp(oldest);
        break;
      }
    }
    this.#callers.add(conn);
    const handshake = this.#shakeHands(conn).finally(() => this.#handshakes.delete(handshake));
    this.#handshakes.add(handshake);
  }

  async #shakeHands(conn: Deno.TcpConn): Promise<void> {
    const address = addressOf(conn.remoteAddr);
    try {
      conn.setNoDelay(true);
      await this.#options.onConnection(conn, address);
    } catch (error) {
      hangUp(conn);
      if (error instanceof ProtocolError || error instanceof ConnectionError) {
        this.#options.onRefused?.(address, error);
      } else {
        (this.#options.onBug ?? reportError)(error);
      }
    } finally {
      this.#callers.delete(conn);
    }
  }

  async #pause(ms: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const over = new Promise<void>((resolve) => timer = setTimeout(resolve, ms));
    await Promise.race([over, this.#closing.promise]);
    clearTimeout(timer);
  }
}

/** Without a host name: "::", which takes IPv4 too on most systems, and "0.0.0.0" where it doesn't. */
function openSockets(port: number, hostname: string | undefined): Deno.TcpListener[] {
  if (hostname !== undefined) return [open(port, hostname)];
  let both: Deno.TcpListener;
  try {
    both = open(port, "::");
  } catch (error) {
    if (error instanceof PortInUseError) throw error;
    return [open(port, "0.0.0.0")]; // a system without IPv6
  }
  try {
    return [both, open((both.addr as Deno.NetAddr).port, "0.0.0.0")];
  } catch {
    return [both]; // in use, by the socket above
  }
}

function open(port: number, hostname: string): Deno.TcpListener {
  try {
    return Deno.listen({ port, hostname });
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) throw new PortInUseError(port);
    const hint = error instanceof Deno.errors.PermissionDenied && port < 1024
      ? ": choose a port of 1024 or above"
      : "";
    throw new ListenError(port, `Cannot listen on port ${port}: ${describeSocketError(error)}${hint}`);
  }
}

/** A socket's end, with IPv4 addresses as such: a dual-stack socket tells them as ::ffff:192.0.2.1. */
export function addressOf(addr: Deno.NetAddr): PeerAddress {
  const [text = ""] = addr.hostname.split("%"); // a link-local address carries its interface
  const bytes = parseIp(text);
  return { ip: bytes === undefined ? text : formatIp(bytes), port: addr.port };
}
