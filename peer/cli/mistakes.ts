// What is wrong with a command line, in lines for the person who wrote it.

import {
  ArgumentParseError,
  ArgumentScannerError,
  formatMessageForArgumentScannerError,
  UnsatisfiedPositionalError,
} from "@stricli/core";
import { quote } from "../../protocol/quote.ts";
import type { Command } from "./command.ts";
import type { Flags } from "./flags.ts";
import { ValueError } from "./values.ts";

/** The last line of each. */
export const SEE_HELP = "(--help shows what can be said)";

/**
 * All of it, each mistake on a line of its own.
 *
 * @throws whatever among them is no mistake of that person's
 */
export function describeMistakes(mistakes: readonly unknown[], command: Command): string {
  const words = wordsFor(command);
  const missing: string[] = [];
  const lines = new Set<string>();
  for (const mistake of mistakes) {
    if (!(mistake instanceof ArgumentScannerError)) throw mistake;
    if (mistake instanceof UnsatisfiedPositionalError) missing.push(`<${mistake.placeholder}>`);
    else lines.add(formatMessageForArgumentScannerError(mistake, words));
  }
  if (missing.length > 0) {
    lines.add(`Cannot do that: ${list(missing)} ${missing.length === 1 ? "is" : "are"} missing`);
  }
  return [...lines, SEE_HELP].join("\n");
}

/** Sentences for each kind of mistake. */
function wordsFor({ flags, words }: Command): Parameters<typeof formatMessageForArgumentScannerError>[1] {
  return {
    ArgumentParseError: (error) => {
      const { externalFlagNameOrPlaceholder: name, input } = error;
      return `Cannot use ${Object.hasOwn(flags, name) ? `--${name}` : `<${name}>`}: ${
        reasonOf(error, flags)
      } Got ${quote(input)}`;
    },
    FlagNotFoundError: ({ corrections, input }) => {
      const meant = corrections.map((name) => `--${name}`).join(" or ");
      return `Cannot use --${input}: there is no such flag${meant === "" ? "" : `. Is it ${meant}?`}`;
    },
    AliasNotFoundError: ({ input }) => `Cannot use -${input}: there is no such flag`,
    UnsatisfiedFlagError: ({ externalFlagName, nextFlagName }) => {
      const got = nextFlagName === undefined ? "" : `: got --${nextFlagName}`;
      return `Cannot use --${externalFlagName}: ${valueOf(externalFlagName, flags)} must follow it${got}`;
    },
    UnexpectedPositionalError: ({ input }) => {
      const wanted = words.kind === "tuple"
        ? words.parameters.map(({ placeholder }) => `<${placeholder}>`)
        : [];
      return `Cannot use ${quote(input)}: ${
        wanted.length === 0 ? "only flags are wanted" : `nothing is wanted after ${wanted.join(" ")}`
      }`;
    },
  };
}

function reasonOf(
  { exception, externalFlagNameOrPlaceholder: name }: ArgumentParseError,
  flags: Flags,
): string {
  if (exception instanceof ValueError) return exception.message;
  // What follows `--json=` is read by Stricli, in words of its own.
  if (flags[name]?.kind === "switch") return "It has no value.";
  throw exception;
}

function valueOf(name: string, flags: Flags): string {
  const flag = flags[name];
  return flag === undefined || flag.kind === "switch" ? "a value" : `<${flag.placeholder}>`;
}

/** `["a", "b", "c"]` → `"a, b and c"`. */
function list(texts: readonly string[]): string {
  return texts.length < 2 ? texts.join() : `${texts.slice(0, -1).join(", ")} and ${texts.at(-1)}`;
}
