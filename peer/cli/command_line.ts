// One command's line, as Stricli reads it: words in, what was said out. Help and version are written here, mistakes are
// thrown. Nothing is asked of the environment.

import {
  type BaseFlags,
  buildApplication,
  buildCommand,
  type CommandContext,
  type FlagParametersForType,
  run,
  type StricliIntegration,
  text_en,
  type TypedPositionalParameters,
  version,
} from "@stricli/core";
import { SLIP } from "../../protocol/slip.ts";
import type { Command, Options } from "./command.ts";
import { readDashes } from "./dashes.ts";
import { CommandError, ExitCode } from "./exit_code.ts";
import { type Flag, flagName, optionName } from "./flags.ts";
import { describeMistakes, SEE_HELP } from "./mistakes.ts";
import { Terminal } from "./terminal.ts";

/** What of a command's flags and words was said, parsed. */
export interface Said {
  options: Options;
  words: readonly unknown[];
}

/** A program, or one command of it, as its help calls it. */
export interface Program {
  name: string;
  /** What `--version` tells, if there is one. */
  version?: string;
}

/**
 * Reads a command line; nothing comes of one that asks for help or the version, which is written.
 *
 * @throws {CommandError} that says everything that is wrong
 */
export async function readCommandLine(
  command: Command,
  program: Program,
  args: readonly string[],
): Promise<Said | undefined> {
  let said: Said | undefined;
  const mistakes: unknown[] = [];
  const exceptionWhileParsingArguments = (mistake: unknown) => {
    mistakes.push(mistake);
    return "";
  };
  const application = buildApplication(
    toStricli(command, (heard) => said = heard),
    {
      name: program.name,
      scanner: { allowArgumentEscapeSequence: true, distanceOptions: SLIP },
      documentation: { disableAnsiColor: true },
      localization: { text: { ...text_en, exceptionWhileParsingArguments } },
    },
    {
      help: helpFlag(command),
      ...(program.version !== undefined && {
        version: version({
          brief: "show the version",
          alias: "V",
          info: { currentVersion: program.version },
        }),
      }),
    },
  );
  // Written when Stricli has returned, which takes what a writer throws for a mistake in the program.
  const shown: string[] = [];
  let complaints = "";
  const stdout = { write: (text: string) => void shown.push(text.trimEnd()) };
  const stderr = { write: (text: string) => void (complaints += text) };
  const process = { stdout, stderr, exitCode: null };
  await run(application, readDashes(args, command, { hasVersion: program.version !== undefined }), {
    process,
  });
  if (mistakes.length > 0) throw new CommandError(describeMistakes(mistakes, command), ExitCode.input);
  if (process.exitCode !== 0) throw new Error(`Cannot read the command line: ${complaints}`);
  for (const text of shown) new Terminal(false).print(text);
  if (said !== undefined) refuseContraries(command, said.options);
  return said;
}

/** Of two that can't be meant together nobody knows which one is. */
function refuseContraries({ contraries }: Command, options: Options): void {
  const isSaid = (option: string) => options[option] !== undefined && options[option] !== false;
  const both = contraries.find((pair) => pair.every(isSaid));
  if (both === undefined) return;
  const [one, other] = both.map((option) => `--${flagName(option)}`);
  throw new CommandError(`Cannot use both ${one} and ${other}: leave one out\n${SEE_HELP}`, ExitCode.input);
}

/** Runs a program that is one command, and returns the exit code. What is wrong with its line or input is said here. */
export async function runCommand(
  command: Command,
  program: Program,
  args: readonly string[],
): Promise<number> {
  try {
    const said = await readCommandLine(command, program, args);
    return said === undefined ? ExitCode.complete : await command.run(said.options, said.words);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    new Terminal(false).warn(error.message);
    return error.code;
  }
}

/**
 * What reads the line. Each flag may be said again there, and the last time counts: what somebody's alias says gives way to
 * what is said after it. The command is run later, and not here: what it throws is not the parser's business.
 */
function toStricli({ brief, flags, shorts, words }: Command, hear: (said: Said) => void) {
  const repeatable = Object.entries(flags).map(([name, flag]) => [name, toRepeatable(flag)]);
  return buildCommand<BaseFlags, readonly unknown[], CommandContext>({
    func: (values, ...words) => {
      const options: Options = {};
      for (const [name, value] of Object.entries(values)) {
        const flag = flags[name];
        if (flag !== undefined && value !== undefined) options[optionName(name)] = valueOf(flag, value);
      }
      hear({ options, words });
    },
    parameters: {
      // Stricli's types know flags and words one by one. Here they may be any: command.ts has seen to what they yield.
      flags: Object.fromEntries(repeatable) as FlagParametersForType<BaseFlags>,
      aliases: shorts,
      positional: words as TypedPositionalParameters<readonly unknown[], CommandContext>,
    },
    docs: { brief },
  });
}

function toRepeatable(flag: Flag) {
  const { brief, kind } = flag;
  return {
    ...(kind === "switch" ? { kind: "counter", brief } : { ...flag, variadic: true }),
    optional: true,
  };
}

/** The value of a flag, of what Stricli makes of the repeatable one. */
function valueOf(flag: Flag, value: unknown): unknown {
  if (flag.kind === "switch") return value !== 0;
  return "variadic" in flag ? value : (value as unknown[]).at(-1);
}

function helpFlag(command: Command): StricliIntegration<CommandContext> {
  return {
    flag: {
      brief: "show this help",
      aliases: ["h"],
      global: true,
      async run(_, { additionalFlags, result }) {
        const { helpOf } = await import("./help.ts");
        const { prefix } = result;
        this.process.stdout.write(helpOf(command, { prefix, programFlags: additionalFlags }));
      },
    },
  };
}
