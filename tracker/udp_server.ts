// The tracker's UDP socket: one datagram in, one out, in a few loops side by side. What is answered is
// udp_responder.ts's. https://www.bittorrent.org/beps/bep_0015.html

import { UdpAction } from "../protocol/mod.ts";
import type { Soon } from "./answers.ts";
import { parseClientAddress } from "./client_address.ts";
import { explainListening } from "./http_server.ts";
import type { ProtocolStats } from "./stats.ts";
import type { RequestLog } from "./request_log.ts";
import type { UdpResponder } from "./udp_responder.ts";

/** What the server is given besides its socket's address. */
export interface UdpServerParts {
  /** One for each loop: a datagram that is being read, and one that is being sent, are nobody else's. */
  responders: readonly UdpResponder[];
  /** Told how long announces take, and what comes and goes. */
  stats: Pick<ProtocolStats, "bytesIn" | "bytesOut" | "latency">;
  /** Milliseconds of the tracker's monotonic clock. */
  now: () => number;
  log: (line: string) => void;
  requests: RequestLog;
}

/** Long enough for a datagram that the kernel has taken to be sent. */
const LAST_ANSWERS_MS = 10;
/** After an error of the socket itself, so that one that stays isn't reported without end. */
const ERROR_PAUSE_MS = 100;

/** A UDP socket that is answered until it is closed. */
export class UdpServer {
  readonly port: number;
  readonly #socket: Deno.DatagramConn;
  readonly #parts: UdpServerParts;
  readonly #ended: Promise<unknown>;
  #isClosed = false;
  /** Datagrams whose answers are on their way from a store. */
  #waiting = 0;
  #closed: Promise<void> | undefined;
  /** Sent to ourselves at the end: what came before it has been read when it is. */
  #marker: { bytes: Uint8Array; seen: () => void } | undefined;
  #hasWarned = false;

  private constructor(socket: Deno.DatagramConn, parts: UdpServerParts) {
    this.#socket = socket;
    this.#parts = parts;
    this.port = (socket.addr as Deno.NetAddr).port;
    this.#ended = Promise.all(parts.responders.map((responder) => this.#serve(responder)));
  }

  /**
   * Opens the socket; "::" takes IPv4 too.
   *
   * @throws {TrackerStartError} if it can't.
   */
  static open({ hostname, port }: { hostname: string; port: number }, parts: UdpServerParts): UdpServer {
    try {
      return new UdpServer(Deno.listenDatagram({ transport: "udp", hostname, port }), parts);
    } catch (error) {
      throw explainListening(error, { hostname, port, protocol: "UDP" });
    }
  }

  /**
   * Answers what has come until now, for `graceMs` at most, and resolves when nothing is under way any more. Calling it again
   * does nothing more.
   */
  close(graceMs: number): Promise<void> {
    return this.#closed ??= this.#close(graceMs);
  }

  async #close(graceMs: number): Promise<void> {
    if (graceMs > 0) await this.#untilRead(graceMs);
    this.#isClosed = true;
    this.#socket.close();
    await this.#ended;
  }

  async #untilRead(graceMs: number): Promise<void> {
    const { hostname, port } = this.#socket.addr as Deno.NetAddr;
    const ourselves = hostname === "::" ? "::1" : hostname === "0.0.0.0" ? "127.0.0.1" : hostname;
    const { promise, resolve } = Promise.withResolvers<void>();
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    this.#marker = { bytes, seen: resolve };
    // A full buffer loses the marker as it loses anybody's.
    const timer = setTimeout(resolve, graceMs);
    try {
      await this.#socket.send(bytes, { transport: "udp", hostname: ourselves, port });
      await promise;
      const end = performance.now() + graceMs;
      do await new Promise((resolve) => setTimeout(resolve, LAST_ANSWERS_MS)); while (
        this.#waiting > 0 && performance.now() < end
      );
    } catch {
      // It can't be reached from here: what has come is lost, as datagrams are.
    } finally {
      clearTimeout(timer);
    }
  }

  async #serve(responder: UdpResponder): Promise<void> {
    const { space } = responder;
    const { requests } = this.#parts;
    while (!this.#isClosed) {
      try {
        const [datagram, from] = await this.#socket.receive(space);
        const made = this.#answer(responder, datagram.length, from as Deno.NetAddr);
        const answer = made instanceof Promise ? await made : made;
        if (requests.isOn) requests.datagram((from as Deno.NetAddr).hostname, datagram, answer);
        if (answer === undefined) continue;
        // Here and not in a method: a promise less for each datagram. The next answer needs these bytes, so it waits; the
        // kernel takes a datagram at once.
        try {
          await this.#socket.send(answer, from);
        } catch (error) {
          this.#onSendError(error);
        }
      } catch (error) {
        if (this.#isClosed) return;
        this.#parts.log(`Cannot receive over UDP: ${error instanceof Error ? error.message : error}`);
        await new Promise((resolve) => setTimeout(resolve, ERROR_PAUSE_MS));
      }
    }
  }

  #answer(
    responder: UdpResponder,
    length: number,
    { hostname }: Deno.NetAddr,
  ): Soon<Uint8Array | undefined> {
    const address = parseClientAddress(hostname);
    if (address === undefined) return undefined;
    if (this.#marker !== undefined && this.#isMarker(responder.space, length)) return undefined;
    try {
      const at = this.#parts.now();
      this.#parts.stats.bytesIn += length;
      const answer = responder.answer(length, address, at);
      if (!(answer instanceof Promise)) return this.#timed(answer, at);
      return this.#waited(answer, at);
    } catch (error) {
      return this.#onBug(error);
    }
  }

  async #waited(answer: Promise<Uint8Array | undefined>, at: number): Promise<Uint8Array | undefined> {
    this.#waiting++;
    try {
      return this.#timed(await answer, at);
    } catch (error) {
      return this.#onBug(error);
    } finally {
      this.#waiting--;
    }
  }

  #timed(answer: Uint8Array | undefined, at: number): Uint8Array | undefined {
    const { now, stats } = this.#parts;
    if (answer === undefined) return undefined;
    stats.bytesOut += answer.length;
    if (answer[3] === UdpAction.announce && stats.latency.isDue()) stats.latency.note(now() - at);
    return answer;
  }

  /** The client will ask again; the operator gets the whole story. */
  #onBug(error: unknown): undefined {
    this.#parts.log(`Cannot answer a datagram: ${error instanceof Error ? error.stack : error}`);
  }

  /** Port 0, a network that is gone, a firewall: the sender's trouble, if it was the sender at all. */
  #onSendError(error: unknown): void {
    if (this.#isClosed || this.#hasWarned || !(error instanceof Deno.errors.NotCapable)) return;
    this.#hasWarned = true;
    this.#parts.log(
      `Cannot answer UDP clients over IPv6: permission is missing. Add --allow-net: ${error.message}`,
    );
  }

  /** Tells who waits for it. An answer to it would be one to ourselves, and that again. */
  #isMarker(space: Uint8Array, length: number): boolean {
    const { bytes, seen } = this.#marker as { bytes: Uint8Array; seen: () => void };
    if (length !== bytes.length || !bytes.every((byte, i) => space[i] === byte)) return false;
    seen();
    return true;
  }
}
