// The tracker in five numbers.

import type { TotalsSnapshot } from "../../tracker/admin_api.ts";
import { useApp } from "../context.ts";
import { formatCount, formatDuration, formatFrequency, formatShare } from "../format.ts";
import { text } from "../text.ts";
import { type FigureProps, Figures } from "./figures.tsx";

const words = text.totals;

export function Totals() {
  const totals = useApp().store.totals.value;
  return <Figures label={words.heading} figures={totals ? describe(totals) : WAITING} />;
}

// The remark's line is kept free, so that nothing moves when the numbers come.
const WAITING = [words.seeders, words.leechers, words.swarms, words.announces, words.uptime]
  .map((label) => ({ label, note: "\u00a0" }));

function describe(totals: TotalsSnapshot): FigureProps[] {
  const peers = totals.seeders + totals.leechers;
  const share = (part: number) => peers === 0 ? words.noPeers : words.share(formatShare(part / peers));
  return [
    {
      label: words.seeders,
      tone: "seeders",
      value: formatCount(totals.seeders),
      note: share(totals.seeders),
    },
    {
      label: words.leechers,
      tone: "leechers",
      value: formatCount(totals.leechers),
      note: share(totals.leechers),
    },
    {
      label: words.swarms,
      value: formatCount(totals.swarms),
      note: words.completed(formatCount(totals.completed)),
    },
    {
      label: words.announces,
      value: formatFrequency(totals.announcesPerSecond),
      note: totals.rejected > 0
        ? words.refused(formatCount(totals.rejected))
        : words.answered(formatCount(totals.announces)),
    },
    {
      label: words.uptime,
      value: formatDuration(totals.uptimeSeconds),
      note: words.version(totals.version),
    },
  ];
}
