// A swarm of many engines with upload limits and a few free riders, in simulated time: how long each takes, as a table.

import { MemorySwarm, type SwarmNode } from "./memory_swarm.ts";

const PIECE_LENGTH = 128 * 1024;
/** Connections of real peers are far apart, and what they take in is a few times what they can send. */
const LATENCY_MS = 40;
const DOWN_FACTOR = 5;

export interface TradingOptions {
  pieceCount: number;
  /** Bytes per second. */
  seederRate: number;
  /** Bytes per second of the leechers that give, one group after another. */
  groups: { rate: number; count: number }[];
  freeRiders: number;
  superSeeding?: boolean;
  seed?: number;
}

/** One leecher's end. */
export interface Trader {
  name: string;
  isRider: boolean;
  /** Bytes per second it could send. */
  rate: number;
  /** Simulated seconds. */
  seconds: number;
  /** Part of the torrent that it had when half of those that give were complete. */
  partAtHalf: number;
}

export interface Outcome {
  traders: Trader[];
  /** Seconds that it takes if every uplink is busy all the time and nothing is sent twice. */
  idealSeconds: number;
  /** How often the seeder has sent its torrent. */
  copies: number;
  /** Bytes that leechers got for nothing, as part of what they got. */
  wasted: number;
}

/** Runs the swarm until everybody has everything; the engines are stopped then. */
export async function trade(options: TradingOptions): Promise<Outcome> {
  const totalLength = options.pieceCount * PIECE_LENGTH;
  const swarm = new MemorySwarm({
    totalLength,
    pieceLength: PIECE_LENGTH,
    latencyMs: LATENCY_MS,
    seed: options.seed ?? 1,
  });
  const seeder = swarm.add({
    name: "seeder",
    isSeeder: true,
    upRate: options.seederRate,
    superSeeding: options.superSeeding ?? false,
  });
  const rates = options.groups.flatMap(({ rate, count }) => Array<number>(count).fill(rate));
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
  const givers = rates.map((upRate, i) =>
    swarm.add({ name: `giver ${i}`, upRate, downRate: upRate * DOWN_FACTOR })
  );
  const riders = Array.from(
    { length: options.freeRiders },
    (_, i) => swarm.add({ name: `rider ${i}`, isSelfish: true, upRate: mean, downRate: mean * DOWN_FACTOR }),
  );
  const leechers = [...givers, ...riders];

  const isHalfDone = () => givers.filter(({ engine }) => engine.isComplete).length * 2 >= givers.length;
  await swarm.run(3_600_000, isHalfDone);
  const partAtHalf = new Map(leechers.map((node) => [node, node.engine.have.count / options.pieceCount]));
  await swarm.run();
  const traders = leechers.map((node, i): Trader => ({
    name: node.name,
    isRider: node.isSelfish,
    rate: rates[i] ?? mean,
    seconds: (node.completeAt ?? Infinity) / 1000,
    partAtHalf: partAtHalf.get(node) ?? 0,
  }));
  const capacity = options.seederRate + rates.reduce((sum, rate) => sum + rate, 0);
  const sum = (of: (node: SwarmNode) => number) => leechers.reduce((total, node) => total + of(node), 0);
  const outcome = {
    traders,
    idealSeconds: Math.max(totalLength / options.seederRate, leechers.length * totalLength / capacity),
    copies: seeder.engine.uploaded / totalLength,
    wasted: sum(({ engine }) => engine.wasted) / sum(({ engine }) => engine.downloaded),
  };
  await swarm.close();
  return outcome;
}

/** A line for each group of leechers: how many, what they could send, and when they had everything. */
export function describeTrade(title: string, { traders, idealSeconds, copies, wasted }: Outcome): string {
  const lines = [
    `${title}: ${idealSeconds.toFixed(0)} s would be ideal`,
    row("", "kB/s", "first", "mean", "last", "ideal ×"),
  ];
  const groups = Map.groupBy(traders, ({ isRider, rate }) => isRider ? "free riders" : `${rate / 1000}`);
  for (const [name, members] of groups) {
    const seconds = members.map((member) => member.seconds).toSorted((a, b) => a - b);
    const last = seconds.at(-1) ?? 0;
    const mean = seconds.reduce((sum, each) => sum + each, 0) / seconds.length;
    const figures = [seconds[0] ?? 0, mean, last].map((each) => each.toFixed(0));
    const isRider = members[0]?.isRider === true;
    lines.push(row(
      `${members.length} ${isRider ? name : "leechers"}`,
      isRider ? "0" : name,
      ...figures,
      (last / idealSeconds).toFixed(2),
    ));
  }
  lines.push(
    `The seeder sent ${copies.toFixed(2)} copies; ${(wasted * 100).toFixed(1)} % of what came was wasted.`,
  );
  return lines.join("\n");
}

function row(name: string, ...figures: string[]): string {
  return name.padEnd(16) + figures.map((figure) => figure.padStart(8)).join("");
}
