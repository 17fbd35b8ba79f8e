// All trials, in the order in which they run.

import { powerCutTrial } from "./crash/power_cut_trial.ts";
import { crashTrial } from "./crash/trial.ts";
import { faultsTrial } from "./faults/trial.ts";
import { fuzzTrial } from "./fuzz/trial.ts";
import { hostileTrial } from "./hostile/trial.ts";
import { malformedTrial } from "./malformed_trial.ts";
import { soakTrial } from "./soak/trial.ts";
import type { Trial } from "./trial.ts";

export const TRIALS: readonly Trial[] = [
  malformedTrial,
  fuzzTrial,
  hostileTrial,
  crashTrial,
  powerCutTrial,
  faultsTrial,
  soakTrial,
];
