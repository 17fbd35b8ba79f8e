// The swarms that are announced most.

import type { ActiveSwarm } from "../../tracker/admin_api.ts";
import { formatCount, formatFrequency, shortHash } from "../format.ts";
import { swarmPath } from "../router.ts";
import { text } from "../text.ts";
import { Link } from "./link.tsx";
import { Panel } from "./panel.tsx";
import { WaitingRows } from "./waiting.tsx";

const words = text.active;

export function ActiveSwarms({ swarms }: { swarms: readonly ActiveSwarm[] | null }) {
  if (swarms?.length === 0) return null;
  return (
    <Panel
      heading={words.heading}
      isBusy={swarms === null}
      tools={<Link class="more-link" href="/swarms">{words.all}</Link>}
    >
      {swarms === null ? <WaitingRows /> : (
        <table class="active">
          <caption class="unseen">{words.heading}</caption>
          <thead>
            <tr>
              <th scope="col" class="wide-name">{text.swarms.name}</th>
              <th scope="col" class="number">{text.swarms.seeders}</th>
              <th scope="col" class="number">{text.swarms.leechers}</th>
              <th scope="col" class="number rate">{words.rate}</th>
            </tr>
          </thead>
          <tbody>{swarms.map((swarm) => <Row key={swarm.infoHash} swarm={swarm} />)}</tbody>
        </table>
      )}
    </Panel>
  );
}

function Row({ swarm }: { swarm: ActiveSwarm }) {
  const { announcesPerSecond, infoHash, leechers, name, seeders } = swarm;
  return (
    <tr>
      <th scope="row" class="wide-name">
        <Link class={name === null ? "row-link mono" : "row-link"} href={swarmPath(infoHash)} dir="auto">
          {name ?? shortHash(infoHash)}
        </Link>
      </th>
      <td class={`number seeders ${seeders === 0 ? "faint" : ""}`}>{formatCount(seeders)}</td>
      <td class={`number leechers ${leechers === 0 ? "faint" : ""}`}>{formatCount(leechers)}</td>
      <td class="number">{formatFrequency(announcesPerSecond)}</td>
    </tr>
  );
}
