import assert from "node:assert/strict";
import { udpRetryMs } from "../../../peer/announce/udp_retry.ts";
import { UdpTrackers } from "../../../peer/announce/udp_tracker.ts";
import type { AnnounceRequest } from "../../../protocol/announce.ts";
import { encodeCompact4, encodeCompact6 } from "../../../protocol/compact.ts";
import { TrackerError } from "../../../protocol/errors.ts";
import { UdpAnswerWriter } from "../../../protocol/udp_request.ts";
import { UdpAction } from "../../../protocol/udp_tracker.ts";
import { createTracker } from "../../../tracker/mod.ts";
import { FakeClock, runPromises } from "../../support/fake_clock.ts";
import { FakeUdpTrackers, type UdpBehaviour } from "../../support/fake_udp.ts";
import { mutate } from "../../support/mutations.ts";
import { SeededRandom } from "../../support/random.ts";

const REQUEST: AnnounceRequest = {
  infoHash: "aaaaaaaaaaaaaaaaaaaa",
  peerId: "-SE0100-abcdefghijkl",
  port: 6881,
  uploaded: 0,
  downloaded: 0,
  left: 9,
  event: "started",
};
const IP = "192.0.2.1";
const IP6 = "2001:db8::1";
const URL4 = `udp://${IP}:80/announce`;

/** A tracker that knows one connection id, a number, and names one peer of each family. */
function tracker(id: () => number = () => 7): UdpBehaviour {
  const writer = new UdpAnswerWriter(100);
  return (reader) => {
    const { action, connectionLow, transactionId } = reader;
    if (action === UdpAction.connect) return [writer.connect(transactionId, 0, id()).slice()];
    if (connectionLow !== id()) return [writer.error(transactionId, "Connection ID mismatch", 98).slice()];
    if (action === UdpAction.scrape) {
      writer.scraped(0, 1, 2, 3);
      return [writer.scrape(transactionId, 1).slice()];
    }
    const peers = reader.urlData() === "/ip6"
      ? encodeCompact6([{ ip: "2001:db8::9", port: 6889 }])
      : encodeCompact4([{ ip: "192.0.2.9", port: 6889 }]);
    return [writer.announce(transactionId, { interval: 900, complete: 1, incomplete: 2, peers }).slice()];
  };
}

class Setup {
  readonly clock = new FakeClock();
  readonly fake = new FakeUdpTrackers();
  addresses: string[] = [IP, IP6];
  readonly udp = new UdpTrackers({
    now: this.clock.read,
    open: this.fake.openSocket,
    lookup: () => Promise.resolve(this.addresses),
  });
  limit = new AbortController();

  announce(url = URL4, isAllowed?: (ip: string) => boolean) {
    return this.udp.announce(url, REQUEST, { signal: this.limit.signal, isAllowed });
  }

  /** Ends what is under way, as an announcer does after 15 s. */
  async giveUp(): Promise<void> {
    this.limit.abort(new TrackerError("no answer"));
    await runPromises();
    this.limit = new AbortController();
  }
}

Deno.test("UdpTrackers.announce() connects, announces, and goes on with the connection id for a minute", async () => {
  const setup = new Setup();
  setup.fake.on(IP, tracker());
  assert.deepEqual(await setup.announce(), {
    interval: 900,
    complete: 1,
    incomplete: 2,
    peers: [{ ip: "192.0.2.9", port: 6889 }],
  });
  assert.deepEqual(setup.fake.take(), [`${IP} connect`, `${IP} announce`]);
  setup.clock.advance(59_000);
  await setup.announce();
  assert.deepEqual(setup.fake.take(), [`${IP} announce`]);
  setup.clock.advance(1_000);
  await setup.announce();
  assert.deepEqual(setup.fake.take(), [`${IP} connect`, `${IP} announce`]);
  setup.udp.close();
  await runPromises();
  assert.equal(setup.fake.open, 0);
});

Deno.test("UdpTrackers: a thousand torrents connect to their tracker once", async () => {
  const setup = new Setup();
  setup.fake.on(IP, tracker());
  await Promise.all(Array.from({ length: 1000 }, () => setup.announce()));
  const sent = setup.fake.take();
  assert.equal(sent.filter((each) => each.endsWith("connect")).length, 1);
  assert.equal(sent.length, 1001);
  assert.equal(setup.fake.open, 1);
  setup.udp.close();
});

Deno.test("UdpTrackers: silence is answered by a connect after 15 s, 30, 60 … 3,840, however often it is tried", async () => {
  const setup = new Setup();
  const times: number[] = [];
  const start = setup.clock.now;
  for (let second = 0; second <= 4_000; second += 15) {
    const failed = assert.rejects(setup.announce(), /no answer/);
    await runPromises();
    if (setup.fake.take().length > 0) times.push((setup.clock.now - start) / 1000);
    setup.clock.advance(15_000);
    await setup.giveUp();
    await failed;
  }
  assert.deepEqual(times, [0, 15, 45, 105, 225, 465, 945, 1905, 3825]);
  assert.equal(udpRetryMs(8), 3_840_000);
  assert.equal(udpRetryMs(9), 3_840_000);
  setup.fake.on(IP, tracker());
  setup.clock.advance(3_840_000);
  await setup.announce();
  setup.udp.close();
});

Deno.test("UdpTrackers: an id that the tracker doesn't know any more is replaced at once", async () => {
  const setup = new Setup();
  let id = 1;
  setup.fake.on(IP, tracker(() => id));
  await setup.announce();
  id = 2;
  setup.fake.take();
  assert.equal((await setup.announce()).peers.length, 1);
  assert.deepEqual(setup.fake.take(), [`${IP} announce`, `${IP} connect`, `${IP} announce`]);
  setup.udp.close();
});

Deno.test("UdpTrackers: a refusal is a TrackerError in the tracker's words", async () => {
  const setup = new Setup();
  const writer = new UdpAnswerWriter(0);
  setup.fake.on(IP, ({ transactionId }) => [writer.error(transactionId, "Go away", 98).slice()]);
  await assert.rejects(setup.announce(), {
    name: "TrackerError",
    message: `Cannot connect: the tracker refuses: got "Go away"`,
  });
  setup.udp.close();
});

Deno.test("UdpTrackers: a tracker with two families is announced to over both, and one is enough", async () => {
  const setup = new Setup();
  setup.fake.on(IP, tracker());
  setup.fake.on(IP6, (reader, datagram) => tracker()(reader, datagram));
  setup.addresses = [IP6, IP];
  const both = await setup.announce("udp://tracker.example:80");
  assert.deepEqual(setup.fake.take().toSorted(), [
    `${IP} announce`,
    `${IP} connect`,
    `${IP6} announce`,
    `${IP6} connect`,
  ]);
  assert.deepEqual(both.peers[0], { ip: "192.0.2.9", port: 6889 });
  setup.addresses = ["203.0.113.1", IP6];
  assert.equal((await setup.announce("udp://tracker.example:80/ip6")).peers[0]?.ip, "2001:db8::9");
  setup.addresses = ["203.0.113.1"];
  await assert.rejects(setup.announce("udp://tracker.example:80"), /the network can't be reached/);
  setup.udp.close();
});

Deno.test("UdpTrackers asks over the family in which we can be called, and over the other one if there is nothing else", async () => {
  const fake = new FakeUdpTrackers();
  fake.on(IP, tracker());
  fake.on(IP6, tracker());
  let addresses = [IP6, IP];
  const udp = new UdpTrackers({
    open: fake.openSocket,
    lookup: () => Promise.resolve(addresses),
    families: { ip4: true, ip6: false },
  });
  const { signal } = new AbortController();
  await udp.announce("udp://tracker.example:80", REQUEST, { signal });
  assert.deepEqual(fake.take(), [`${IP} connect`, `${IP} announce`]);
  addresses = [IP6];
  await udp.announce("udp://tracker.example:80", REQUEST, { signal });
  assert.deepEqual(fake.take(), [`${IP6} connect`, `${IP6} announce`]);
  udp.close();
});

Deno.test("UdpTrackers: a name that isn't there, a URL without a port and a forbidden address are told apart", async () => {
  const setup = new Setup();
  await assert.rejects(setup.announce(`udp://${IP}/announce`), /no port/);
  await assert.rejects(setup.announce(URL4, () => false), /public/);
  const lost = new UdpTrackers({ lookup: () => Promise.reject(new Error("ENOTFOUND")) });
  const { signal } = setup.limit;
  await assert.rejects(lost.announce("udp://nowhere.example:80", REQUEST, { signal }), /can't be resolved/);
  assert.deepEqual(setup.fake.take(), []);
});

Deno.test("UdpTrackers.scrape() asks for counts", async () => {
  const setup = new Setup();
  setup.fake.on(IP, tracker());
  const stats = await setup.udp.scrape(URL4, [REQUEST.infoHash], { signal: setup.limit.signal });
  assert.deepEqual(stats, [{ complete: 1, downloaded: 2, incomplete: 3 }]);
  setup.udp.close();
});

Deno.test("UdpTrackers: what comes from elsewhere, or is broken, is no answer: 10,000 mutations", async () => {
  const setup = new Setup();
  const random = new SeededRandom(15);
  const honest = tracker();
  setup.fake.on(IP, (reader, datagram) => {
    const [answer = datagram] = honest(reader, datagram);
    // Broken ones first: whatever they do, they take no more than their own announce with them.
    return [...Array.from({ length: 100 }, () => mutate(answer, random)), answer];
  });
  let answered = 0;
  for (let i = 0; i < 100; i++) {
    setup.clock.advance(61_000);
    const asked = setup.announce().then(() => answered++, (error) => {
      assert.ok(error instanceof TrackerError, `seed ${random.seed}: ${error}`);
    });
    // A broken connection id gets no answer but an error; that one is the tracker's.
    await asked;
  }
  assert.ok(answered > 0);
  setup.udp.close();
});

Deno.test("UdpTrackers on real sockets: peers meet through our own tracker, over both families", async () => {
  const server = createTracker({ port: 0 });
  const { hostname, port } = await server.start();
  const udp = new UdpTrackers();
  const { signal } = new AbortController();
  try {
    await udp.announce(`udp://127.0.0.1:${port}/announce`, REQUEST, { signal });
    const second = await udp.announce(`udp://127.0.0.1:${port}/announce`, { ...REQUEST, port: 6882 }, {
      signal,
    });
    assert.deepEqual(second.peers, [{ ip: "127.0.0.1", port: 6881 }]);
    // A machine without IPv6 has only the first half.
    if (hostname === "::") {
      await udp.announce(`udp://[::1]:${port}`, REQUEST, { signal });
      const other = await udp.announce(`udp://[::1]:${port}`, { ...REQUEST, port: 6882 }, { signal });
      assert.deepEqual(other.peers, [{ ip: "::1", port: 6881 }]);
    }
    const [counts] = await udp.scrape(`udp://127.0.0.1:${port}`, [REQUEST.infoHash], { signal });
    assert.equal(counts?.incomplete, hostname === "::" ? 4 : 2);
  } finally {
    udp.close();
    await server.close();
  }
});
