// Hostile peers as a trial: each misdeed with other chances each time.

import { type Finding, inTurn, type Scale, type Trial } from "../trial.ts";
import { MISDEEDS } from "./misdeeds.ts";
import { besiege, lossesOf, type SiegeOutcome } from "./siege.ts";
import type { Misdeed } from "./stranger.ts";

/** Sieges of each kind, for each minute of the run. */
const PER_MINUTE = 0.5;

export const hostileTrial: Trial = {
  name: "hostile",
  summary: "twelve strangers of each kind around a peer and four honest seeders: less than twice the time",
  async *run(scale: Scale): AsyncIterable<Finding> {
    const times = scale.times(PER_MINUTE);
    const honest: SiegeOutcome[] = [];
    for (let i = 0; i < times; i++) honest.push(await besiege(undefined, scale.seed + i));
    yield* inTurn(MISDEEDS, (misdeed) => tryMisdeed(misdeed, honest, scale.seed));
  },
};

async function tryMisdeed(misdeed: Misdeed, honest: readonly SiegeOutcome[], seed: number): Promise<Finding> {
  const lost: string[] = [];
  let slowest = 0;
  for (const [i, peace] of honest.entries()) {
    const siege = await besiege(misdeed, seed + i);
    slowest = Math.max(slowest, siege.seconds / peace.seconds);
    lost.push(...lossesOf(siege, peace).map((loss) => `${loss} (seed ${seed + i})`));
  }
  return {
    tried: misdeed.name,
    times: honest.length,
    lost,
    note: `${slowest.toFixed(2)} times the honest time`,
  };
}
