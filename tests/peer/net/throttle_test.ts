import assert from "node:assert/strict";
import { SharedThrottle, Throttle, type Throttled, ThrottledReader } from "../../../peer/net/throttle.ts";
import { SeededRandom } from "../../support/random.ts";

const BLOCK = 16_384 + 13;
const TICK_MS = 50;

/** Uploads as a connection does: a block at a time while blocks may pass, and up to a buffer's worth in each turn. */
class Sender implements Throttled {
  sent = 0;
  constructor(readonly throttle: Throttle, readonly mostPerTurn = 256 * 1024) {
    throttle.join(this);
  }
  onTurn(): void {
    for (let turn = 0; turn < this.mostPerTurn && this.throttle.mayPass(); turn += BLOCK) {
      this.throttle.take(BLOCK);
      this.sent += BLOCK;
    }
  }
}

/** Downloads as a connection does: reads as soon as it may. One that is silent never gets anything for its read. */
class Receiver {
  received = 0;
  readonly #reader: ThrottledReader;
  readonly #gone = Promise.withResolvers<void>();

  constructor(throttle: Throttle, readonly isSilent: boolean) {
    this.#reader = new ThrottledReader(throttle);
  }

  async run(): Promise<void> {
    for (;;) {
      const most = this.#reader.reserve(65_536) || await this.#reader.turn(65_536);
      if (most === 0) return;
      if (this.isSilent) return await this.#gone.promise;
      this.#reader.done(most);
      this.received += most;
    }
  }

  close(): void {
    this.#reader.close();
    this.#gone.resolve();
  }
}

async function settle(): Promise<void> {
  for (let i = 0; i < 100; i++) await Promise.resolve();
}

/** Lets `seconds` pass in ticks that come as regularly as a busy machine's. */
async function pass(seconds: number, shared: SharedThrottle, each: () => void = () => {}): Promise<void> {
  const random = new SeededRandom(7);
  for (let ms = 0; ms < seconds * 1000;) {
    const tick = Math.min(TICK_MS + random.below(60), seconds * 1000 - ms);
    ms += tick;
    shared.refill(tick);
    each();
    await settle();
  }
}

function near(actual: number, expected: number, tolerance: number): void {
  const message = `must be ${expected} within ${tolerance * 100} %: got ${actual}`;
  assert.ok(Math.abs(actual - expected) <= expected * tolerance, message);
}

Deno.test("Throttle holds uploads to the client's limit within 5 % over ten seconds", async (t) => {
  for (const rate of [50_000, 1_000_000, 50_000_000]) {
    await t.step(`${rate} bytes a second`, async () => {
      const shared = new SharedThrottle();
      shared.limit(rate);
      const senders = Array.from({ length: 21 }, () => new Sender(new Throttle(shared)));
      // The network takes ten buffers of each between two refills.
      const write = () => {
        for (let i = 0; i < 10; i++) for (const sender of senders) sender.onTurn();
      };
      const total = () => senders.reduce((sum, { sent }) => sum + sent, 0);
      await pass(1, shared, write); // what may be exceeded once is
      const before = total();
      await pass(10, shared, write);
      near(total() - before, rate * 10, 0.05);
    });
  }
});

Deno.test("Throttle gives a torrent with one peer as much as one with twenty, and these the same", async () => {
  const rate = 1_000_000;
  const shared = new SharedThrottle();
  shared.limit(rate);
  const [one, many] = [new Throttle(shared), new Throttle(shared)];
  const single = new Sender(one);
  const crowd = Array.from({ length: 20 }, () => new Sender(many));
  const write = () => {
    for (const sender of [...crowd, single]) sender.onTurn();
  };
  await pass(60, shared, write);
  near(single.sent, rate * 30, 0.05);
  // A turn takes what there is: among the crowd, one more or one less of some twenty makes the difference.
  for (const { sent } of crowd) near(sent, rate * 30 / 20, 0.3);
});

Deno.test("Throttle holds downloads to the limit within 5 % over ten seconds, though half the peers are silent", async (t) => {
  for (const rate of [1_000, 20_000, 1_000_000, 50_000_000]) {
    await t.step(`${rate} bytes a second`, async () => {
      const shared = new SharedThrottle();
      shared.limit(rate);
      const throttle = new Throttle(shared);
      const receivers = Array.from({ length: 30 }, (_, i) => new Receiver(throttle, i % 2 === 0));
      const runs = receivers.map((receiver) => receiver.run());
      const total = () => receivers.reduce((sum, { received }) => sum + received, 0);
      await pass(4, shared); // until each of the silent has had a turn
      const before = total();
      await pass(10, shared);
      near(total() - before, rate * 10, 0.05);
      for (const receiver of receivers) receiver.close();
      await Promise.all(runs);
    });
  }
});

Deno.test("Throttle.limit() of one torrent leaves the others alone", async () => {
  const shared = new SharedThrottle();
  const [limited, free] = [new Throttle(shared), new Throttle(shared)];
  limited.limit(100_000);
  const [slow, fast] = [new Sender(limited), new Sender(free)];
  slow.onTurn();
  const started = slow.sent;
  await pass(10, shared, () => fast.onTurn());
  near(slow.sent - started, 1_000_000, 0.05);
  assert.ok(fast.sent > 20_000_000); // all that it asked for
});

Deno.test("Throttle.limit() changes a limit at once, and one that is lifted leaves nobody waiting", async () => {
  const shared = new SharedThrottle();
  const throttle = new Throttle(shared);
  const sender = new Sender(throttle, BLOCK);
  const reader = new ThrottledReader(throttle);
  throttle.limit(100_000);
  while (throttle.mayPass()) sender.onTurn();
  assert.equal(reader.reserve(1000), 0);
  const turn = reader.turn(1000);
  const before = sender.sent;
  throttle.limit(Infinity);
  assert.equal(await turn, 1000);
  assert.equal(sender.sent, before + BLOCK);

  shared.limit(1000);
  while (throttle.mayPass()) sender.onTurn();
  assert.equal(reader.reserve(1000), 0);
  const another = reader.turn(1000);
  shared.limit(Infinity);
  assert.equal(await another, 1000);
});

Deno.test("ThrottledReader owes no more than a new limit's read for one that was under way when that was set", () => {
  for (const isShared of [true, false]) {
    const shared = new SharedThrottle();
    const throttle = new Throttle(shared);
    const readers = Array.from({ length: 8 }, () => new ThrottledReader(throttle));
    for (const reader of readers) assert.equal(reader.reserve(512 * 1024), 512 * 1024);
    (isShared ? shared : throttle).limit(8000);
    for (const reader of readers) reader.done(512 * 1024);
    assert.equal(throttle.mayPass(), false, "what has come counts");
    shared.refill(500);
    assert.equal(throttle.mayPass(), true, "not for minutes");
    for (const reader of readers) reader.close();
  }
});

Deno.test("Throttle.limit() to a smaller limit has what is owed paid off in the time that it would have taken before", () => {
  const shared = new SharedThrottle();
  const throttle = new Throttle(shared);
  const member = { onTurn: () => {} };
  throttle.join(member);
  throttle.limit(1_000_000);
  throttle.take(250_000 + 500_000); // a quarter of a second's bytes were there: half a second's are owed
  throttle.limit(8000);
  shared.refill(400);
  assert.equal(throttle.mayPass(), false);
  shared.refill(200);
  assert.equal(throttle.mayPass(), true);
  throttle.leave(member);
});

Deno.test("ThrottledReader.close() ends a wait, and its throttle forgets it", async () => {
  const shared = new SharedThrottle();
  shared.limit(1000);
  const throttle = new Throttle(shared);
  const reader = new ThrottledReader(throttle);
  throttle.take(100_000);
  assert.equal(reader.reserve(10), 0);
  const turn = reader.turn(10);
  reader.close();
  reader.close();
  assert.equal(await turn, 0);
  assert.equal(throttle.members.size, 0);
  assert.equal(shared.isNeeded, false);
});

Deno.test("SharedThrottle needs refills only while a limit applies to somebody", () => {
  let changes = 0;
  const shared = new SharedThrottle(() => changes++);
  const throttle = new Throttle(shared);
  assert.equal(shared.isNeeded, false);
  shared.limit(1000);
  assert.equal(shared.isNeeded, false); // nobody is connected
  const reader = new ThrottledReader(throttle);
  assert.equal(shared.isNeeded, true);
  shared.limit(Infinity);
  assert.equal(shared.isNeeded, false);
  throttle.limit(1000);
  assert.equal(shared.isNeeded, true);
  reader.close();
  assert.equal(shared.isNeeded, false);
  assert.equal(changes, 5);
});

Deno.test("Throttle without a limit lets everything pass", () => {
  const throttle = new Throttle(new SharedThrottle());
  const reader = new ThrottledReader(throttle);
  for (let i = 0; i < 1000; i++) {
    assert.equal(reader.reserve(1e9), 1e9);
    reader.done(1e9 - i);
    throttle.take(1e9);
    assert.equal(throttle.mayPass(), true);
  }
});

Deno.test("Throttle.pace() keeps nobody who has been told to end, whether he waits already or not", async () => {
  const shared = new SharedThrottle();
  const throttle = new Throttle(shared);
  throttle.limit(1000);
  throttle.take(1_000_000);
  const abort = new AbortController();
  const turn = throttle.pace(10, abort.signal);
  assert.equal(throttle.members.size, 1);
  abort.abort();
  await turn;
  assert.equal(throttle.pace(10, abort.signal), undefined);
  assert.equal(throttle.members.size, 0);
});
