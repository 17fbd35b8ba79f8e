// kill -9 as a trial, of the peer and of the tracker side by side.

import { SeededRandom } from "../../support/random.ts";
import { type Finding, inParallel, type Scale, type Trial } from "../trial.ts";
import { crashPeer } from "./peer_crashes.ts";
import { crashTracker } from "./tracker_crashes.ts";

/** Lives for each minute of the run: a hundred of each in the long form. */
const PER_MINUTE = 12.5;

const CRASHES = [
  { tried: "kill -9 of a peer that downloads", crash: crashPeer },
  { tried: "kill -9 of a tracker whose lists are changed", crash: crashTracker },
];

export const crashTrial: Trial = {
  name: "crash",
  summary:
    "kill -9 at random moments: nothing wrong counts as verified, nothing answered is lost, every start works",
  async *run(scale: Scale): AsyncIterable<Finding> {
    const times = scale.times(PER_MINUTE);
    yield* inParallel(CRASHES, async ({ crash, tried }) => {
      const { lost, note } = await crash(times, new SeededRandom(scale.seed));
      return { tried, times, lost, note };
    });
  },
};
