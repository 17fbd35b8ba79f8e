// Bytes a peer and a swarm, and what an announce and a tick cost, with a million peers. The core alone, no HTTP.
//
//   deno run tests/bench/tracker_memory.ts [PEERS] [SWARMS]
//
// Twice: with that many peers over that many swarms, and with as many swarms as peers.

import { Tracker } from "../../tracker/tracker.ts";

/** Fills a tracker with `peers` peers in `swarms` swarms, each with a key of its own, and prints what it takes. */
function measure(peers: number, swarms: number): void {
  const before = Deno.memoryUsage().rss;
  const tracker = new Tracker({}, { now: 0, random: Math.random });
  const from = new Uint8Array(4);
  const address = new DataView(from.buffer);
  const announce = (i: number, now: number) => {
    address.setUint32(0, 0x0b000000 + i);
    tracker.announce(
      {
        infoHash: id("swarm", i % swarms),
        peerId: id("-SE0100-", i),
        port: 1024 + i % 60_000,
        uploaded: 0,
        downloaded: 0,
        left: i % 4 === 0 ? 0 : 1000,
        event: "none",
        key: String(i),
      },
      from,
      now,
    );
  };
  let slowestMs = 0;
  const start = performance.now();
  for (let i = 0; i < peers; i++) {
    const at = performance.now();
    announce(i, 1000);
    slowestMs = Math.max(slowestMs, performance.now() - at);
  }
  const join = performance.now() - start;
  const again = performance.now();
  for (let i = 0; i < peers; i++) announce((i * 7919) % peers, 2000);
  const renew = performance.now() - again;
  const rss = Deno.memoryUsage().rss - before;
  console.log(`${peers} peers in ${swarms} swarms`);
  console.log(
    `  ${(tracker.bytes / peers).toFixed(1)} bytes a peer held, ${(rss / peers).toFixed(1)} by RSS`,
  );
  console.log(
    `  ${(tracker.bytes / swarms).toFixed(1)} bytes a swarm held, ${(rss / swarms).toFixed(1)} by RSS`,
  );
  console.log(
    `  join ${perSecond(peers, join)}/s, slowest ${slowestMs.toFixed(2)} ms; announce again ${
      perSecond(peers, renew)
    }/s`,
  );
  let slowestTick = 0;
  let ticks = 0;
  for (let now = 4_000_000; tracker.peers.size > 0; now += 1000, ticks++) {
    const at = performance.now();
    tracker.reap(now);
    slowestTick = Math.max(slowestTick, performance.now() - at);
  }
  console.log(`  all silent: gone after ${ticks} ticks, slowest ${slowestTick.toFixed(1)} ms`);
}

function id(prefix: string, n: number): string {
  return prefix + String(n).padStart(20 - prefix.length, "0");
}

function perSecond(n: number, ms: number): string {
  return Math.round(n / ms * 1000).toLocaleString("en");
}

const peers = Number(Deno.args[0] ?? 1_000_000);
measure(peers, Number(Deno.args[1] ?? 1000));
measure(peers, peers);
