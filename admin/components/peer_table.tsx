// The peers of the open swarm.

import type { PeerSnapshot } from "../../tracker/admin_api.ts";
import { useApp } from "../context.ts";
import { formatBytes, formatCount, formatRate } from "../format.ts";
import { text } from "../text.ts";
import { Age } from "./age.tsx";
import { Empty } from "./empty.tsx";
import { Progress } from "./progress.tsx";
import { ShowMore } from "./show_more.tsx";
import { SortHeader } from "./sort_header.tsx";

const words = text.peers;

export function PeerTable() {
  const { peers, hasPeers, swarm } = useApp().store;
  const all = peers.size.value;
  const total = Math.max(all, (swarm.value?.seeders ?? 0) + (swarm.value?.leechers ?? 0));
  const visible = peers.visible.value;
  const isLoading = !hasPeers.value;
  return (
    <section class="panel" aria-labelledby="peers-heading" aria-busy={isLoading}>
      <div class="panel-head">
        <h2 id="peers-heading">
          {words.heading} {!isLoading && <span class="count">{formatCount(total)}</span>}
        </h2>
      </div>
      {isLoading
        ? (
          <div class="loading-rows" aria-hidden="true">
            {[0, 1, 2].map((row) => <span key={row} class="waiting" />)}
          </div>
        )
        : all === 0
        ? (
          <Empty title={words.emptyTitle} level={3}>
            <p>{words.emptyBody}</p>
          </Empty>
        )
        : (
          <table class="peers">
            <caption class="unseen">{words.heading}</caption>
            <thead>
              <tr>
                <SortHeader class="wide-name" column="address" label={words.address} sort={peers.sort} />
                <SortHeader class="roomy" column="client" label={words.client} sort={peers.sort} />
                <SortHeader
                  class="progress-cell"
                  column="progress"
                  label={words.progress}
                  sort={peers.sort}
                  isNumber
                />
                <SortHeader
                  class="download"
                  column="download"
                  label={words.download}
                  sort={peers.sort}
                  isNumber
                />
                <SortHeader class="upload" column="upload" label={words.upload} sort={peers.sort} isNumber />
                <SortHeader
                  class="roomy"
                  column="lastSeen"
                  label={words.lastSeen}
                  sort={peers.sort}
                  isNumber
                />
              </tr>
            </thead>
            <tbody>{visible.map((peer) => <PeerRow key={peer.address} peer={peer} />)}</tbody>
          </table>
        )}
      <ShowMore shown={visible.length} all={isLoading ? 0 : all} more={() => peers.showMore()} />
      {all < total && !isLoading && (
        <p class="bounded">{text.bounded(formatCount(all), formatCount(total))}</p>
      )}
    </section>
  );
}

function PeerRow({ peer }: { peer: PeerSnapshot }) {
  return (
    <tr>
      <th scope="row" class="wide-name">
        <code>{peer.address}</code>
        <span class="below phone-only">{peer.client}</span>
      </th>
      <td class="roomy client">{peer.client}</td>
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
      <td class="number roomy">
        <Age at={peer.lastSeen} />
      </td>
    </tr>
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
