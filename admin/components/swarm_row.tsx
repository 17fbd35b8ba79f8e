// One swarm in the table. The whole row is its link; the copy button lies above it.

import type { SwarmSnapshot } from "../../tracker/admin_api.ts";
import { formatBytes, formatCount, shortHash } from "../format.ts";
import { swarmPath } from "../router.ts";
import { text } from "../text.ts";
import { Age } from "./age.tsx";
import { CopyButton } from "./copy_button.tsx";
import { Link } from "./link.tsx";

export function SwarmRow({ swarm }: { swarm: SwarmSnapshot }) {
  const { infoHash, name, totalBytes } = swarm;
  return (
    <tr>
      <th scope="row" class="wide-name">
        <Link
          class={name === null ? "row-link mono" : "row-link"}
          href={swarmPath(infoHash)}
          data-row={infoHash}
        >
          {name ?? shortHash(infoHash)}
        </Link>
        <span class="below">
          <code class="hash">{infoHash}</code>
          <CopyButton value={infoHash} label={text.copy.infoHash} />
          <span class="phone-only">
            {totalBytes > 0 && `${formatBytes(totalBytes)} · `}
            <Age at={swarm.lastAnnounce} />
          </span>
        </span>
      </th>
      <Count value={swarm.seeders} tone="seeders" />
      <Count value={swarm.leechers} tone="leechers" />
      <Count value={swarm.completed} tone="roomy" />
      <td class="number roomy">{totalBytes > 0 ? formatBytes(totalBytes) : <span class="faint">–</span>}</td>
      <td class="number roomy">
        <Age at={swarm.lastAnnounce} />
      </td>
    </tr>
  );
}

function Count({ value, tone }: { value: number; tone: string }) {
  return <td class={`number ${tone} ${value === 0 ? "faint" : ""}`}>{formatCount(value)}</td>;
}
