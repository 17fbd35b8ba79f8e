// Power cuts as a trial.

import { SeededRandom } from "../../support/random.ts";
import { type Finding, inParallel, type Scale, type Trial } from "../trial.ts";
import { cutPeerStates, cutTracker } from "./power_cuts.ts";
import { recordingObstacle } from "./recording.ts";

const PER_MINUTE = 60;

const CUTS = [
  { tried: "power cut while a peer saves its state", cut: cutPeerStates },
  { tried: "power cut of a tracker whose lists are changed", cut: cutTracker },
];

export const powerCutTrial: Trial = {
  name: "power",
  summary: "power cuts at random moments, thought out from a record of writes: every state can be read",
  obstacle: recordingObstacle,
  async *run(scale: Scale): AsyncIterable<Finding> {
    const times = scale.times(PER_MINUTE);
    yield* inParallel(CUTS, async ({ cut, tried }) => {
      const { lost, note } = await cut(times, new SeededRandom(scale.seed));
      return { tried, times, lost, note };
    });
  },
};
