// One swarm: what it is, its numbers, its files, its peers, and what can be done with it.

import type { SwarmDetail } from "../../tracker/admin_api.ts";
import { useApp } from "../context.ts";
import { formatBytes, formatCount } from "../format.ts";
import { text } from "../text.ts";
import { Age } from "./age.tsx";
import { CopyButton } from "./copy_button.tsx";
import { Figures } from "./figures.tsx";
import { BackIcon } from "./icons.tsx";
import { Link } from "./link.tsx";
import { PeerTable } from "./peer_table.tsx";
import { SwarmActions } from "./swarm_actions.tsx";
import { SwarmFiles } from "./swarm_files.tsx";
import { SwarmPlots } from "./swarm_plots.tsx";
import { Unknown } from "./swarm_cells.tsx";
import { Waiting } from "./waiting.tsx";

export function SwarmPage({ infoHash }: { infoHash: string }) {
  const { feeds } = useApp();
  const swarm = feeds.swarm.swarm.value;
  return (
    <>
      <nav class="back" aria-label={text.swarm.back}>
        <Link href="/swarms">
          <BackIcon />
          {text.swarm.back}
        </Link>
      </nav>
      <header class="swarm-head">
        <h1 tabIndex={-1} dir="auto">
          {swarm === null ? text.swarm.missingTitle : swarm?.name ?? text.swarm.unnamed}
        </h1>
        <p class="address">
          <span class="unseen">{text.swarm.infoHash}</span>
          <code>{infoHash}</code>
          <CopyButton value={infoHash} label={text.copy.infoHash} />
        </p>
        <SwarmActions infoHash={infoHash} swarm={swarm ?? null} />
      </header>
      <Waiting isHere={swarm !== undefined}>
        {swarm === null ? <p class="missing">{text.swarm.missingBody}</p> : (
          <>
            <SwarmFigures swarm={swarm} />
            {swarm && <SwarmPlots swarm={swarm} />}
            {swarm?.files && <SwarmFiles files={swarm.files} count={swarm.fileCount ?? 0} />}
            <PeerTable infoHash={infoHash} />
          </>
        )}
      </Waiting>
    </>
  );
}

function SwarmFigures({ swarm }: { swarm: SwarmDetail | undefined }) {
  const words = text.swarms;
  const last = swarm && (swarm.lastAnnounce === null ? <Unknown /> : <Age at={swarm.lastAnnounce} />);
  return (
    <Figures
      label={swarm?.name ?? text.swarm.unnamed}
      figures={[
        { label: words.seeders, tone: "seeders", value: swarm && formatCount(swarm.seeders) },
        { label: words.leechers, tone: "leechers", value: swarm && formatCount(swarm.leechers) },
        { label: words.completed, value: swarm && formatCount(swarm.completed) },
        { label: words.size, value: swarm && (swarm.totalBytes > 0 ? formatBytes(swarm.totalBytes) : "–") },
        { label: words.lastAnnounce, value: last },
      ]}
    />
  );
}
