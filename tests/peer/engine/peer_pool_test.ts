import assert from "node:assert/strict";
import { peerPriority } from "../../../protocol/peer_priority.ts";
import { PeerPool } from "../../../peer/engine/peer_pool.ts";
import { seededRandom } from "../../support/random.ts";

const a = { ip: "10.0.0.1", port: 6881 };
const b = { ip: "10.0.0.2", port: 6881 };
const sameIp = { ip: "10.0.0.1", port: 7000 };
const local1 = { ip: "127.0.0.1", port: 6881 };
const local2 = { ip: "127.0.0.1", port: 6882 };

function pool(maxKnown = 2000): PeerPool {
  return new PeerPool({ maxKnown, random: seededRandom(1) });
}

Deno.test("PeerPool.add() counts new addresses only, and drops those without a port", () => {
  const known = pool();
  assert.equal(known.add([a, b, { ...a }, { ip: "10.0.0.9", port: 0 }], "tracker", 0), 2);
  assert.equal(known.add([a], "tracker", 0), 0);
  assert.equal(known.size, 2);
});

Deno.test("PeerPool.next() offers each address once until it failed or closed", () => {
  const known = pool();
  known.add([a, b], "tracker", 0);
  const first = known.next(0);
  const second = known.next(0);
  assert.deepEqual([first, second].toSorted((x, y) => x!.ip < y!.ip ? -1 : 1), [a, b]);
  assert.equal(known.next(1e9), undefined);
});

Deno.test("PeerPool backs off 15 s, doubling up to an hour, and forgets after eight failures", () => {
  const known = pool();
  known.add([a], "tracker", 0);
  let now = 0;
  for (const seconds of [15, 30, 60, 120, 240, 480, 960]) {
    assert.deepEqual(known.next(now), a);
    known.failed(a, now);
    assert.equal(known.next(now + seconds * 1000 - 1), undefined, `${seconds} s`);
    now += seconds * 1000;
  }
  assert.deepEqual(known.next(now), a);
  known.failed(a, now);
  assert.equal(known.size, 0);
});

Deno.test("PeerPool never forgets what the user named: its back-off stays at an hour", () => {
  const known = pool();
  known.add([a], "user", 0);
  let now = 0;
  for (let i = 0; i < 20; i++) {
    assert.deepEqual(known.next(now), a);
    known.failed(a, now);
    now += 3_600_000;
  }
});

Deno.test("PeerPool.closed() takes a long connection for a good one and a short one for a failure", () => {
  const known = pool();
  known.add([a], "tracker", 0);
  known.next(0);
  known.connected(a);
  known.closed(a, 1000);
  assert.deepEqual(known.next(16_000), a);
  known.connected(a);
  known.closed(a, 17_000);
  assert.equal(known.next(17_000 + 29_999), undefined);
  assert.deepEqual(known.next(47_000), a);
  known.connected(a);
  known.closed(a, 200_000);
  assert.equal(known.next(214_999), undefined);
  assert.deepEqual(known.next(215_000), a);
});

Deno.test("PeerPool.next() prefers what the user named, and what has not failed", () => {
  const known = pool();
  known.add([a], "tracker", 0);
  known.next(0);
  known.failed(a, 0);
  known.add([b], "tracker", 0);
  known.add([local1], "user", 0);
  assert.deepEqual([known.next(60_000), known.next(60_000), known.next(60_000)], [local1, b, a]);
});

Deno.test("PeerPool.next() picks among equals by chance", () => {
  const firsts = new Set<string>();
  for (let seed = 0; seed < 50; seed++) {
    const known = new PeerPool({ random: seededRandom(seed) });
    known.add([a, b, local1], "tracker", 0);
    firsts.add(known.next(0)!.ip);
  }
  assert.equal(firsts.size, 3);
});

Deno.test("PeerPool does not dial the port that a caller came from, unless a tracker names it", () => {
  const known = pool();
  known.add([a], "incoming", 0);
  assert.equal(known.next(0), undefined);
  known.add([a], "tracker", 0);
  assert.deepEqual(known.next(0), a);
});

Deno.test("PeerPool.ban() bans the whole ip", () => {
  const known = pool();
  known.add([a, b, sameIp], "tracker", 0);
  known.ban(a);
  assert.equal(known.isBanned(sameIp), true);
  assert.equal(known.isBanned(b), false);
  assert.equal(known.size, 1);
  assert.equal(known.add([sameIp], "tracker", 0), 0);
  assert.deepEqual(known.next(0), b);
  assert.equal(known.next(0), undefined);
});

Deno.test("PeerPool.ban() on loopback bans one port and one peer id, not the neighbours", () => {
  const known = pool();
  const badId = new Uint8Array(20).fill(1);
  known.add([local1, local2], "tracker", 0);
  known.ban(local1, badId);
  assert.equal(known.isBanned(local1), true);
  assert.equal(known.isBanned(local2), false);
  assert.equal(known.isBanned({ ip: "127.0.0.1", port: 50_000 }, badId), true);
  assert.equal(known.isBanned({ ip: "127.0.0.1", port: 50_000 }, new Uint8Array(20)), false);
  assert.deepEqual(known.next(0), local2);
});

Deno.test("PeerPool.markSelf() never offers our own address again", () => {
  const known = pool();
  known.add([local1, local2], "tracker", 0);
  known.markSelf(local1);
  assert.equal(known.add([local1], "tracker", 0), 0);
  assert.deepEqual(known.next(0), local2);
  assert.equal(known.next(1e9), undefined);
});

Deno.test("PeerPool is bounded: the address that failed most makes room, an unproven one does not", () => {
  const known = pool(2);
  known.add([a, b], "tracker", 0);
  assert.equal(known.add([local1], "tracker", 0), 0);
  const failed = known.next(0)!;
  known.failed(failed, 0);
  assert.equal(known.add([local1], "tracker", 0), 1);
  assert.equal(known.size, 2);
  assert.equal(known.add([failed], "tracker", 0), 0);
});

Deno.test("PeerPool.dueAt is when there will be somebody to dial", () => {
  const known = pool();
  assert.equal(known.next(0), undefined);
  assert.equal(known.dueAt, Infinity);
  known.add([a], "incoming", 500);
  assert.equal(known.next(500), undefined);
  assert.equal(known.dueAt, Infinity, "it only called us");
  known.add([a], "tracker", 1000);
  assert.ok(known.dueAt <= 1000);
  assert.deepEqual(known.next(1000), a);
  assert.equal(known.next(1000), undefined);
  assert.equal(known.dueAt, Infinity, "it is being dialled");
  known.failed(a, 2000);
  assert.equal(known.dueAt, 17_000);
  known.add([b], "user", 3000);
  assert.deepEqual(known.next(3000), b);
  known.closed(b, 4000);
  assert.equal(known.next(4000), undefined);
  assert.equal(known.dueAt, 17_000);
  assert.deepEqual(known.next(17_000), a);
});

Deno.test("PeerPool.parted() lets an address be dialled at once, and again soon while it may not have noticed", () => {
  const known = pool();
  known.add([a], "tracker", 0);
  known.next(0);
  known.connected(a);
  known.parted(a, 1_000);
  assert.deepEqual(known.next(1_000), a);
  known.failed(a, 1_500);
  assert.equal(known.next(2_499), undefined);
  assert.deepEqual(known.next(2_500), a);
  known.failed(a, 11_000);
  assert.equal(known.next(25_999), undefined, "from here on it is a failure like others");
  assert.deepEqual(known.next(26_000), a);
  known.parted(a, 27_000);
  assert.equal(known.next(27_000), undefined, "parted again so soon: it has closed");
});

Deno.test("PeerPool gives what peers name half of its places at most, and those to trackers and users when it is full", () => {
  const known = pool(4);
  const named = [1, 2, 3].map((i) => ({ ip: `10.9.0.${i}`, port: 1 }));
  assert.equal(known.add(named, "pex", 0), 2);
  const others = [1, 2, 3, 4, 5].map((i) => ({ ip: `10.8.0.${i}`, port: 1 }));
  assert.equal(known.add(others.slice(0, 4), "tracker", 0), 4);
  assert.equal(known.add([others[4] ?? a], "tracker", 0), 0, "unproven ones of the same rank stay");
  assert.equal(known.add(named, "pex", 0), 0);
});

Deno.test("PeerPool.add() looks once for whom to forget, however many addresses a tracker names", () => {
  const addresses = (count: number, from: number) =>
    Array.from(
      { length: count },
      (_, i) => ({ ip: `10.1.${(from + i) >> 8}.${(from + i) & 255}`, port: 6881 }),
    );
  const known = pool(100);
  const failing = addresses(60, 0);
  known.add(failing, "tracker", 0);
  known.add(addresses(40, 60), "tracker", 0);
  for (const address of failing) known.failed(address, 0);
  const { values } = Map.prototype;
  let walks = 0;
  Map.prototype.values = function () {
    walks++;
    return values.call(this);
  };
  try {
    assert.equal(known.add(addresses(10_000, 1000), "tracker", 0), 60, "those that failed have made room");
  } finally {
    Map.prototype.values = values;
  }
  assert.equal(known.size, 100);
  assert.ok(walks <= 2, `${walks} walks through all that are known`);
});

Deno.test("PeerPool.add() keeps what the same call names again by whom it believes more, and forgets the oldest of equals", () => {
  const known = pool(4);
  known.add([a, b], "pex", 0);
  known.add([local1, local2], "tracker", 0);
  const others = [1, 2, 3].map((port) => ({ ip: "10.0.0.3", port }));
  assert.equal(known.add([others[0]!, b, others[1]!, others[2]!], "tracker", 0), 1);
  assert.deepEqual([a, b, ...others].map((address) => known.knows(address)), [
    false,
    true,
    true,
    false,
    false,
  ]);
});

Deno.test("PeerPool.next() offers the highest priority first once our own address is known, family by family", () => {
  const known = pool();
  const others = Array.from({ length: 20 }, (_, i) => ({ ip: `198.51.${i}.7`, port: 6881 }));
  const own = { ip: "203.0.113.5", port: 6881 };
  known.add(others, "tracker", 0);
  known.reachedAt(own);
  known.reachedAt({ ip: "2001:db8::5", port: 6881 });
  // Some have the same: its mask leaves that much out.
  const priorities = others.map((address) => peerPriority(own, address));
  const offered = others.map(() => peerPriority(own, known.next(0) ?? own));
  assert.deepEqual(offered, priorities.toSorted((x, y) => y - x));
  assert.notDeepEqual(offered, priorities);
});

Deno.test("PeerPool.hurry() makes everybody due who is not here", () => {
  const pool = new PeerPool({});
  pool.add([{ ip: "10.0.0.1", port: 1 }, { ip: "10.0.0.2", port: 2 }], "tracker", 0);
  for (const port of [1, 2]) pool.next(0) ?? assert.fail(`${port}`);
  pool.failed({ ip: "10.0.0.1", port: 1 }, 0);
  pool.connected({ ip: "10.0.0.2", port: 2 });
  assert.equal(pool.next(10), undefined);
  pool.hurry(10);
  assert.deepEqual(pool.next(10), { ip: "10.0.0.1", port: 1 });
  assert.equal(pool.next(10), undefined);
  pool.closed({ ip: "10.0.0.2", port: 2 }, 20); // it was about to
  assert.deepEqual(pool.next(1020), { ip: "10.0.0.2", port: 2 });
});

/** Lets `address` fail so often that it is to be left alone for a quarter of an hour. Returns when the last try began. */
function failOften(known: PeerPool, address: typeof a): number {
  let now = 0;
  for (const seconds of [15, 30, 60, 120, 240, 480]) {
    assert.deepEqual(known.next(now), address);
    known.failed(address, now);
    now += seconds * 1000;
  }
  assert.deepEqual(known.next(now), address);
  known.failed(address, now);
  return now;
}

Deno.test("an address that a tracker names again while nobody is here is due, whatever its back-off: our network may be back", () => {
  const known = pool();
  known.add([a], "tracker", 0);
  const triedAt = failOften(known, a);
  assert.equal(known.next(triedAt + 60_000), undefined);
  known.add([a], "pex", triedAt + 60_000);
  assert.equal(known.next(triedAt + 60_000), undefined, "peers may say what they like");
  known.add([a], "tracker", triedAt + 60_000);
  assert.deepEqual(known.next(triedAt + 60_000), a);
});

Deno.test("… but once a minute at most, for a hundred trackers may name it, and not while somebody is here", () => {
  const known = pool();
  known.add([a], "tracker", 0);
  const triedAt = failOften(known, a);
  known.add([a], "tracker", triedAt + 59_000);
  assert.equal(known.next(triedAt + 59_000), undefined);
  known.add([b], "tracker", triedAt + 59_000);
  assert.deepEqual(known.next(triedAt + 59_000), b);
  known.connected(b);
  known.add([a], "tracker", triedAt + 120_000);
  assert.equal(known.next(triedAt + 120_000), undefined);
});

Deno.test("PeerPool.keepOnly() forgets all that the user hasn't named, but these", () => {
  const known = pool();
  known.add([a], "user", 0);
  known.add([b, sameIp], "tracker", 0);
  known.add([local1], "pex", 0);
  known.keepOnly([sameIp, local2]);
  assert.deepEqual([a, b, sameIp, local1, local2].map((each) => known.knows(each)), [
    true,
    false,
    true,
    false,
    false,
  ]);
  assert.equal(known.size, 2);
});

Deno.test("PeerPool takes addresses that are not allowed from the user alone", () => {
  const known = new PeerPool({ isAllowed: (ip) => ip !== a.ip });
  assert.equal(known.add([a, b], "tracker", 0), 1);
  assert.equal(known.add([a], "pex", 0), 0);
  assert.equal(known.next(0)?.ip, b.ip);
  assert.equal(known.add([a], "user", 0), 1);
});
