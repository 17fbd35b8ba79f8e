// One swarm: what it is, its numbers, its peers.

import type { SwarmSnapshot } from "../../tracker/admin_api.ts";
import { useApp } from "../context.ts";
import { formatBytes, formatCount } from "../format.ts";
import { text } from "../text.ts";
import { Age } from "./age.tsx";
import { CopyButton } from "./copy_button.tsx";
import { Empty } from "./empty.tsx";
import { Figures } from "./figures.tsx";
import { BackIcon } from "./icons.tsx";
import { Link } from "./link.tsx";
import { PeerTable } from "./peer_table.tsx";

export function SwarmPage({ infoHash }: { infoHash: string }) {
  const { store, poller } = useApp();
  const swarm = store.swarm.value;
  const isWaiting = swarm === undefined && poller.connection.value.kind === "offline";
  return (
    <>
      <nav class="back">
        <Link href="/">
          <BackIcon />
          {text.swarm.back}
        </Link>
      </nav>
      <header class="swarm-head">
        <h1 tabIndex={-1}>{swarm === null ? text.swarm.missingTitle : swarm?.name ?? text.swarm.unnamed}</h1>
        <p class="address">
          <span class="unseen">{text.swarm.infoHash}</span>
          <code>{infoHash}</code>
          <CopyButton value={infoHash} label={text.copy.infoHash} />
        </p>
      </header>
      {isWaiting
        ? (
          <Empty title={text.offline.waitingTitle} level={3}>
            <p>{text.offline.waitingBody}</p>
          </Empty>
        )
        : swarm === null
        ? <p class="missing">{text.swarm.missingBody}</p>
        : (
          <>
            <SwarmFigures swarm={swarm} />
            <PeerTable />
          </>
        )}
    </>
  );
}

function SwarmFigures({ swarm }: { swarm: SwarmSnapshot | undefined }) {
  const words = text.swarms;
  return (
    <Figures
      label={swarm?.name ?? text.swarm.unnamed}
      figures={[
        { label: words.seeders, tone: "seeders", value: swarm && formatCount(swarm.seeders) },
        { label: words.leechers, tone: "leechers", value: swarm && formatCount(swarm.leechers) },
        { label: words.completed, value: swarm && formatCount(swarm.completed) },
        { label: words.size, value: swarm && (swarm.totalBytes > 0 ? formatBytes(swarm.totalBytes) : "–") },
        { label: words.lastAnnounce, value: swarm && <Age at={swarm.lastAnnounce} /> },
      ]}
    />
  );
}
