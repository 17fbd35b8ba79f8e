import assert from "node:assert/strict";
import { Pulse } from "../../peer/pulse.ts";

/** A torrent of which only this matters. */
class FakeTorrent {
  ticks = 0;
  trims = 0;
  watched = false;
  idle = true;
  due = Infinity;
  readonly pulse = new Pulse({
    tick: () => this.ticks++,
    isWatched: () => this.watched,
    isIdle: () => this.idle,
    dueAt: () => this.due,
    trim: () => this.trims++,
  }, 0);

  /** Beats once a second up to this moment, as the heartbeat does. */
  pass(fromMs: number, toMs: number): number {
    const before = this.ticks;
    for (let now = fromMs; now <= toMs; now += 1000) if (this.pulse.dueAt <= now) this.pulse.tick(now);
    return this.ticks - before;
  }
}

Deno.test("Pulse beats on for ten seconds without a peer, then sleeps and gives memory back", () => {
  const torrent = new FakeTorrent();
  assert.equal(torrent.pass(1000, 60_000), 10);
  assert.equal(torrent.trims, 1);
});

Deno.test("Pulse never sleeps while there are peers", () => {
  const torrent = new FakeTorrent();
  torrent.idle = false;
  assert.equal(torrent.pass(1000, 60_000), 60);
  assert.equal(torrent.trims, 0);
});

Deno.test("Pulse wakes when the torrent is due by itself, and sleeps again at once if nothing comes of it", () => {
  const torrent = new FakeTorrent();
  torrent.due = 30_000;
  torrent.pass(1000, 29_000);
  assert.equal(torrent.ticks, 10);
  torrent.due = 60_000;
  assert.equal(torrent.pass(30_000, 59_000), 1);
});

Deno.test("Pulse.wake() makes it beat at once, and for ten seconds more once somebody was there", () => {
  const torrent = new FakeTorrent();
  torrent.pass(1000, 60_000);
  torrent.idle = false;
  torrent.pulse.wake();
  assert.equal(torrent.pass(61_000, 61_000), 1);
  torrent.idle = true;
  assert.equal(torrent.pass(62_000, 120_000), 10);
});

Deno.test("Pulse beats every second for who listens, but gives memory back", () => {
  const torrent = new FakeTorrent();
  torrent.watched = true;
  assert.equal(torrent.pass(1000, 60_000), 60);
  assert.ok(torrent.trims > 0);
});
