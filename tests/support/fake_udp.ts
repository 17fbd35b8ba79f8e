// UDP trackers without a network: sockets that hand datagrams to the test's trackers, and answers back.

import type { OpenSocket } from "../../peer/announce/udp_socket.ts";
import { UdpRequestReader } from "../../protocol/udp_request.ts";

/** What a tracker at one address does with a datagram: the answers, which may be none. */
export type UdpBehaviour = (reader: UdpRequestReader, datagram: Uint8Array) => Uint8Array[];

/** Any number of UDP trackers, told apart by "ip port". One that nobody described is silent. */
export class FakeUdpTrackers {
  /** Every datagram that was sent: "192.0.2.1 80 connect". */
  readonly sent: string[] = [];
  /** Sockets that are open. */
  open = 0;
  readonly #behaviours = new Map<string, UdpBehaviour>();

  /** From now on the tracker at `ip`, port 80, does this. */
  on(ip: string, behaviour: UdpBehaviour): void {
    this.#behaviours.set(ip, behaviour);
  }

  /** Forgets and returns what was sent. */
  take(): string[] {
    return this.sent.splice(0);
  }

  /** What to hand to code that opens sockets. */
  readonly openSocket: OpenSocket = () => {
    const answers: { answer: Uint8Array; from: Deno.NetAddr }[] = [];
    let wake = Promise.withResolvers<void>();
    let isClosed = false;
    this.open++;
    return {
      send: (datagram, to) => {
        const { hostname, port } = to as Deno.NetAddr;
        const behaviour = this.#behaviours.get(hostname);
        if (hostname.startsWith("203.0.113.")) return Promise.reject(new Error("Network is unreachable"));
        const reader = new UdpRequestReader();
        reader.space.set(datagram);
        reader.read(datagram.length);
        this.sent.push(`${hostname} ${["connect", "announce", "scrape"][reader.action]}`);
        for (const answer of behaviour?.(reader, datagram) ?? []) {
          answers.push({ answer, from: { transport: "udp", hostname, port } });
        }
        wake.resolve();
        return Promise.resolve(datagram.length);
      },
      receive: async () => {
        for (;;) {
          if (isClosed) throw new Deno.errors.BadResource("Closed");
          const next = answers.shift();
          if (next !== undefined) {
            return [next.answer as Uint8Array<ArrayBuffer>, next.from];
          }
          await wake.promise;
          wake = Promise.withResolvers();
        }
      },
      close: () => {
        isClosed = true;
        this.open--;
        wake.resolve();
      },
    };
  };
}
