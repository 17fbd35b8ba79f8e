import assert from "node:assert/strict";
import {
  type AnnounceResponse,
  decodeUdpAnnounce,
  decodeUdpConnect,
  encodeUdpAnnounce,
  encodeUdpConnect,
} from "../../protocol/mod.ts";
import { createTracker, type TrackerHandle } from "../../tracker/mod.ts";
import { request } from "./announcing.ts";
import { LEAST } from "./http.ts";

/** A UDP client of a tracker, on a socket of its own. */
class Client implements Disposable {
  readonly #socket: Deno.DatagramConn;
  readonly #tracker: Deno.NetAddr;

  constructor(hostname: "127.0.0.1" | "::1", port: number) {
    this.#socket = Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
    this.#tracker = { transport: "udp", hostname, port };
  }

  async send(datagram: Uint8Array): Promise<void> {
    await this.#socket.send(datagram, this.#tracker);
  }

  async ask(datagram: Uint8Array): Promise<Uint8Array> {
    await this.send(datagram);
    const [answer, from] = await this.#socket.receive();
    assert.deepEqual({ ...from }, this.#tracker);
    return answer;
  }

  async announce(port: number): Promise<AnnounceResponse> {
    const connectionId = decodeUdpConnect(await this.ask(encodeUdpConnect(1)));
    const said = request({ at: `192.0.2.1:${port}` });
    const answer = await this.ask(encodeUdpAnnounce({ connectionId, transactionId: 2 }, said));
    return decodeUdpAnnounce(answer, this.#tracker.hostname.includes(":"));
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}

async function withTracker(
  host: string | undefined,
  body: (at: { hostname: string; port: number }, tracker: TrackerHandle) => Promise<void>,
): Promise<void> {
  const logged: string[] = [];
  const tracker = createTracker({
    port: 0,
    ...(host === undefined ? {} : { host }),
    log: (line) => logged.push(line),
  });
  try {
    await body(await tracker.start(), tracker);
  } finally {
    await tracker.close();
  }
  assert.deepEqual(logged, []);
}

Deno.test("a tracker answers UDP on the port number of its HTTP, in the same swarms", async () => {
  await withTracker("127.0.0.1", async ({ port }, tracker) => {
    using client = new Client("127.0.0.1", port);
    await client.announce(6881);
    assert.deepEqual((await client.announce(6882)).peers, [{ ip: "127.0.0.1", port: 6881 }]);
    const hash = request({ at: "192.0.2.1:1" }).infoHash;
    const query = LEAST.replace(/info_hash=[^&]*/, `info_hash=${hash}`).replace("6881", "7000");
    const answer = await fetch(`http://127.0.0.1:${port}/announce?${query}`);
    assert.match(await answer.text(), /^d8:completei0e.*10:incompletei3e/s);
    assert.equal(tracker.stats().announces, 3);
  });
});

Deno.test("a tracker without a host answers UDP over IPv4 and IPv6, each with its own peers", async () => {
  await withTracker(undefined, async ({ hostname, port }) => {
    using client4 = new Client("127.0.0.1", port);
    await client4.announce(6881);
    assert.deepEqual((await client4.announce(6882)).peers, [{ ip: "127.0.0.1", port: 6881 }]);
    // A machine without IPv6 has only the first half.
    if (hostname !== "::") return;
    using client6 = new Client("::1", port);
    await client6.announce(6881);
    const { incomplete, peers } = await client6.announce(6882);
    assert.deepEqual(peers, [{ ip: "::1", port: 6881 }]);
    assert.equal(incomplete, 4);
  });
});

Deno.test("datagrams that are nothing are passed over, the next one is answered", async () => {
  await withTracker("127.0.0.1", async ({ port }) => {
    using client = new Client("127.0.0.1", port);
    for (const length of [0, 1, 15, 16, 98, 2048, 9000]) await client.send(new Uint8Array(length).fill(0xff));
    using other = new Client("127.0.0.1", port);
    assert.equal((await other.announce(6881)).incomplete, 1);
  });
});

Deno.test("createTracker({ udp: false }) leaves the UDP port to others", async () => {
  const tracker = createTracker({ port: 0, host: "127.0.0.1", udp: false });
  const { port } = await tracker.start();
  try {
    Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port }).close();
  } finally {
    await tracker.close();
  }
});

Deno.test("close() frees the UDP port, and start() names one that is in use", async () => {
  const first = createTracker({ port: 0, host: "127.0.0.1" });
  const { port } = await first.start();
  await Promise.all([first.close(), first.close()]);
  const taken = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port });
  const second = createTracker({ port, host: "127.0.0.1" });
  try {
    await assert.rejects(second.start(), {
      name: "TrackerStartError",
      kind: "port-in-use",
      message: /UDP port/,
    });
    // The TCP port is free again, too.
    Deno.listen({ hostname: "127.0.0.1", port }).close();
  } finally {
    await second.close();
    taken.close();
  }
});
