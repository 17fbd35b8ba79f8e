// The help of a command, as Stricli lays it out. Loaded when somebody asks for it.

import {
  type BaseFlags,
  buildCommand,
  type CommandContext,
  type FlagParametersForType,
  text_en,
  type TypedPositionalParameters,
} from "@stricli/core";
import type { Command } from "./command.ts";
import type { Flag } from "./flags.ts";

const TEXT = {
  ...text_en,
  headers: { ...text_en.headers, usage: "Usage:", flags: "Flags:", arguments: "Arguments:" },
  briefs: {
    ...text_en.briefs,
    argumentEscapeSequence: "what follows are arguments, whatever they begin with",
  },
};

/** A flag of the program's that is none of the command's. */
interface ProgramFlag {
  readonly name: string;
  readonly brief: string;
}

/** The text. `prefix` is how the command is called. */
export function helpOf(
  command: Command,
  { prefix, programFlags }: { prefix: readonly string[]; programFlags: readonly ProgramFlag[] },
): string {
  const { about, brief, moreUsage = [], words } = command;
  const flags = Object.entries(command.flags).map(([name, flag]) => [shownName(name, flag), toShown(flag)]);
  const shorts = Object.entries(command.shorts).map(([short, name]) => [
    short,
    shownName(name, command.flags[name]),
  ]);
  const shown = buildCommand<BaseFlags, readonly unknown[], CommandContext>({
    func: () => {},
    parameters: {
      // Stricli's types know flags and words one by one.
      flags: Object.fromEntries(flags) as FlagParametersForType<BaseFlags>,
      aliases: Object.fromEntries(shorts),
      positional: words as TypedPositionalParameters<readonly unknown[], CommandContext>,
    },
    docs: { brief, fullDescription: about?.() ?? brief, customUsage: [usageOf(command), ...moreUsage] },
  });
  return shown.formatHelp({
    prefix,
    additionalFlags: programFlags,
    text: TEXT,
    config: { caseStyle: "original", onlyRequiredInUsageLine: false, useAliasInUsageLine: false },
    includeArgumentEscapeSequenceFlag: true,
    includeHidden: false,
    ansiColor: false,
  });
}

/** Stricli shows a flag's name only: what stands for its value becomes a part of that. */
function shownName(name: string, flag: Flag | undefined): string {
  return flag?.kind === "parsed" ? `${name} <${flag.placeholder}>` : name;
}

function toShown(flag: Flag) {
  return flag.kind === "switch" ? { ...flag, kind: "counter" } : flag;
}

/** Stricli's own would name every flag. */
function usageOf({ flags, words }: Command): string {
  const row = words.kind === "tuple"
    ? words.parameters.map(({ optional, placeholder }) => optional ? `[${placeholder}]` : `<${placeholder}>`)
    : [
      words.minimum === undefined
        ? `[${words.parameter.placeholder}...]`
        : `<${words.parameter.placeholder}>...`,
    ];
  return [...(Object.keys(flags).length === 0 ? [] : ["[flags]"]), ...row].join(" ");
}
