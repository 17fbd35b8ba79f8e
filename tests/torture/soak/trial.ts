// The soak as a trial: a part of the time among others, all of it when it alone is asked for.

import { type Finding, lossesOf, type Scale, type Trial } from "../trial.ts";
import { soak, type SoakOutcome } from "./soak.ts";

const SHARE = 0.15;
/** From so many seconds on it is the large swarm. */
const LONG_SECONDS = 600;
const MIB = 2 ** 20;
const SMALL = {
  ...{ peers: 5, foreign: 4, torrents: 8, size: 1_000_000 },
  ...{ mostLifeMs: 8_000, mostGuestLifeMs: 8_000 },
  // Memory of a process that has just begun is still on its way up.
  leastLeakBytes: 96 * MIB,
};
const LARGE = {
  ...{ peers: 14, foreign: 6, torrents: 50, size: 2_000_000 },
  ...{ mostLifeMs: 150_000, mostGuestLifeMs: 60_000 },
  leastLeakBytes: 24 * MIB,
};
/** Looks at the levels: once a minute, and more often in a short run. */
const LOOK_MS = 60_000;
const LOOKS = 20;

export const soakTrial: Trial = {
  name: "soak",
  summary:
    "a swarm through one tracker with random restarts: everything arrives, memory and handles stay level",
  async *run(scale: Scale): AsyncIterable<Finding> {
    const seconds = scale.minutes * 60 * (scale.isAlone ? 1 : SHARE);
    const isLong = seconds >= LONG_SECONDS;
    const size = isLong ? LARGE : SMALL;
    const lookMs = Math.min(LOOK_MS, seconds * 1000 / LOOKS);
    let outcome: SoakOutcome | undefined;
    const broken = await lossesOf(async () => {
      outcome = await soak({
        ...{ ...size, seconds, lookMs, seed: scale.seed },
        ...(isLong ? { onLook: (line: string) => console.log(line) } : {}),
      });
    });
    const { late = 0, levels = "", lost = [], moved = 0, peers = 0, received = 0 } = outcome ?? {};
    const { kills = 0, restarts = 0 } = outcome ?? {};
    yield {
      tried: `${peers} peers, ${size.torrents} torrents, ${Math.round(seconds)} s: restarts`,
      times: restarts,
      lost: [...broken, ...lost],
      note: `${kills} of them kill -9, ${moved} torrents and ${
        Math.round(received / 1e6)
      } MB moved, ${late} announces late`,
    };
    if (levels !== "") console.log(`soak: ${levels}`);
  },
};
