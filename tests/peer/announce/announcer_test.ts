import assert from "node:assert/strict";
import type { AnnounceResponse } from "../../../protocol/announce.ts";
import type { PeerAddress } from "../../../protocol/compact.ts";
import { InfoHash } from "../../../protocol/info_hash.ts";
import {
  type AnnouncedState,
  Announcer,
  type AnnounceReport,
  type AnnouncerOptions,
  type UdpAnnounces,
} from "../../../peer/announce/announcer.ts";
import { FakeClock, runPromises } from "../../support/fake_clock.ts";
import { answer, failure, FakeTrackers } from "../../support/fake_tracker.ts";

const A = "http://a.example/announce";
const B = "http://b.example/announce";
const C = "http://c.example/announce";
const PEER: PeerAddress = { ip: "192.0.2.1", port: 6881 };

/** An announcer, its trackers and its time. */
class Setup {
  readonly clock = new FakeClock();
  readonly trackers = new FakeTrackers();
  readonly reports: AnnounceReport[] = [];
  readonly peers: PeerAddress[] = [];
  readonly state: AnnouncedState = {
    infoHash: InfoHash.fromHex("0123456789abcdef0123456789abcdef01234567"),
    peerId: new Uint8Array(20).fill(7),
    port: 6881,
    uploaded: 0,
    downloaded: 0,
    left: 1000,
  };
  readonly announcer: Announcer;

  constructor(tiers: string[][], options: Partial<AnnouncerOptions> = {}) {
    this.announcer = new Announcer({
      tiers,
      state: () => this.state,
      onPeers: (peers) => this.peers.push(...peers),
      onEvent: (report) => this.reports.push(report),
      now: this.clock.read,
      random: () => 0.5, // no jitter; the shuffle is told by the tests that care
      fetch: this.trackers.fetch,
      ...options,
    });
  }

  async start(): Promise<string[]> {
    this.announcer.start();
    await runPromises();
    return this.trackers.take();
  }

  /** Ticks through so many seconds, and returns the announces with the second in which they were made. */
  async pass(seconds: number): Promise<string[]> {
    const seen: string[] = [];
    for (let second = 1; second <= seconds; second++) {
      this.announcer.tick(this.clock.advance(1000));
      if (this.trackers.asked.length === 0) continue;
      await runPromises();
      seen.push(...this.trackers.take().map((asked) => `${second}s ${asked}`));
    }
    return seen;
  }

  /** The last report, and forgets all. */
  report(): AnnounceReport | undefined {
    return this.reports.splice(0).at(-1);
  }
}

Deno.test("Announcer says started at once, then none after each interval", async () => {
  const setup = new Setup([[A]]);
  setup.trackers.on(A, () => answer({ interval: 100, complete: 3, incomplete: 4, peers: [PEER] }));
  assert.deepEqual(await setup.start(), ["a.example started"]);
  assert.deepEqual(setup.peers, [PEER]);
  assert.deepEqual(setup.report(), {
    tracker: A,
    event: "started",
    ok: true,
    peers: 1,
    complete: 3,
    incomplete: 4,
    intervalSeconds: 100,
  });
  assert.deepEqual(await setup.pass(250), ["100s a.example none", "200s a.example none"]);
});

Deno.test("Announcer tells the numbers of the moment, the same key each time and the tracker's id", async () => {
  const setup = new Setup([[A]], { numwant: 80 });
  setup.trackers.on(A, () => answer({ interval: 10, trackerId: "T\xff1" }));
  setup.announcer.start();
  await runPromises();
  setup.state.downloaded = 600;
  setup.state.uploaded = 20;
  setup.state.left = 400;
  setup.announcer.tick(setup.clock.advance(10_000));
  const [first, second] = setup.trackers.asked.map(({ request }) => request);
  assert.ok(first && second);
  assert.equal(first.infoHash, setup.state.infoHash.binary);
  assert.equal(first.peerId, "\x07".repeat(20));
  assert.deepEqual([first.port, first.left, first.compact, first.numwant], [6881, 1000, true, 80]);
  assert.deepEqual([second.downloaded, second.uploaded, second.left], [600, 20, 400]);
  assert.match(first.key ?? "", /^[0-9a-f]{8}$/);
  assert.equal(first.key, second.key);
  assert.equal(first.trackerId, undefined);
  assert.equal(second.trackerId, "T\xff1");
  await runPromises();
});

Deno.test("Announcer tries a tracker that is down after 5, 10, 20 … seconds, at most 5 minutes, and finds it again", async () => {
  const setup = new Setup([[A]]);
  assert.deepEqual(await setup.start(), ["a.example started"]);
  assert.deepEqual(setup.report(), {
    tracker: A,
    event: "started",
    ok: false,
    error: "Cannot reach the tracker: connection refused",
    retryInSeconds: 5,
  });
  const seconds = (await setup.pass(1300)).map((asked) => parseInt(asked));
  const pauses = seconds.map((second, i) => second - (seconds[i - 1] ?? 0));
  assert.deepEqual(pauses, [5, 10, 20, 40, 80, 160, 300, 300, 300]);
  setup.trackers.on(A, () => answer({ interval: 600 }));
  const [found, ...more] = (await setup.pass(300)).map((asked) => parseInt(asked));
  assert.ok(found !== undefined && more.length === 0);
  assert.equal(setup.report()?.ok, true);
  setup.trackers.on(A, () => new TypeError("gone again"));
  assert.equal((await setup.pass(300 + found)).length, 1); // the interval counts from the answer
  assert.deepEqual(await setup.pass(5), ["5s a.example none"]); // and the back-off from the start
});

Deno.test("Announcer's back-off differs between clients", async () => {
  const pauses = new Set<number | undefined>();
  for (const value of [0, 0.25, 0.75, 0.999]) {
    const setup = new Setup([[A]], { random: () => value });
    await setup.start();
    await setup.pass(7);
    pauses.add(setup.report()?.retryInSeconds);
  }
  assert.deepEqual([...pauses], [8, 9, 11, 12]);
});

Deno.test("Announcer asks the next tier only when the whole tier has failed, and promotes who answers", async () => {
  const setup = new Setup([[A, B], [C]], { random: () => 0.9 }); // keeps the order
  setup.trackers.on(B, () => answer({ interval: 100 }));
  setup.trackers.on(C, () => answer({ interval: 100 }));
  assert.deepEqual(await setup.start(), ["a.example started", "b.example started"]);
  assert.deepEqual(setup.reports.map(({ tracker, ok }) => [tracker, ok]), [[A, false], [B, true]]);
  assert.equal(setup.reports[0]?.retryInSeconds, undefined); // another one was there
  assert.deepEqual(await setup.pass(100), ["100s b.example none"]); // B is in front now
  setup.trackers.on(B, () => failure("closed"));
  assert.deepEqual(await setup.pass(100), [
    "100s b.example none",
    "100s a.example started",
    "100s c.example started",
  ]);
  setup.trackers.on(A, () => answer({ interval: 100 })); // the first tier comes first again
  assert.deepEqual(await setup.pass(100), ["100s b.example none", "100s a.example started"]);
});

Deno.test("Announcer shuffles inside a tier, not across", async () => {
  const orders = new Set<string>();
  for (const value of [0, 0.5, 0.9]) {
    const setup = new Setup([[A, B], [C, A]], { random: () => value });
    orders.add((await setup.start()).join(", "));
  }
  assert.deepEqual([...orders].sort(), [
    "a.example started, b.example started, c.example started",
    "b.example started, a.example started, c.example started",
  ]);
});

Deno.test("Announcer gives up on a tracker that doesn't answer in time and goes on to the next", async () => {
  const setup = new Setup([[A], [B]], { timeoutMs: 15_000 });
  setup.trackers.on(A, () => "silent");
  setup.trackers.on(B, () => answer());
  assert.deepEqual(await setup.start(), ["a.example started"]);
  assert.deepEqual(await setup.pass(14), []);
  setup.announcer.tick(setup.clock.advance(1000));
  await runPromises();
  assert.deepEqual(setup.trackers.take(), ["b.example started"]);
  assert.equal(setup.trackers.pending, 0);
  assert.equal(setup.reports[0]?.error, "Cannot reach the tracker: no answer within 15 s");
});

Deno.test("Announcer has one announce under way at a time, whatever is asked of it", async () => {
  const setup = new Setup([[A]], { timeoutMs: 1_000_000 });
  setup.trackers.on(A, () => "silent");
  await setup.start();
  setup.announcer.start();
  setup.announcer.needPeers();
  setup.announcer.completed();
  assert.deepEqual(await setup.pass(500), []);
  assert.equal(setup.trackers.pending, 1);
  await setup.announcer.stop(0);
});

Deno.test("Announcer.completed() is announced once, at once, to a tracker that knows us as a leecher", async () => {
  const setup = new Setup([[A]]);
  setup.trackers.on(A, () => answer({ interval: 1000 }));
  await setup.start();
  await setup.pass(10);
  setup.state.left = 0;
  setup.announcer.completed();
  setup.announcer.completed();
  assert.deepEqual(await setup.pass(2000), ["1s a.example completed", "1001s a.example none"]);
});

Deno.test("Announcer.completed() is tried again until it has arrived", async () => {
  const setup = new Setup([[A]]);
  setup.trackers.on(A, () => answer({ interval: 1000 }));
  await setup.start();
  setup.trackers.on(A, () => new TypeError("down"));
  setup.state.left = 0;
  setup.announcer.completed();
  assert.deepEqual(await setup.pass(6), ["1s a.example completed", "6s a.example completed"]);
  setup.trackers.on(A, () => answer({ interval: 1000 }));
  assert.deepEqual(await setup.pass(1000), ["10s a.example completed"]);
});

Deno.test("Announcer doesn't say completed to a tracker that met us complete", async () => {
  const setup = new Setup([[A]]);
  await setup.start(); // it is down
  setup.state.left = 0;
  setup.announcer.completed();
  setup.trackers.on(A, () => answer({ interval: 100 }));
  assert.deepEqual(await setup.pass(110), ["5s a.example started", "105s a.example none"]);
});

Deno.test("Announcer says completed when the last piece came while started was under way", async () => {
  const setup = new Setup([[A]]);
  const gate = Promise.withResolvers<void>();
  setup.trackers.on(A, () => answer({ interval: 100 }));
  const slow = new Announcer({
    tiers: [[A]],
    state: () => setup.state,
    onPeers: () => {},
    now: setup.clock.read,
    fetch: async (url, init) => {
      const response = await setup.trackers.fetch(url, init);
      await gate.promise;
      return response;
    },
  });
  slow.start();
  setup.state.left = 0;
  slow.completed();
  gate.resolve();
  await runPromises();
  slow.tick(setup.clock.advance(1000));
  await runPromises();
  assert.deepEqual(setup.trackers.take(), ["a.example started", "a.example completed"]);
});

Deno.test("Announcer.completed() also reaches the tracker that was left for another one", async () => {
  const setup = new Setup([[A], [B]]);
  setup.trackers.on(B, () => answer({ interval: 100 }));
  await setup.start(); // A is down, B knows us
  setup.trackers.on(A, () => answer({ interval: 1000 }));
  assert.deepEqual(await setup.pass(100), ["100s a.example started"]);
  setup.state.left = 0;
  setup.announcer.completed();
  assert.deepEqual(await setup.pass(900), ["1s a.example completed", "1s b.example completed"]);
});

Deno.test("Announcer.completed() is tried once at a tracker that was left and is down now", async () => {
  const setup = new Setup([[A], [B]]);
  setup.trackers.on(B, () => answer({ interval: 100 }));
  await setup.start();
  setup.trackers.on(A, () => answer({ interval: 1000 }));
  await setup.pass(100);
  setup.trackers.on(B, () => failure("gone"));
  setup.state.left = 0;
  setup.announcer.completed();
  assert.deepEqual(await setup.pass(1001), [
    "1s a.example completed",
    "1s b.example completed",
    "1001s a.example none",
  ]);
});

Deno.test("Announcer.needPeers() announces early, but not before the min interval or 30 s", async (t) => {
  const cases = [{ minInterval: undefined, at: 30 }, { minInterval: 120, at: 120 }, {
    minInterval: 10,
    at: 10,
  }];
  for (const { minInterval, at } of cases) {
    await t.step(`min interval ${minInterval}`, async () => {
      const setup = new Setup([[A]]);
      setup.trackers.on(A, () => answer({ interval: 1000, minInterval }));
      await setup.start();
      setup.announcer.needPeers();
      setup.announcer.needPeers();
      assert.deepEqual(await setup.pass(900), [`${at}s a.example none`]); // heard once
    });
  }
});

Deno.test("Announcer asks half as often each time while peers are needed in vain, and anew once there were some", async () => {
  const setup = new Setup([[A]]);
  setup.trackers.on(A, () => answer({ interval: 100_000 }));
  await setup.start();
  const pass = async (seconds: number) => {
    const calls: string[] = [];
    for (let second = 0; second < seconds; second++) {
      setup.announcer.needPeers();
      calls.push(...await setup.pass(1));
    }
    return calls.length;
  };
  // After 30 s, then 60, 120, 240, and 300 from there on.
  assert.deepEqual([await pass(29), await pass(1), await pass(59), await pass(1)], [0, 1, 0, 1]);
  assert.equal(await pass(120 + 240 + 300 * 3), 5);
  setup.announcer.hasPeers();
  assert.equal(await pass(300), 1, "the time that was set stays");
  assert.equal(await pass(300), 2, "after 60 s and 120");
});

Deno.test("Announcer.needPeers() doesn't cut a back-off short", async () => {
  const setup = new Setup([[A]]);
  await setup.start();
  await setup.pass(5);
  setup.announcer.needPeers();
  assert.deepEqual(await setup.pass(12), ["10s a.example started"]);
});

Deno.test("Announcer neither hurries nor sleeps for ever, whatever interval a tracker names", async () => {
  const cases = [
    { interval: 1, minInterval: undefined, at: 5 },
    { interval: 60, minInterval: 90, at: 90 },
    { interval: 1e12, minInterval: undefined, at: 86_400 },
  ];
  for (const { interval, minInterval, at } of cases) {
    const setup = new Setup([[A]]);
    setup.trackers.on(A, () => answer({ interval, minInterval }));
    await setup.start();
    assert.equal(setup.report()?.intervalSeconds, at);
    assert.equal((await setup.pass(Math.min(at, 100)))[0], at <= 100 ? `${at}s a.example none` : undefined);
  }
});

Deno.test("Announcer obeys retry in, and asks the others meanwhile", async () => {
  const setup = new Setup([[A, B]], { random: () => 0.9 });
  setup.trackers.on(A, () => failure("busy", 5));
  assert.deepEqual(await setup.start(), ["a.example started", "b.example started"]);
  const asked = await setup.pass(400);
  const first = asked.findIndex((entry) => entry.includes("a.example"));
  assert.ok(first >= 3, "B was tried alone");
  assert.ok(parseInt(asked[first] ?? "") >= 300, `asked again at ${asked[first]}`);
});

Deno.test("Announcer never asks again who says never, and says so", async () => {
  const setup = new Setup([[A]]);
  setup.trackers.on(A, () => failure("not registered", "never"));
  await setup.start();
  assert.deepEqual(setup.report(), {
    tracker: A,
    event: "started",
    ok: false,
    error: 'Cannot announce: the tracker refuses: got "not registered"',
  });
  setup.announcer.needPeers();
  assert.deepEqual(await setup.pass(5000), []);
});

Deno.test("Announcer waits as long as a lone tracker wants it to", async () => {
  const setup = new Setup([[A]]);
  setup.trackers.on(A, () => failure("busy", 10));
  await setup.start();
  assert.equal(setup.report()?.retryInSeconds, 600);
  assert.deepEqual(await setup.pass(620), ["600s a.example started"]);
});

Deno.test("Announcer passes a warning on", async () => {
  const setup = new Setup([[A]]);
  setup.trackers.on(A, () => answer({ warning: "moving soon" }));
  await setup.start();
  assert.equal(setup.report()?.warning, "moving soon");
});

Deno.test("Announcer reports kinds of trackers it doesn't know once, and uses the others", async () => {
  const setup = new Setup([["udp://u.example:80"], ["wss://w.example/"], ["not a url"], [A]]);
  setup.trackers.on(A, () => answer({ interval: 50 }));
  assert.deepEqual(await setup.start(), ["a.example started"]);
  await setup.pass(200);
  const errors = setup.reports.filter(({ ok }) => !ok).map(({ tracker, error }) => [tracker, error]);
  assert.deepEqual(errors, [
    ["udp://u.example:80", "Cannot announce: trackers over udp aren't supported yet"],
    ["wss://w.example/", "Cannot announce: trackers over wss aren't supported yet"],
    ["not a url", "Cannot announce: the tracker's address isn't a URL"],
  ]);
});

Deno.test("Announcer without trackers does nothing, and stops", async () => {
  for (const tiers of [[], [[]], [["udp://u.example:80"]]]) {
    const setup = new Setup(tiers);
    assert.deepEqual(await setup.start(), []);
    setup.announcer.needPeers();
    setup.announcer.completed();
    assert.deepEqual(await setup.pass(1000), []);
    await setup.announcer.stop(1000);
  }
});

Deno.test("Announcer.stop() says stopped to the trackers that know us, and is silent then", async () => {
  const setup = new Setup([[A], [B]]);
  setup.trackers.on(B, () => answer({ interval: 10 }));
  await setup.start(); // A has never answered
  await setup.announcer.stop(1000);
  await setup.announcer.stop(1000);
  assert.deepEqual(setup.trackers.asked.map(({ request }) => request.numwant), [0]);
  assert.deepEqual(setup.trackers.take(), ["b.example stopped"]);
  assert.deepEqual(setup.report(), { tracker: B, event: "stopped", ok: true });
  setup.announcer.completed();
  setup.announcer.start();
  assert.deepEqual(await setup.pass(100), []);
});

Deno.test("Announcer.stop() says completed first where a tracker hasn't heard of it", async () => {
  const setup = new Setup([[A]]);
  setup.trackers.on(A, () => answer({ interval: 1000 }));
  await setup.start();
  setup.state.left = 0;
  setup.announcer.completed();
  await setup.announcer.stop(1000);
  assert.deepEqual(setup.trackers.take(), ["a.example completed", "a.example stopped"]);
});

Deno.test("Announcer.stop() before start() and before any answer says nothing to nobody", async () => {
  const fresh = new Setup([[A]]);
  await fresh.announcer.stop(1000);
  assert.deepEqual(await fresh.start(), []);
  const refused = new Setup([[A]]);
  await refused.start();
  await refused.announcer.stop(1000);
  assert.deepEqual(refused.trackers.take(), []);
});

Deno.test("Announcer.stop() ends an announce under way, tells that tracker only, and doesn't wait longer than told", async () => {
  const setup = new Setup([[A], [B]]);
  setup.trackers.on(A, () => "silent");
  setup.trackers.on(B, () => answer({ peers: [PEER] }));
  await setup.start();
  await setup.announcer.stop(20);
  assert.deepEqual(setup.trackers.take(), ["a.example stopped"]);
  assert.equal(setup.trackers.pending, 0);
  assert.deepEqual(setup.reports, [{
    tracker: A,
    event: "stopped",
    ok: false,
    error: "Cannot reach the tracker: no answer within 0.02 s",
  }]);
  assert.deepEqual(setup.peers, []);
});

/** UDP trackers, of which "udp://silent…" don't answer, and who was asked at which second. */
function udpTrackers(setup: () => Setup): { udp: UdpAnnounces; asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    udp: {
      announce: (url, _request, { signal }) => {
        asked.push(`${(setup().clock.now - 1_000_000) / 1000}s ${new URL(url).hostname}`);
        const { promise, resolve, reject } = Promise.withResolvers<AnnounceResponse>();
        if (!url.includes("silent")) resolve({ interval: 900, peers: [PEER] });
        signal.addEventListener("abort", () => reject(signal.reason));
        return promise;
      },
    },
  };
}

Deno.test("Announcer asks a silent UDP tracker again after 15·2ⁿ s at the earliest", async () => {
  let setup: Setup | undefined = undefined;
  const { asked, udp } = udpTrackers(() => setup as unknown as Setup);
  setup = new Setup([["udp://silent.example:80"]], { udp });
  await passWithTurns(setup, 600);
  // The first pause is the back-off of all trackers, 5 s after the limit of 15.
  assert.deepEqual(asked.map((each) => each.split(" ")[0]), ["0s", "20s", "50s", "110s", "230s", "470s"]);
  assert.match(setup.reports[0]?.error ?? "", /no answer within 15 s/);
  await setup.announcer.stop(0);
});

Deno.test("Announcer goes on to the next tracker when a UDP one is silent, and takes it in front", async () => {
  let setup: Setup | undefined = undefined;
  const { asked, udp } = udpTrackers(() => setup as unknown as Setup);
  setup = new Setup([["udp://silent.example:80"], ["udp://alive.example:80"]], { udp });
  await passWithTurns(setup, 20);
  assert.deepEqual(asked, ["0s silent.example", "15s alive.example"]);
  assert.deepEqual(setup.peers, [PEER]);
  await setup.announcer.stop(0);
});

async function passWithTurns(setup: Setup, seconds: number): Promise<void> {
  await setup.start();
  for (let second = 0; second < seconds; second++) {
    setup.announcer.tick(setup.clock.advance(1000));
    await runPromises();
  }
}
