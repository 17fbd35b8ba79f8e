// The first page: totals, the last hour, all swarms.

import { useApp } from "../context.ts";
import { text } from "../text.ts";
import { Empty } from "./empty.tsx";
import { HistoryPlot } from "./history_plot.tsx";
import { SwarmTable } from "./swarm_table.tsx";
import { Totals } from "./totals.tsx";

export function Overview() {
  const { poller, store } = useApp();
  const isWaiting = store.totals.value === null && poller.connection.value.kind === "offline";
  if (isWaiting) {
    return (
      <Empty title={text.offline.waitingTitle} level={1}>
        <p>{text.offline.waitingBody}</p>
      </Empty>
    );
  }
  return (
    <>
      <h1 class="unseen" tabIndex={-1}>{text.home}</h1>
      <Totals />
      <HistoryPlot />
      <SwarmTable />
    </>
  );
}
