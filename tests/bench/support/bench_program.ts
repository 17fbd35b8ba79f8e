// The benches' command line: which of them run, how often, where their data goes.

import { describe, word } from "../../../peer/cli/command.ts";
import { runCommand } from "../../../peer/cli/command_line.ts";
import { CommandError, ExitCode } from "../../../peer/cli/exit_code.ts";
import { text, toggle, valued } from "../../../peer/cli/flags.ts";
import { ValueError } from "../../../peer/cli/values.ts";
import type { Needed } from "../../support/drivers/needed.ts";
import { interruptibly } from "../../support/interruption.ts";
import type { Bench, BenchOptions, BenchRun } from "./bench.ts";
import { chooseBenches } from "./choose_benches.ts";
import { describeMachine, fileSystem } from "./machine.ts";
import { describeResults } from "./report.ts";
import { givesMemoryBack } from "./page_cache.ts";
import { type Contestant, playRounds } from "./rounds.ts";
import { Workspace } from "./workspace.ts";

/** File systems that are memory: what is measured there is no disk. */
const NO_DISKS = new Set(["tmpfs", "ramfs"]);

interface CommandLine {
  rounds: number;
  quick?: boolean;
  minutes: number;
  dir: string;
  /** Foreign programs, with commas between them. */
  only?: string;
  beside?: string;
  list?: boolean;
}

/** Runs the benches of one file, or those of its that are named: `if (import.meta.main) await runAlone(benches)`. */
export async function runAlone(benches: readonly Bench[]): Promise<void> {
  Deno.exitCode = await runBenches(benches, Deno.args);
}

/** Parses the command line, runs what it names and returns the exit code. A bench that breaks throws. */
async function runBenches(benches: readonly Bench[], args: string[]): Promise<number> {
  const command = describe<Partial<CommandLine>, string[]>({
    brief: "Measures this project's programs beside others'. Timed figures decide no exit code.",
    flags: {
      rounds: valued("number", "how often each contestant runs (default: 5)", parseCount),
      quick: toggle("one round of something small: do the benches work?"),
      minutes: valued("number", "how long `load` lasts (default: 3); 30 tell of level memory", parseCount),
      dir: text("folder", "where data is written; a real disk (default: /var/tmp)"),
      only: text("names", "of the foreign programs only these: libtorrent,aria2"),
      beside: text("folder", "another checkout of this project, as one more contestant"),
      list: toggle("name the benches"),
    },
    words: { kind: "array", parameter: word("names", "benches, or families of benches (default: all)") },
    run: async (said, ...names) => {
      const line = { rounds: 5, minutes: 3, dir: "/var/tmp", ...said };
      const chosen = chooseBenches(benches, names);
      if (typeof chosen === "string") {
        throw new CommandError(`No bench is called ${chosen}: --list names them`, ExitCode.input);
      }
      if (!line.list) await run(chosen, line);
      else for (const { name, summary } of chosen) console.log(`${name.padEnd(16)} ${summary}`);
      return ExitCode.complete;
    },
  });
  return await runCommand(command, { name: "bench" }, args);
}

async function run(benches: readonly Bench[], line: CommandLine): Promise<void> {
  const options: BenchOptions = {
    rounds: line.quick ? 1 : line.rounds,
    isQuick: line.quick ?? false,
    minutes: line.minutes,
    ...(line.only === undefined ? {} : { only: line.only.split(",") }),
    ...(line.beside === undefined ? {} : { beside: line.beside }),
  };
  const programs = new Map<string, Needed>(
    benches.flatMap((bench) => bench.programs.map((needed) => [needed.name, needed])),
  );
  console.log(`${await describeMachine(line.dir, [...programs.values()])}\n`);
  if (NO_DISKS.has(await fileSystem(line.dir))) console.log(`${line.dir} is memory, no disk: see --dir\n`);
  const keepsMemory = !options.isQuick && await givesMemoryBack();
  if (keepsMemory) {
    console.log("This machine gives free memory back to its host: kept in use as page cache\n");
  }
  await interruptibly(() =>
    Workspace.open({ dir: line.dir, keepsMemory }, async (workspace) => {
      for (const bench of benches) await bench.run(new CommandLineRun(bench.name, options, workspace));
    })
  );
}

/** Shows on standard error what is going on, and results on standard output. */
class CommandLineRun implements BenchRun {
  readonly #name: string;

  constructor(name: string, readonly options: BenchOptions, readonly workspace: Workspace) {
    this.#name = name;
  }

  play: BenchRun["play"] = async (contestants, { rounds = this.options.rounds, warmUps = 0 } = {}) => {
    const { only } = this.options;
    const isAsked = ({ needs }: Contestant) =>
      only === undefined || needs.every(({ name, isOurs }) => isOurs || only.includes(name));
    return await playRounds(contestants.filter(isAsked), {
      rounds: this.options.isQuick ? 1 : rounds,
      warmUps: this.options.isQuick ? 0 : warmUps,
      onTurn: (contestant, round, figures) => {
        const shown = Object.entries(figures).map(([key, value]) => `${key} ${Number(value.toPrecision(4))}`);
        console.error(`${this.#name} round ${round + 1}: ${contestant}: ${shown.join(", ")}`);
      },
    });
  };

  report: BenchRun["report"] = (results, plan) => {
    // Little data says how fast programs start, and no target is about that.
    const quick = { ...plan, title: `${plan.title} (quick: much less of it)`, targets: [] };
    console.log(describeResults(results, this.options.isQuick ? quick : plan));
  };
}

function parseCount(text: string): number {
  if (/^[1-9]\d{0,2}$/.test(text)) return Number(text);
  throw new ValueError("A number from 1 to 999 is wanted.");
}
