// The benches' command line: which of them run, how often, where their data goes.

import { Command, CommanderError, InvalidArgumentError } from "commander";
import { PLAIN_OUTPUT } from "../../../peer/cli/plain_output.ts";
import type { Needed } from "../../support/drivers/needed.ts";
import { Stage } from "../../support/drivers/stage.ts";
import type { Bench, BenchOptions, BenchRun } from "./bench.ts";
import { chooseBenches } from "./choose_benches.ts";
import { describeMachine, fileSystem } from "./machine.ts";
import { describeResults } from "./report.ts";
import { givesMemoryBack } from "./page_cache.ts";
import { type Contestant, playRounds } from "./rounds.ts";
import { Workspace } from "./workspace.ts";

const BAD_COMMAND_LINE = 2;
const INTERRUPTED = 130;
/** File systems that are memory: what is measured there is no disk. */
const NO_DISKS = new Set(["tmpfs", "ramfs"]);

interface CommandLine {
  rounds: number;
  quick?: boolean;
  minutes: number;
  dir: string;
  only?: string[];
  beside?: string;
  list?: boolean;
}

/** Runs the benches of one file, or those of its that are named: `if (import.meta.main) await runAlone(benches)`. */
export async function runAlone(benches: readonly Bench[]): Promise<void> {
  Deno.exitCode = await runBenches(benches, Deno.args);
}

/** Parses the command line, runs what it names and returns the exit code. A bench that breaks throws. */
export async function runBenches(benches: readonly Bench[], args: string[]): Promise<number> {
  const program: Command = new Command("bench")
    .description("Measures this project's programs beside others'. Timed figures decide no exit code.")
    .argument("[names...]", "benches, or families of benches (default: all)")
    .option("--rounds <n>", "how often each contestant runs", parseCount, 5)
    .option("--quick", "one round of something small: do the benches work?")
    .option("--minutes <n>", "how long `load` lasts; 30 tell whether memory is level", parseCount, 3)
    .option("--dir <folder>", "where data is written; a real disk", "/var/tmp")
    .option("--only <names>", "of the foreign programs only these: `libtorrent,aria2`", parseNames)
    .option("--beside <folder>", "another checkout of this project, as one more contestant")
    .option("--list", "names the benches")
    .exitOverride()
    .configureOutput(PLAIN_OUTPUT);
  try {
    program.parse(args, { from: "user" });
    const line = program.opts<CommandLine>();
    const chosen = chooseBenches(benches, program.args);
    if (typeof chosen === "string") program.error(`No bench is called ${chosen}: --list names them`);
    if (line.list) { for (const { name, summary } of chosen) console.log(`${name.padEnd(16)} ${summary}`); }
    else await run(chosen, line);
    return 0;
  } catch (error) {
    // The parser has said what is wrong already. Help comes here too, with 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : BAD_COMMAND_LINE;
    throw error;
  }
}

async function run(benches: readonly Bench[], line: CommandLine): Promise<void> {
  const options: BenchOptions = {
    rounds: line.quick ? 1 : line.rounds,
    isQuick: line.quick ?? false,
    minutes: line.minutes,
    ...(line.only === undefined ? {} : { only: line.only }),
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
  const interrupt = () => {
    Stage.clearAll().finally(() => Deno.exit(INTERRUPTED));
  };
  const signals: Deno.Signal[] = ["SIGINT", "SIGTERM"];
  for (const signal of signals) Deno.addSignalListener(signal, interrupt);
  try {
    await Workspace.open({ dir: line.dir, keepsMemory }, async (workspace) => {
      for (const bench of benches) await bench.run(new CommandLineRun(bench.name, options, workspace));
    });
  } finally {
    for (const signal of signals) Deno.removeSignalListener(signal, interrupt);
  }
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
  throw new InvalidArgumentError("A number from 1 to 999.");
}

function parseNames(text: string): string[] {
  return text.split(",");
}
