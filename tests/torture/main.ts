// `deno task torture`: every trial, or those that are named, and a table of what was lost. A new file of trials joins with
// a line in trials.ts; trial.ts says what it exports.

import { Command, CommanderError, InvalidArgumentError } from "commander";
import { PLAIN_OUTPUT } from "../../peer/cli/plain_output.ts";
import { layOutTable } from "../bench/support/table.ts";
import { Stage } from "../support/drivers/stage.ts";
import { type Finding, lossesOf, Scale, type Trial } from "./trial.ts";
import { TRIALS } from "./trials.ts";

/** With it the long form takes less than ten minutes on two cores. */
const DEFAULT_MINUTES = 8;
const DEFAULT_SEED = 1;
/** Losses of one line of the table that are told in words. */
const MOST_TOLD = 5;
const BAD_COMMAND_LINE = 2;
const INTERRUPTED = 130;

interface CommandLine {
  seed: number;
  minutes: number;
  list?: boolean;
}

Deno.exitCode = await main(Deno.args);

async function main(args: string[]): Promise<number> {
  const program = new Command("torture")
    .description("Treats our programs badly and tells what was lost. Leaves with 0 if nothing was.")
    .argument("[names...]", "trials (default: all)")
    .option(
      "--seed <n>",
      "other chances; the same seed and minutes try the same again",
      parseSeed,
      DEFAULT_SEED,
    )
    .option("--minutes <n>", "how much of everything, not an alarm clock", parseMinutes, DEFAULT_MINUTES)
    .option("--list", "names the trials")
    .exitOverride()
    .configureOutput(PLAIN_OUTPUT);
  try {
    program.parse(args, { from: "user" });
    const { list, minutes, seed } = program.opts<CommandLine>();
    const unknown = program.args.find((name) => !TRIALS.some((trial) => trial.name === name));
    if (unknown !== undefined) program.error(`No trial is called ${unknown}: --list names them`);
    const chosen = TRIALS.filter(({ name }) => program.args.length === 0 || program.args.includes(name));
    if (!list) return await interruptibly(() => run(chosen, new Scale(seed, minutes, chosen.length === 1)));
    for (const { name, summary } of chosen) console.log(`${name.padEnd(12)} ${summary}`);
    return 0;
  } catch (error) {
    // The parser has said what is wrong already. Help comes here too, with 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : BAD_COMMAND_LINE;
    throw error;
  }
}

/** Whoever ends the run leaves no program, folder or network of it behind. */
async function interruptibly(work: () => Promise<number>): Promise<number> {
  const interrupt = () => {
    Stage.clearAll().catch(console.error).finally(() => Deno.exit(INTERRUPTED));
  };
  const signals: Deno.Signal[] = ["SIGINT", "SIGTERM"];
  for (const signal of signals) Deno.addSignalListener(signal, interrupt);
  try {
    return await work();
  } finally {
    for (const signal of signals) Deno.removeSignalListener(signal, interrupt);
  }
}

async function run(trials: readonly Trial[], scale: Scale): Promise<number> {
  console.log(`Seed ${scale.seed}, ${scale.minutes} minutes' worth\n`);
  const rows: string[][] = [];
  let [passed, failed, ignored] = [0, 0, 0];
  for (const trial of trials) {
    const obstacle = await trial.obstacle?.();
    if (obstacle !== undefined) {
      console.log(`${trial.name}: left out: ${obstacle}`);
      ignored++;
      continue;
    }
    const startedAt = performance.now();
    const note = ({ lost, note = "", times, tried }: Finding) => {
      lost.length === 0 ? passed++ : failed++;
      rows.push([`${trial.name}: ${tried}`, times.toLocaleString("en"), `${lost.length}`, note]);
      for (const loss of lost.slice(0, MOST_TOLD)) console.log(`LOST ${trial.name}: ${tried}: ${loss}`);
      if (lost.length > MOST_TOLD) console.log(`… and ${lost.length - MOST_TOLD} more of these`);
    };
    // A trial that breaks is a loss as well, and the others go on.
    const broken = await lossesOf(async () => {
      for await (const finding of trial.run(scale)) note(finding);
    });
    if (broken.length > 0) note({ tried: "the trial itself", times: 1, lost: broken });
    console.log(`${trial.name}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  }
  console.log(`\n${layOutTable(["tried", "times", "lost", "note"], rows)}\n`);
  const again = `--seed ${scale.seed} --minutes ${scale.minutes}`;
  // The form of the test runner's last line, which CI adds up.
  console.log(
    `${failed === 0 ? "ok" : "FAILED"} | ${passed} passed | ${failed} failed | ${ignored} ignored (${again})`,
  );
  return failed === 0 ? 0 : 1;
}

function parseSeed(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("A number from 0 to 999999999.");
}

function parseMinutes(text: string): number {
  if (/^\d{1,4}(\.\d{1,3})?$/.test(text) && Number(text) > 0) return Number(text);
  throw new InvalidArgumentError("A number above 0.");
}
