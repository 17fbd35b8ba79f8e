// What a bench is to those that run it. A file of benches exports a list of them and is a program of its own:
//
//   export const checkBenches: Bench[] = [{ name: "check", summary: "…", run: async (run) => { … } }];
//   if (import.meta.main) await runAlone(checkBenches);
//
// and main.ts has the list in its own, so that `deno task bench` runs it. A family's benches are called "transfer:1m",
// "transfer:swarm"…: both names, the family's and the whole, select on the command line.

import type { Needed } from "../../support/drivers/needed.ts";
import type { Contestant, Results } from "./rounds.ts";
import type { ReportPlan } from "./report.ts";
import type { Workspace } from "./workspace.ts";

export interface Bench {
  readonly name: string;
  /** What is measured, in one line. */
  readonly summary: string;
  /** Programs of others that take part: named, with their versions, above the results. */
  readonly programs: readonly Needed[];
  run(run: BenchRun): Promise<void>;
}

/** What the command line said. */
export interface BenchOptions {
  rounds: number;
  /** A smoke run: one round of something small, to see that the bench itself works. */
  isQuick: boolean;
  /** How long the load bench lasts. */
  minutes: number;
  /** Of the foreign programs only these take part. */
  only?: readonly string[];
  /** Another checkout of this project, to be one more contestant. */
  beside?: string;
}

/** What a bench is given. */
export interface BenchRun {
  readonly options: BenchOptions;
  readonly workspace: Workspace;
  /** Lets the contestants that were asked for run in turn. */
  play(contestants: readonly Contestant[], options?: { rounds?: number; warmUps?: number }): Promise<Results>;
  /** Prints results. */
  report(results: Results, plan: ReportPlan): void;
}
