// Whether the tracker's memory stays level: announces over HTTP and UDP at half its top rate, by peers that come and go, for
// as many minutes as `--minutes` says; then ever new peers against its caps, among whom the old ones go on asking. What it
// holds is taken from its own metrics each minute.
//
//   deno run -P=bench tests/bench/load.ts [--minutes 30]

import { projectFolder, seedling, taskCommand } from "../support/drivers/clients/seedling.ts";
import { freePort } from "../support/free_port.ts";
import type { Stage } from "../support/drivers/stage.ts";
import type { Program } from "../support/drivers/program.ts";
import type { Bench } from "./support/bench.ts";
import { runAlone } from "./support/bench_program.ts";
import { layOutTable } from "./support/table.ts";

const LOAD = new URL("support/mixed_load.ts", import.meta.url).pathname;
const MAX_PEERS = 500_000;
const MAX_SWARMS = 100_000;
/** Short, so that those who fall silent are forgotten while the bench runs. */
const INTERVAL_SECONDS = 60;
/** What a cap is worth, as TrackerOptions says. */
const PEER_BYTES = 60;
const SWARM_BYTES = 70;
const HEAD = ["", "HTTP/s", "UDP/s", "refused/s", "peers", "swarms", "store MB", "heap MB", "RSS MB"];

/** How much of it. */
interface Sizes {
  /** Seconds at full speed, to learn what that is. */
  top: number;
  mixed: number;
  /** Seconds of flood until the tracker is full, and then. */
  filling: number;
  full: number;
  peers: number;
  swarms: number;
  maxPeers: number;
  maxSwarms: number;
}

interface Counts {
  sent: number;
  answered: number;
  refused: number;
  refusedOld: number;
}

/** A line of mixed_load.ts. */
interface Taken {
  seconds: number;
  http: Counts;
  udp: Counts;
}

interface Memory {
  peers: number;
  swarms: number;
  store: number;
  heap: number;
  rss: number;
}

/** A tracker under load. */
class LoadedTracker {
  readonly #stage: Stage;
  readonly #port: number;
  readonly #rows: string[][] = [];

  private constructor(stage: Stage, port: number) {
    this.#stage = stage;
    this.#port = port;
  }

  static async start(stage: Stage, { maxPeers, maxSwarms }: Sizes, limitSeconds: number) {
    const port = freePort();
    const caps = ["--max-peers", String(maxPeers), "--max-swarms", String(maxSwarms)];
    const program = stage.start({
      name: "seedling tracker",
      command: [
        ...taskCommand("tracker"),
        ...[
          "--port",
          String(port),
          "--host",
          "127.0.0.1",
          "--memory",
          "--interval",
          String(INTERVAL_SECONDS),
        ],
        ...caps,
      ],
      cwd: projectFolder,
      limitSeconds,
    });
    await program.line("its port", (line) => line.includes(`[TRACKER] Using fixed port ${port}`));
    return new LoadedTracker(stage, port);
  }

  get table(): string {
    return layOutTable(HEAD, this.#rows);
  }

  /** Its own figures. */
  async memory(): Promise<Memory> {
    const text = await (await fetch(`http://127.0.0.1:${this.#port}/metrics`)).text();
    const sum = (name: string) =>
      [...text.matchAll(new RegExp(`^${name}(?:{.*})? (\\S+)$`, "gm"))].reduce(
        (all, [, n]) => all + Number(n),
        0,
      );
    return {
      peers: sum("seedling_tracker_peers"),
      swarms: sum("seedling_tracker_swarms"),
      store: sum("seedling_tracker_store_bytes"),
      heap: sum("seedling_tracker_heap_used_bytes"),
      rss: sum("process_resident_memory_bytes"),
    };
  }

  /** Lets the load run to its end; each line that it writes becomes a row. Returns the last. */
  async load(
    name: string,
    seconds: number,
    rate: number | "flood",
    peers: number,
    last: number,
  ): Promise<Taken> {
    const program = this.#stage.start({
      name: "the load",
      command: [
        ...[Deno.execPath(), "run", "-q", "--no-config", "--unstable-net", "--allow-net=127.0.0.1"],
        ...[LOAD, String(this.#port), String(seconds), String(rate), String(peers), String(last)],
      ],
      cwd: projectFolder,
      limitSeconds: seconds + 60,
    });
    let taken: Taken | undefined;
    for (let n = 1;; n++) {
      const line = await nextLine(program, n, seconds);
      if (line === undefined) break;
      taken = JSON.parse(line) as Taken;
      await this.#add(seconds > 60 ? `${name}, minute ${n}` : name, taken);
    }
    if (taken === undefined) throw new Error("The load has ended without a word");
    return taken;
  }

  async #add(name: string, { http, seconds, udp }: Taken): Promise<void> {
    const { heap, peers, rss, store, swarms } = await this.memory();
    const perSecond = (n: number) => Math.round(n / seconds).toLocaleString("en");
    const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
    const rates = [http.answered, udp.answered, http.refused + udp.refused].map(perSecond);
    const counts = [peers, swarms].map((n) => n.toLocaleString("en"));
    const row = [name, ...rates, ...counts, ...[store, heap, rss].map(megabytes)];
    this.#rows.push(row);
    console.error(`load: ${row.map((cell, i) => i === 0 ? cell : `${HEAD[i]} ${cell}`).join(", ")}`);
  }
}

/** The n-th line of JSON that a program writes; undefined if it has ended before. */
async function nextLine(program: Program, n: number, seconds: number): Promise<string | undefined> {
  let seen = 0;
  try {
    return await program.line(
      "its figures",
      (line) => line.startsWith("{") && ++seen === n,
      (seconds + 60) * 1000,
    );
  } catch (error) {
    const { code } = await program.ended;
    if (code !== 0) throw error;
    return undefined;
  }
}

function sizes(isQuick: boolean, minutes: number): Sizes {
  if (isQuick) {
    const caps = { maxPeers: 20_000, maxSwarms: 10_000 };
    return { top: 2, mixed: 8, filling: 3, full: 3, peers: 5000, swarms: 500, ...caps };
  }
  const caps = { maxPeers: MAX_PEERS, maxSwarms: MAX_SWARMS };
  return { top: 10, mixed: minutes * 60, filling: 90, full: 60, peers: 200_000, swarms: 20_000, ...caps };
}

export const loadBenches: Bench[] = [{
  name: "load",
  summary:
    "the tracker's memory under mixed announces at half its top rate, then under a flood against its caps",
  programs: [seedling],
  async run(run) {
    const all = sizes(run.options.isQuick, run.options.minutes);
    const { filling, full, maxPeers, maxSwarms, mixed, peers, swarms, top } = all;
    await run.workspace.turn(async (stage) => {
      const tracker = await LoadedTracker.start(stage, all, mixed + 600);
      const before = await tracker.memory();
      const { http, seconds, udp } = await tracker.load("top rate", top, 0, peers, swarms);
      const rate = Math.floor((http.answered + udp.answered) / seconds / 2);
      await tracker.load("half of it", mixed, rate, peers, swarms);
      const old = Math.floor(maxPeers / 100);
      await tracker.load("flood until full", filling, "flood", old, 1e8);
      const flooded = await tracker.load("flood, full", full, "flood", old, 1e9);
      const after = await tracker.memory();
      console.log(`## ${this.summary}\n\n${tracker.table}\n`);
      const worth = maxPeers * PEER_BYTES + maxSwarms * SWARM_BYTES;
      const refused = flooded.http.refused + flooded.udp.refused;
      const refusedOld = flooded.http.refusedOld + flooded.udp.refusedOld;
      console.log(`RSS before any announce ${mb(before.rss)}, and ${mb(after.rss)} in the end.`);
      console.log(`The caps are worth ${mb(worth)}; the store holds ${mb(after.store)}.`);
      console.log(`Of ${refused} refusals in the last flood ${refusedOld} met old peers.\n`);
    });
  },
}];

function mb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}

if (import.meta.main) await runAlone(loadBenches);
