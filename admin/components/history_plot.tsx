// The last hour, day or month as a plot: peers, announces by protocol, swarms, or traffic.

import { useMemo } from "preact/hooks";
import type { HistorySeries } from "../../tracker/admin_api.ts";
import { useApp } from "../context.ts";
import { SPANS } from "../feeds/history_columns.ts";
import { RANGES, type Topic, TOPICS } from "../feeds/overview_feed.ts";
import { formatBytes, formatCount, formatFrequency, formatRate } from "../format.ts";
import { text } from "../text.ts";
import { type Line, PlotPanel } from "./plot.tsx";
import { Segments } from "./segments.tsx";

const words = text.history;

type Plotted = Omit<Line, "values"> & { name: HistorySeries };

const PLOTTED: Record<Topic, Plotted[]> = {
  peers: [
    { name: "seeders", label: words.seeders, color: "seeders", format: formatCount },
    { name: "leechers", label: words.leechers, color: "leechers", format: formatCount },
  ],
  announces: [
    { name: "http", label: text.protocols.names.http, color: "seeders", format: formatFrequency },
    { name: "udp", label: text.protocols.names.udp, color: "leechers", format: formatFrequency },
    { name: "websocket", label: text.protocols.names.websocket, color: "third", format: formatFrequency },
    { name: "rejected", label: text.rejected.heading, color: "alert", format: formatFrequency },
  ],
  swarms: [{ name: "swarms", label: words.swarms, color: "seeders", format: formatCount }],
  traffic: [
    { name: "bytesIn", label: words.inwards, color: "seeders", format: formatRate },
    { name: "bytesOut", label: words.outwards, color: "leechers", format: formatRate },
  ],
  memory: [{ name: "memory", label: text.totals.memory, color: "seeders", format: formatBytes }],
};

export function HistoryPlot() {
  const { feeds: { overview } } = useApp();
  const topic = overview.topic.value;
  const range = overview.range.value;
  const history = overview.history.value;
  const lines = useMemo(
    () => PLOTTED[topic].map((line) => ({ ...line, values: history?.series[line.name] ?? [] })),
    [history, topic],
  );
  return (
    <PlotPanel
      heading={words.headings[range]}
      time={history?.time ?? null}
      lines={lines}
      span={SPANS[range]}
      isBytes={topic === "traffic" || topic === "memory"}
    >
      <Segments
        legend={words.topic}
        choices={TOPICS}
        labels={words.topics}
        value={topic}
        choose={(choice) => overview.topic.value = choice}
      />
      <Segments
        legend={words.range}
        choices={RANGES}
        labels={words.ranges}
        value={range}
        choose={(choice) => overview.range.value = choice}
      />
    </PlotPanel>
  );
}
