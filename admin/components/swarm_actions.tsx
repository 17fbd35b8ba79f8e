// What can be done with a swarm: take its magnet or .torrent along, refuse it or serve it again.

import type { SwarmDetail } from "../../tracker/admin_api.ts";
import { useApp } from "../context.ts";
import { text } from "../text.ts";
import { CopyButton } from "./copy_button.tsx";
import { DenyIcon, DownloadIcon } from "./icons.tsx";

const words = text.swarm;

export function SwarmActions({ infoHash, swarm }: { infoHash: string; swarm: SwarmDetail | null }) {
  const { changes, feeds } = useApp();
  const refusal = feeds.swarm.refusal.value;
  return (
    <div class="actions" role="group" aria-label={words.actions}>
      {swarm && <CopyButton value={swarm.magnet} label={words.copyMagnet} isWide />}
      {swarm?.download && (
        // By its path: the address that the tracker was asked by may be another one than a proxy's.
        <a class="button" href={`/torrents/${infoHash}.torrent`} download>
          <DownloadIcon />
          {words.download}
        </a>
      )}
      {refusal === "denied"
        ? (
          <button type="button" class="button" onClick={() => changes.removeEntry("deny", infoHash)}>
            {words.allow}
          </button>
        )
        : (
          <button type="button" class="button danger" onClick={() => changes.deny(infoHash)}>
            <DenyIcon />
            {words.deny}
          </button>
        )}
      {refusal && <p class="denied">{words.refusals[refusal]}</p>}
    </div>
  );
}
