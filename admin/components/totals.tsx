// The tracker in eight numbers.

import type { Overview } from "../../tracker/admin_api.ts";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatFrequency,
  formatRate,
  formatShare,
  formatShortCount,
} from "../format.ts";
import { text } from "../text.ts";
import { type FigureProps, Figures } from "./figures.tsx";

const words = text.totals;

export function Totals({ overview }: { overview: Overview | null }) {
  return (
    <Figures class="eight" label={words.heading} figures={overview === null ? WAITING : describe(overview)} />
  );
}

// The remark's line is kept free, so that nothing moves when the numbers come.
const WAITING = [
  words.seeders,
  words.leechers,
  words.peers,
  words.swarms,
  words.announces,
  words.bandwidth,
  words.memory,
  words.uptime,
].map((label) => ({ label, note: "\u00a0" }));

function describe(overview: Overview): FigureProps[] {
  const { memory, peers } = overview;
  const share = (part: number) => peers === 0 ? words.noPeers : words.share(formatShare(part / peers));
  const sum = (numbers: Record<string, number>) => Object.values(numbers).reduce((a, b) => a + b, 0);
  const rate = overview.bytesInPerSecond + overview.bytesOutPerSecond;
  return [
    {
      label: words.seeders,
      tone: "seeders",
      value: formatCount(overview.seeders),
      note: share(overview.seeders),
    },
    {
      label: words.leechers,
      tone: "leechers",
      value: formatCount(overview.leechers),
      note: share(overview.leechers),
    },
    { label: words.peers, value: formatCount(peers), note: words.completed(formatCount(overview.completed)) },
    {
      label: words.swarms,
      value: formatCount(overview.swarms),
      note: words.average((overview.swarms === 0 ? 0 : peers / overview.swarms).toFixed(1)),
    },
    {
      label: words.announces,
      value: formatFrequency(sum(overview.announcesPerSecond)),
      note: words.answered(formatShortCount(sum(overview.announces))),
    },
    {
      label: words.bandwidth,
      value: formatRate(rate),
      note: words.inwards(formatRate(overview.bytesInPerSecond)),
    },
    {
      label: words.memory,
      value: formatBytes(memory.residentBytes),
      note: words.memoryNote(formatBytes(memory.storeBytes)),
    },
    {
      label: words.uptime,
      value: formatDuration(overview.uptimeSeconds),
      note: words.version(overview.version),
    },
  ];
}
