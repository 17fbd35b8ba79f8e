// The tracker's UDP socket: one datagram in, one out, in a few loops side by side. What is answered is
// udp_responder.ts's. https://www.bittorrent.org/beps/bep_0015.html

import { UdpAction } from "../protocol/mod.ts";
import { parseClientAddress } from "./client_address.ts";
import { explainListening } from "./http_server.ts";
import type { LatencyHistogram } from "./latency_histogram.ts";
import type { UdpResponder } from "./udp_responder.ts";

/** What the server is given besides its socket's address. */
export interface UdpServerParts {
  /** One for each loop: a datagram that is being read, and one that is being sent, are nobody else's. */
  responders: readonly UdpResponder[];
  /** Told how long announces take. */
  latency: LatencyHistogram;
  /** Milliseconds of the tracker's monotonic clock. */
  now: () => number;
  log: (line: string) => void;
}

/** After an error of the socket itself, so that one that stays isn't reported without end. */
const ERROR_PAUSE_MS = 100;

/** A UDP socket that is answered until it is closed. */
export class UdpServer {
  readonly port: number;
  readonly #socket: Deno.DatagramConn;
  readonly #parts: UdpServerParts;
  readonly #ended: Promise<unknown>;
  #isClosed = false;
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

  /** Stops at once, and resolves when nothing is under way any more. Calling it again does nothing more. */
  async close(): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.#socket.close();
    }
    await this.#ended;
  }

  async #serve(responder: UdpResponder): Promise<void> {
    const { space } = responder;
    while (!this.#isClosed) {
      try {
        const [datagram, from] = await this.#socket.receive(space);
        const answer = this.#answer(responder, datagram.length, from as Deno.NetAddr);
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

  #answer(responder: UdpResponder, length: number, { hostname }: Deno.NetAddr): Uint8Array | undefined {
    const address = parseClientAddress(hostname);
    if (address === undefined) return undefined;
    const { latency, now } = this.#parts;
    try {
      const at = now();
      const answer = responder.answer(length, address, at);
      if (answer?.[3] === UdpAction.announce && latency.isDue()) latency.note(now() - at);
      return answer;
    } catch (error) {
      // A bug of ours. The client will ask again; the operator gets the whole story.
      this.#parts.log(`Cannot answer a datagram: ${error instanceof Error ? error.stack : error}`);
      return undefined;
    }
  }

  /** Port 0, a network that is gone, a firewall: the sender's trouble, if it was the sender at all. */
  #onSendError(error: unknown): void {
    if (this.#isClosed || this.#hasWarned || !(error instanceof Deno.errors.NotCapable)) return;
    this.#hasWarned = true;
    this.#parts.log(
      `Cannot answer UDP clients over IPv6: permission is missing. Add --allow-net: ${error.message}`,
    );
  }
}
