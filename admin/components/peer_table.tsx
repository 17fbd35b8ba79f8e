// The peers of the open swarm, sorted by the tracker, as many rows as fit into the window.

import type { PeerRow, PeerSort } from "../../tracker/admin_api.ts";
import { useApp } from "../context.ts";
import { PEER_COLUMNS } from "../feeds/swarm_feed.ts";
import { formatBytes, formatCount, formatRate } from "../format.ts";
import { text } from "../text.ts";
import { Age } from "./age.tsx";
import { Empty } from "./empty.tsx";
import { CloseIcon } from "./icons.tsx";
import { LongTable } from "./long_table.tsx";
import { Panel } from "./panel.tsx";
import { Progress } from "./progress.tsx";
import { SortHeader } from "./sort_header.tsx";
import { WaitingRows } from "./waiting.tsx";

const words = text.peers;

const COLUMN_CLASSES: Record<typeof PEER_COLUMNS[number], string> = {
  address: "wide-name",
  client: "roomy client",
  progress: "progress-cell",
  downloadRate: "download",
  uploadRate: "upload",
  protocol: "roomy protocol",
  lastSeen: "roomy last",
};

export function PeerTable({ infoHash }: { infoHash: string }) {
  const { feeds } = useApp();
  const { rows, sort } = feeds.swarm.peers;
  const total = rows.total.value;
  return (
    <Panel
      heading={words.heading}
      count={total === null ? undefined : formatCount(total)}
      isBusy={total === null}
    >
      {total === null ? <WaitingRows /> : total === 0
        ? (
          <Empty title={words.emptyTitle} level={3}>
            <p>{words.emptyBody}</p>
          </Empty>
        )
        : (
          <LongTable
            class="peers"
            caption={words.heading}
            rows={rows}
            columns={PEER_COLUMNS.length + 1}
            keyOf={({ address }) => address}
            head={
              <>
                {PEER_COLUMNS.map((column) => (
                  <SortHeader<PeerSort>
                    key={column}
                    class={COLUMN_CLASSES[column]}
                    column={column}
                    label={words[column]}
                    sort={sort}
                    isNumber={!["address", "client", "protocol"].includes(column)}
                  />
                ))}
                <th scope="col" class="act">
                  <span class="unseen">{words.actions}</span>
                </th>
              </>
            }
            cells={(peer) => <PeerCells infoHash={infoHash} peer={peer} />}
          />
        )}
    </Panel>
  );
}

function PeerCells({ infoHash, peer }: { infoHash: string; peer: PeerRow }) {
  const { changes } = useApp();
  const { address, client } = peer;
  return (
    <>
      <th scope="row" class="wide-name">
        <code>{address}</code>
        <span class="below phone-only">{client}</span>
      </th>
      <td class="roomy client" title={client}>{client}</td>
      <td class="number progress-cell">
        <Progress value={peer.progress} />
      </td>
      <td class="number download">
        <Rate value={peer.downloadRate} arrow="↓ " />
        <span class="below">{words.total(formatBytes(peer.downloaded))}</span>
        <span class="below phone-only">
          <Rate value={peer.uploadRate} arrow="↑ " />
        </span>
      </td>
      <td class="number upload">
        <Rate value={peer.uploadRate} />
        <span class="below">{words.total(formatBytes(peer.uploaded))}</span>
      </td>
      <td class="roomy protocol">{text.protocols.names[peer.protocol]}</td>
      <td class="number roomy last">
        <Age at={peer.lastSeen} />
      </td>
      <td class="act">
        <button
          type="button"
          class="icon-button danger"
          title={words.drop(address)}
          aria-label={words.drop(address)}
          onClick={() => changes.dropPeer(infoHash, address)}
        >
          <CloseIcon />
        </button>
      </td>
    </>
  );
}

function Rate({ value, arrow }: { value: number; arrow?: string }) {
  return (
    <span class={value > 0 ? "" : "faint"}>
      {arrow && <span class="phone-only">{arrow}</span>}
      {formatRate(value)}
    </span>
  );
}
