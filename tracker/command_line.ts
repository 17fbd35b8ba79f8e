// The program's command line, as Stricli reads it: words in, settings out. Help and version are written here. Nothing is
// asked of the environment, which the tracker has no permission for.

import {
  type ArgumentParseError,
  ArgumentScannerError,
  type BaseFlags,
  buildApplication,
  buildCommand,
  type CommandContext,
  type FlagParametersForType,
  formatMessageForArgumentScannerError,
  run,
  type StricliIntegration,
  text_en,
  version,
} from "@stricli/core";
import { quote } from "../protocol/quote.ts";
import { SLIP } from "../protocol/slip.ts";
import { VERSION } from "../protocol/version.ts";
import { type Flag, FLAGS, settingName } from "./flags.ts";
import { type Described, helpOf } from "./help.ts";
import { whatIsWrongWith } from "./one_dash.ts";
import { printPatiently } from "./patient_print.ts";
import { fromText, type Settings, SettingsError, type Value } from "./settings.ts";

/** The first word of the command line that asks for another admin token. */
export const ADMIN_TOKEN_COMMAND = "admin-token";

/** What a command line says: settings, and whether the admin token is to be made anew. */
export interface CommandLine {
  settings: Settings;
  renew: boolean;
}

const CONFIG: Flag = {
  name: "config",
  kind: "text",
  value: "file",
  help: "settings as JSON; the flags below by names such as maxPeers",
};
const RENEW: Flag = { name: "renew", kind: "switch", help: "make another token and show it" };

const SERVE: Described = {
  flags: [CONFIG, ...FLAGS],
  brief: "BitTorrent tracker over HTTP, UDP and WebSockets, with an admin page that shows its swarms.",
  usage: ["[flags]", `${ADMIN_TOKEN_COMMAND} --help`],
};
const ADMIN_TOKEN: Described = {
  // It takes all others, too, so that the line of a running tracker will do.
  flags: [RENEW, CONFIG, ...FLAGS.filter(({ name }) => name === "data")],
  brief: "Makes another admin token, also while the tracker runs. Takes all flags that it runs with.",
  usage: ["--renew [flags]"],
};

/** Flags that have a letter: for help and version. */
const LETTERS = "hV";

type Mistakes = Parameters<typeof formatMessageForArgumentScannerError>[1];

/** Sentences' ends for each kind of mistake. */
const MISTAKES: Mistakes = {
  ArgumentParseError: (error) =>
    `--${error.externalFlagNameOrPlaceholder} ${reasonOf(error)}: got ${quote(error.input)}`,
  FlagNotFoundError: ({ corrections, input }) => {
    const meant = corrections.map((name) => `--${name}`).join(" or ");
    return `there is no --${input}${meant === "" ? "" : `: is it ${meant}?`}`;
  },
  UnsatisfiedFlagError: ({ externalFlagName }) => `--${externalFlagName} must have a value`,
};

/**
 * Reads the command line; nothing comes of one that asks for help or the version, which is printed.
 *
 * @throws {SettingsError} that says everything that is wrong
 */
export async function readCommandLine(
  args: readonly string[],
  print: (text: string) => void = printAnswer,
): Promise<CommandLine | undefined> {
  refuseInherited(args);
  const isToken = args[0] === ADMIN_TOKEN_COMMAND;
  const flags = isToken ? [RENEW, ...SERVE.flags] : SERVE.flags;
  let said: CommandLine | undefined;
  const mistakes: unknown[] = [];
  const exceptionWhileParsingArguments = (mistake: unknown) => {
    mistakes.push(mistake);
    return "";
  };
  const application = buildApplication(toStricli(flags, (heard) => said = heard), {
    name: isToken ? `tracker ${ADMIN_TOKEN_COMMAND}` : "tracker",
    documentation: { disableAnsiColor: true },
    scanner: { distanceOptions: SLIP },
    localization: { text: { ...text_en, exceptionWhileParsingArguments } },
  }, {
    help: helpFlag(isToken ? ADMIN_TOKEN : SERVE),
    version: version({ brief: "show the version", alias: "V", info: { currentVersion: VERSION } }),
  });
  // Printed when Stricli has returned, which takes what a writer throws for a mistake in the program.
  const shown: string[] = [];
  let complaints = "";
  const process = {
    stdout: { write: (text: string) => void shown.push(text.trimEnd()) },
    stderr: { write: (text: string) => void (complaints += text) },
    exitCode: null,
  };
  await run(application, isToken ? args.slice(1) : args, { process });
  if (mistakes.length > 0) throw new SettingsError(describe(mistakes, { args, flags }));
  if (process.exitCode !== 0) throw new Error(`Cannot read the command line: ${complaints}`);
  for (const text of shown) print(text);
  return said;
}

function printAnswer(text: string): void {
  try {
    printPatiently(Deno.stdout, text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SettingsError(`Cannot write to standard output: ${reason}`, { cause: error });
  }
}

/** Stricli finds a `constructor` among the flags, as every object has one. */
function refuseInherited(args: readonly string[]): void {
  const names = args.filter((arg) => arg.startsWith("--")).map((arg) => arg.slice(2).replace(/=.*/s, ""));
  const inherited = names.find((name) => name in Object.prototype);
  if (inherited === undefined) return;
  throw new SettingsError(
    `Cannot read the flags: there is no --${inherited} (--help shows what can be said)`,
  );
}

function helpFlag(described: Described): StricliIntegration<CommandContext> {
  return {
    flag: {
      brief: "show this help",
      aliases: ["h"],
      global: true,
      run(_, { additionalFlags, result }) {
        const { prefix } = result;
        this.process.stdout.write(helpOf(described, { prefix, askingFlags: additionalFlags }));
      },
    },
  };
}

/** What reads the line. Each flag may be said again there, and the last time counts. */
function toStricli(flags: readonly Flag[], hear: (said: CommandLine) => void) {
  const repeatable = flags.map((flag) => [
    flag.name,
    {
      optional: true,
      brief: flag.help,
      ...(flag.kind === "switch"
        ? { kind: "counter" }
        : { kind: "parsed", variadic: true, parse: (text: string) => fromText(flag, text) }),
    },
  ]);
  return buildCommand<BaseFlags>({
    func: (values) => hear(toCommandLine(values, flags)),
    // Stricli's types know flags one by one, and these are a table's.
    parameters: { flags: Object.fromEntries(repeatable) as FlagParametersForType<BaseFlags> },
    docs: { brief: SERVE.brief },
  });
}

function toCommandLine(values: BaseFlags, flags: readonly Flag[]): CommandLine {
  const settings: Record<string, unknown> = {};
  for (const flag of flags) {
    const value = values[flag.name];
    if (value !== undefined) settings[settingName(flag.name)] = valueOf(flag, value);
  }
  const { renew = false, ...others } = settings;
  return { settings: others, renew: renew === true };
}

/** The value of a flag, of what Stricli makes of the repeatable one. */
function valueOf({ kind }: Flag, value: unknown): unknown {
  if (kind === "switch") return value !== 0;
  const values = value as Value[];
  return kind === "list" ? values.flat() : values.at(-1);
}

function describe(
  mistakes: readonly unknown[],
  { args, flags }: { args: readonly string[]; flags: readonly Flag[] },
): string {
  const oneDash = (word: string) => whatIsWrongWith(word, { flags, letters: LETTERS });
  const ends: Mistakes = {
    ...MISTAKES,
    // Stricli names the letter, not the word.
    AliasNotFoundError: ({ input }) =>
      oneDash(args.find((arg) => /^-[^-]/.test(arg) && arg.includes(input)) ?? "") ?? `there is no -${input}`,
    UnexpectedPositionalError: ({ input }) => oneDash(input) ?? `must be flags only: got ${quote(input)}`,
  };
  const texts = mistakes.map((mistake) => {
    if (!(mistake instanceof ArgumentScannerError)) throw mistake;
    return formatMessageForArgumentScannerError(mistake, ends);
  });
  return `Cannot read the flags: ${texts.join("; ")} (--help shows what can be said)`;
}

function reasonOf({ exception }: ArgumentParseError): string {
  if (exception instanceof SettingsError) return exception.message;
  // What follows `--memory=` is read by Stricli, in words of its own.
  if (exception instanceof SyntaxError) return "must have no value";
  throw exception;
}
