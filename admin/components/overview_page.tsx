// The first page: the tracker in numbers, its history, who is busy, and what happens.

import { useApp } from "../context.ts";
import { text } from "../text.ts";
import { ActiveSwarms } from "./active_swarms.tsx";
import { Breakdown } from "./breakdown.tsx";
import { EventPanel } from "./event_panel.tsx";
import { HistoryPlot } from "./history_plot.tsx";
import { NoSwarms } from "./no_swarms.tsx";
import { Totals } from "./totals.tsx";
import { Waiting } from "./waiting.tsx";

export function OverviewPage() {
  const { feeds, session } = useApp();
  const overview = feeds.overview.overview.value;
  return (
    <>
      <h1 class="unseen" tabIndex={-1}>{text.home}</h1>
      <Waiting isHere={overview !== null}>
        <Totals overview={overview} />
        <HistoryPlot />
        {overview?.swarms === 0 && <NoSwarms />}
        <div class="columns">
          <div>
            <ActiveSwarms swarms={overview?.active ?? null} />
            {session.isSignedIn.value && <EventPanel isSmall />}
          </div>
          <Breakdown overview={overview} />
        </div>
      </Waiting>
    </>
  );
}
