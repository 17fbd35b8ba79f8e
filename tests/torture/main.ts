// `deno task torture`: every trial, or those that are named, and a table of what was lost. A new file of trials joins with
// a line in trials.ts; trial.ts says what it exports.

import { describe, word } from "../../peer/cli/command.ts";
import { runCommand } from "../../peer/cli/command_line.ts";
import { CommandError, ExitCode } from "../../peer/cli/exit_code.ts";
import { toggle, valued } from "../../peer/cli/flags.ts";
import { ValueError } from "../../peer/cli/values.ts";
import { layOutTable } from "../bench/support/table.ts";
import { interruptibly, isInterrupted } from "../support/interruption.ts";
import { type Finding, lossesOf, Scale, type Trial } from "./trial.ts";
import { TRIALS } from "./trials.ts";

/** With it the long form takes less than ten minutes on two cores. */
const DEFAULT_MINUTES = 8;
const DEFAULT_SEED = 1;
/** Losses of one line of the table that are told in words. */
const MOST_TOLD = 5;

interface CommandLine {
  seed?: number;
  minutes?: number;
  list?: boolean;
}

const TORTURE = describe<CommandLine, string[]>({
  brief: "Treats our programs badly and tells what was lost. Leaves with 0 if nothing was.",
  flags: {
    seed: valued("number", "other chances (default: 1); with the same minutes the same again", parseSeed),
    minutes: valued("number", "how much of everything, not an alarm clock (default: 8)", parseMinutes),
    list: toggle("name the trials"),
  },
  words: { kind: "array", parameter: word("names", "trials (default: all)") },
  run: async ({ list, minutes = DEFAULT_MINUTES, seed = DEFAULT_SEED }, ...names) => {
    const unknown = names.find((name) => !TRIALS.some((trial) => trial.name === name));
    if (unknown !== undefined) {
      throw new CommandError(`No trial is called ${unknown}: --list names them`, ExitCode.input);
    }
    const chosen = TRIALS.filter(({ name }) => names.length === 0 || names.includes(name));
    if (!list) return await interruptibly(() => run(chosen, new Scale(seed, minutes, chosen.length === 1)));
    for (const { name, summary } of chosen) console.log(`${name.padEnd(12)} ${summary}`);
    return ExitCode.complete;
  },
});

Deno.exitCode = await runCommand(TORTURE, { name: "torture" }, Deno.args);

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
      if (isInterrupted()) return; // what breaks then is no loss
      lost.length === 0 ? passed++ : failed++;
      rows.push([`${trial.name}: ${tried}`, times.toLocaleString("en"), `${lost.length}`, note]);
      for (const loss of lost.slice(0, MOST_TOLD)) console.log(`LOST ${trial.name}: ${tried}: ${loss}`);
      if (lost.length > MOST_TOLD) console.log(`… and ${lost.length - MOST_TOLD} more of these`);
    };
    // A trial that breaks is a loss as well, and the others go on.
    const broken = await lossesOf(async () => {
      for await (const finding of trial.run(scale)) note(finding);
    });
    if (isInterrupted()) return ExitCode.interrupted;
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
  throw new ValueError("A seed is a number from 0 to 999999999.");
}

function parseMinutes(text: string): number {
  if (/^\d{1,4}(\.\d{1,3})?$/.test(text) && Number(text) > 0) return Number(text);
  throw new ValueError("A number above 0 is wanted.");
}
