// One tracker's core with PEERS peers in SWARMS swarms, in a process of its own, so that all memory it has grown by is that
// of the peers, garbage and heap included: `fill_tracker.ts PEERS SWARMS`. Prints one line of JSON.

import { Tracker } from "../../../tracker/tracker.ts";

/** Announces that make the code warm, to another tracker; what the heap has grown to by then is not the peers'. */
const WARM_UP = 20_000;
const SAMPLE = 300_000;
const [peers, swarms] = Deno.args.map(Number) as [number, number];

const cold = Deno.memoryUsage().rss;
fill(WARM_UP, Math.min(swarms, WARM_UP));
const before = Deno.memoryUsage().rss;
const start = performance.now();
const announce = fill(peers, swarms);
const joinMs = performance.now() - start;
const rss = Deno.memoryUsage().rss;
const again = performance.now();
for (let i = 0; i < SAMPLE; i++) announce((i * 7919) % peers, 2000);
const againMs = performance.now() - again;
console.log(JSON.stringify({
  bytes: (rss - before) / peers,
  coldBytes: (rss - cold) / peers,
  joinUs: joinMs * 1000 / peers,
  againUs: againMs * 1000 / SAMPLE,
}));

function fill(count: number, over: number): (i: number, now: number) => void {
  const tracker = new Tracker({}, { now: 0, random: Math.random });
  const from = new Uint8Array(4);
  const address = new DataView(from.buffer);
  const announce = (i: number, now: number) => {
    address.setUint32(0, 0x0b000000 + i);
    tracker.announce(
      {
        infoHash: id("swarm", i % over),
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
  for (let i = 0; i < count; i++) announce(i, 1000);
  return announce;
}

function id(prefix: string, n: number): string {
  return prefix + String(n).padStart(20 - prefix.length, "0");
}
