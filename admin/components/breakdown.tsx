// Announces by protocol, rejections by reason, peers by client.

import type { Overview, Protocol } from "../../tracker/admin_api.ts";
import { formatCount, formatFrequency, formatShare } from "../format.ts";
import { text } from "../text.ts";
import { Panel } from "./panel.tsx";
import { type Share, Shares } from "./shares.tsx";
import { WaitingRows } from "./waiting.tsx";

const PROTOCOLS: Protocol[] = ["http", "udp", "websocket"];
/** Rarer reasons are on the metrics page of who wants them. */
const MAX_REASONS = 6;

export function Breakdown({ overview }: { overview: Overview | null }) {
  if (overview === null) {
    return (
      <Panel heading={text.protocols.heading} isBusy>
        <WaitingRows />
      </Panel>
    );
  }
  return (
    <div>
      <Panel
        heading={text.protocols.heading}
        tools={<span class="faint small">{text.protocols.note}</span>}
      >
        <div class="panel-body">
          <Shares shares={protocolShares(overview)} empty="" label={text.protocols.heading} />
        </div>
      </Panel>
      <Panel heading={text.clients.heading}>
        <div class="panel-body">
          <Shares shares={clientShares(overview)} empty={text.clients.empty} label={text.clients.heading} />
        </div>
      </Panel>
      <Panel heading={text.rejected.heading}>
        <div class="panel-body">
          <Shares
            shares={rejectedShares(overview)}
            empty={text.rejected.empty}
            label={text.rejected.heading}
          />
        </div>
      </Panel>
    </div>
  );
}

function protocolShares({ announcesPerSecond }: Overview): Share[] {
  const all = PROTOCOLS.reduce((sum, protocol) => sum + announcesPerSecond[protocol], 0);
  return PROTOCOLS.map((protocol) => ({
    key: protocol,
    label: text.protocols.names[protocol],
    value: formatFrequency(announcesPerSecond[protocol]),
    fraction: all === 0 ? 0 : announcesPerSecond[protocol] / all,
  }));
}

function clientShares({ clients }: Overview): Share[] {
  return clients.map(({ client, peers, share }) => ({
    key: client,
    label: client === "" ? text.clients.others : client,
    value: `${formatCount(peers)} · ${formatShare(share)}`,
    fraction: share,
  }));
}

function rejectedShares({ rejected }: Overview): Share[] {
  const all = rejected.reduce((sum, { count }) => sum + count, 0);
  return rejected.slice(0, MAX_REASONS).map(({ count, perSecond, reason }) => ({
    key: reason,
    label: reason.replaceAll("_", " "),
    value: perSecond > 0
      ? `${formatCount(count)} · ${text.rejected.rate(formatFrequency(perSecond))}`
      : formatCount(count),
    fraction: count / all,
  }));
}
