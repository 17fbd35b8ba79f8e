// The soak as a trial: a part of the time among others, all of it when it alone is asked for.

import { SeededRandom } from "../../support/random.ts";
import { type Finding, lossesOf, type Scale, type Trial } from "../trial.ts";
import { soak, type SoakOutcome } from "./soak.ts";

const SHARE = 0.15;
/** From so many seconds on it is the large swarm. */
const LONG_SECONDS = 600;
const SMALL = { peers: 5, foreign: 2, torrents: 8, size: 1_000_000 };
const LARGE = { peers: 14, foreign: 6, torrents: 50, size: 2_000_000 };

export const soakTrial: Trial = {
  name: "soak",
  summary:
    "a swarm through one tracker with random restarts: everything arrives, memory and handles stay level",
  async *run(scale: Scale): AsyncIterable<Finding> {
    const seconds = scale.minutes * 60 * (scale.isAlone ? 1 : SHARE);
    const size = seconds < LONG_SECONDS ? SMALL : LARGE;
    let outcome: SoakOutcome | undefined;
    const broken = await lossesOf(async () => {
      outcome = await soak({ ...size, seconds, random: new SeededRandom(scale.seed) });
    });
    const { lost = [], peers = 0, received = 0, restarts = 0 } = outcome ?? {};
    yield {
      tried: `${peers} peers, ${size.torrents} torrents, ${Math.round(seconds)} s: restarts`,
      times: restarts,
      lost: [...broken, ...lost],
      note: `${Math.round(received / 1e6)} MB moved`,
    };
  },
};
