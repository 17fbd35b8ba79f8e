// One swarm in the table. The whole row is its link; the copy button lies above it.

import type { SwarmRow } from "../../tracker/admin_api.ts";
import { formatBytes, formatCount, shortHash } from "../format.ts";
import { swarmPath } from "../router.ts";
import { text } from "../text.ts";
import { Age } from "./age.tsx";
import { CopyButton } from "./copy_button.tsx";
import { Link } from "./link.tsx";

export function SwarmCells({ swarm }: { swarm: SwarmRow }) {
  const { denied, infoHash, lastAnnounce, name, totalBytes } = swarm;
  return (
    <>
      <th scope="row" class="wide-name">
        <span class="line">
          <Link
            class={name === null ? "row-link mono" : "row-link"}
            href={swarmPath(infoHash)}
            data-row={infoHash}
            dir="auto"
          >
            {name ?? infoHash}
          </Link>
          {denied && <span class="tag">{text.swarms.denied}</span>}
          {name !== null && <code class="hash">{shortHash(infoHash)}</code>}
          <CopyButton value={infoHash} label={text.copy.infoHash} />
        </span>
        <span class="below phone-only">
          {totalBytes > 0 && formatBytes(totalBytes)}
          {totalBytes > 0 && lastAnnounce !== null && " · "}
          {lastAnnounce !== null && <Age at={lastAnnounce} />}
        </span>
      </th>
      <Count value={swarm.seeders} tone="seeders" />
      <Count value={swarm.leechers} tone="leechers" />
      <Count value={swarm.completed} tone="roomy" />
      <td class="number roomy">{totalBytes > 0 ? formatBytes(totalBytes) : <span class="faint">–</span>}</td>
      <td class="number roomy last">
        {lastAnnounce === null ? <Unknown /> : <Age at={lastAnnounce} />}
      </td>
    </>
  );
}

/** A tracker that was started again knows the peers of before, and not when they announced. */
export function Unknown() {
  return <span class="faint" title={text.swarms.unknown}>–</span>;
}

function Count({ value, tone }: { value: number; tone: string }) {
  return <td class={`number ${tone} ${value === 0 ? "faint" : ""}`}>{formatCount(value)}</td>;
}
