// The tracker's counters as Prometheus text. Names and units follow its conventions: base units, `_total` for what only
// grows. https://prometheus.io/docs/instrumenting/exposition_formats/ — what is counted is stats.ts's business.

import type { TotalsSnapshot } from "./admin_api.ts";
import { SAMPLED } from "./latency_histogram.ts";
import { REJECTION_REASONS } from "./refusal.ts";
import { PROTOCOLS, type TrackerStats } from "./stats.ts";

/** What a scrape of the metrics is made of. */
export interface MetricsSource {
  stats: TrackerStats;
  totals: TotalsSnapshot;
  /** Of the leechers (BEP 21). */
  partialSeeds: number;
  /** Bytes held for swarms and peers. */
  storeBytes: number;
  /** Of the process. */
  memory: { rss: number; heapUsed: number };
  /** Unix milliseconds. */
  startedAt: number;
  /** Undefined: there is no store that trackers share. */
  isStoreUp?: boolean | undefined;
}

type Labels = Record<string, string>;
type MetricType = "counter" | "gauge" | "histogram";

/** The whole text. */
export function formatMetrics(
  { isStoreUp, memory, partialSeeds, startedAt, stats, storeBytes, totals }: MetricsSource,
): string {
  const text = new MetricsText();
  text.family("build_info", "gauge", "The tracker that runs.").sample({ version: totals.version }, 1);
  addRequests(text, stats);
  addLatency(text, stats);
  text.family("completed_total", "counter", "Downloads completed, one for each peer.").sample(
    {},
    totals.completed,
  );
  text.family("swarms", "gauge", "Swarms, empty ones included.").sample({}, totals.swarms);
  text.family("peers", "gauge", "Peers of all swarms, by what they have.")
    .sample({ role: "seeder" }, totals.seeders)
    .sample({ role: "leecher" }, totals.leechers - partialSeeds)
    .sample({ role: "partial_seed" }, partialSeeds);
  text.family("store_bytes", "gauge", "Memory held for swarms and peers, used or not.").sample(
    {},
    storeBytes,
  );
  text.family("heap_used_bytes", "gauge", "Memory in use by the runtime's objects.").sample(
    {},
    memory.heapUsed,
  );
  if (isStoreUp !== undefined) {
    text.family("store_up", "gauge", "Whether the store that trackers share can be used.")
      .sample({}, isStoreUp ? 1 : 0);
  }
  // Two that every program has, under the names that dashboards look for.
  text.family("process_resident_memory_bytes", "gauge", "Resident memory size in bytes.", "")
    .sample({}, memory.rss);
  text.family("process_start_time_seconds", "gauge", "Start time since the Unix epoch in seconds.", "")
    .sample({}, startedAt / 1000);
  return text.toString();
}

function addRequests(text: MetricsText, { protocols }: TrackerStats): void {
  text.family("announces_total", "counter", "Announces answered, by protocol and event.");
  for (const protocol of PROTOCOLS) {
    for (const [event, count] of Object.entries(protocols[protocol].announces)) {
      text.sample({ protocol, event }, count);
    }
  }
  text.family("scrapes_total", "counter", "Scrapes answered.");
  for (const protocol of PROTOCOLS) text.sample({ protocol }, protocols[protocol].scrapes);
  text.family("rejections_total", "counter", "Announces and scrapes answered with a failure reason, by why.");
  for (const protocol of PROTOCOLS) {
    for (const reason of REJECTION_REASONS) {
      text.sample({ protocol, reason }, protocols[protocol].rejected.get(reason) ?? 0);
    }
  }
}

function addLatency(text: MetricsText, { protocols }: TrackerStats): void {
  const name = "announce_duration_seconds";
  text.family(
    name,
    "histogram",
    `Time from an announce's arrival to its answer, of one announce in ${SAMPLED}.`,
  );
  for (const protocol of PROTOCOLS) {
    const { buckets, sumSeconds } = protocols[protocol].latency;
    for (const { count, seconds } of buckets) {
      text.sample({ protocol, le: seconds === Infinity ? "+Inf" : String(seconds) }, count, "_bucket");
    }
    text.sample({ protocol }, sumSeconds, "_sum");
    text.sample({ protocol }, buckets.at(-1)?.count ?? 0, "_count");
  }
}

/** Writes families of samples, line by line. */
class MetricsText {
  readonly #lines: string[] = [];
  #name = "";

  /** Begins a family. */
  family(name: string, type: MetricType, help: string, prefix = "seedling_tracker_"): this {
    this.#name = prefix + name;
    this.#lines.push(`# HELP ${this.#name} ${help}`, `# TYPE ${this.#name} ${type}`);
    return this;
  }

  /** Adds to it. Label values are words of ours: none needs escaping. */
  sample(labels: Labels, value: number, suffix = ""): this {
    const pairs = Object.entries(labels).map(([name, label]) => `${name}="${label}"`);
    const braced = pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
    this.#lines.push(`${this.#name}${suffix}${braced} ${value}`);
    return this;
  }

  toString(): string {
    return this.#lines.join("\n") + "\n";
  }
}
