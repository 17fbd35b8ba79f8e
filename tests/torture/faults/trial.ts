// Faults as a trial: each with other chances each time.

import { SeededRandom } from "../../support/random.ts";
import { makeTempDir } from "../../support/temp_dir.ts";
import { type Finding, inParallel, inTurn, lossesOf, type Scale, type Trial } from "../trial.ts";
import { CLOCK_FAULTS } from "./clock_faults.ts";
import { DISK_FAULTS } from "./disk_faults.ts";
import type { Fault } from "./fault.ts";
import { LIMIT_FAULTS } from "./limit_faults.ts";
import { NAME_FAULTS } from "./name_faults.ts";
import { tryNetworks } from "./networks.ts";
import { PROXY_FAULTS } from "./proxy_faults.ts";
import { RIGHTS_FAULTS } from "./rights_faults.ts";
import { SLOW_DISK } from "./slow_disk.ts";

/** Attempts at each, for each minute of the run. */
const PER_MINUTE = 0.25;

export const faultsTrial: Trial = {
  name: "faults",
  summary:
    "full disks, files tampered with, networks that fail, little memory: told, and everything right in the end",
  async *run(scale: Scale): AsyncIterable<Finding> {
    // Most of these wait.
    const beside = [
      tryNetworks(scale),
      inTurn([...PROXY_FAULTS, ...NAME_FAULTS], (fault) => attempt(fault, scale)),
    ]
      .map((findings) => Array.fromAsync(findings));
    yield* inParallel(
      [...DISK_FAULTS, SLOW_DISK, ...RIGHTS_FAULTS, ...LIMIT_FAULTS],
      (fault) => attempt(fault, scale),
    );
    for (const findings of beside) yield* await findings;
    // In this process, whose clock they change.
    yield* inTurn(CLOCK_FAULTS, (fault) => attempt(fault, scale));
  },
};

async function attempt({ attempt, name, obstacle }: Fault, scale: Scale): Promise<Finding> {
  const why = await obstacle?.();
  if (why !== undefined) return { tried: name, times: 0, lost: [], note: `left out: ${why}` };
  const times = scale.times(PER_MINUTE);
  const lost: string[] = [];
  for (let i = 0; i < times; i++) {
    await using temp = await makeTempDir();
    const seed = scale.seed + i;
    const losses = await lossesOf(() => attempt(temp, new SeededRandom(seed)));
    lost.push(...losses.map((loss) => `${loss} (seed ${seed})`));
  }
  return { tried: name, times, lost };
}
