// Seeders and leechers over time, and how far along the peers are.

import { useMemo } from "preact/hooks";
import type { SwarmDetail } from "../../tracker/admin_api.ts";
import { SPANS } from "../feeds/history_columns.ts";
import { formatCount, formatTime } from "../format.ts";
import { text } from "../text.ts";
import { Panel } from "./panel.tsx";
import { PlotPanel } from "./plot.tsx";

const words = text.swarm;
/** Seconds that the hour's first reading may be missing of it. */
const MARGIN = 60;

export function SwarmPlots({ swarm }: { swarm: SwarmDetail }) {
  const { history } = swarm;
  const lines = useMemo(() => [
    { label: text.history.seeders, color: "seeders", values: history.seeders, format: formatCount } as const,
    {
      label: text.history.leechers,
      color: "leechers",
      values: history.leechers,
      format: formatCount,
    } as const,
  ], [history]);
  const since = history.time[0] ?? 0;
  const isWhole = (history.time.at(-1) ?? 0) - since > SPANS.hour - MARGIN;
  return (
    <div class="columns even">
      <PlotPanel
        heading={words.counts}
        time={history.time}
        lines={lines}
        span={SPANS.hour}
        note={isWhole ? null : words.countsSince(formatTime(since * 1000, { seconds: false }))}
      />
      <Panel heading={words.progress}>
        <ProgressBars swarm={swarm} />
      </Panel>
    </div>
  );
}

function ProgressBars({ swarm }: { swarm: SwarmDetail }) {
  const { progress, unknownProgress } = swarm;
  const most = Math.max(...progress);
  if (most === 0) {
    const why = unknownProgress > 0
      ? words.progressUnknown(formatCount(unknownProgress))
      : words.progressEmpty;
    return <p class="plot-empty">{why}</p>;
  }
  return (
    <ol class="bins">
      {progress.map((count, i) => {
        const label = i === progress.length - 1 ? words.progressFull : words.progressBin(i * 10, i * 10 + 10);
        return (
          <li key={label} class={i === progress.length - 1 ? "full" : ""}>
            <span class="bin-count">{count > 0 && formatCount(count)}</span>
            {/* A picture of the number above it. Its height goes through the style object, which the page's CSP allows. */}
            <span class="bin" style={{ height: `calc((100% - 46px) * ${count / most})` }} />
            <span class="bin-label" title={label}>
              <span aria-hidden="true">{i === progress.length - 1 ? "100 %" : i * 10}</span>
              <span class="unseen">{`${label}: ${words.peersCount(formatCount(count))}`}</span>
            </span>
          </li>
        );
      })}
    </ol>
  );
}
