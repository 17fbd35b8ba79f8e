// The program's help, as Stricli lays it out.

import { type BaseFlags, buildCommand, type FlagParametersForType, text_en } from "@stricli/core";
import type { Flag } from "./flags.ts";

const TEXT = { ...text_en, headers: { ...text_en.headers, usage: "Usage:", flags: "Flags:" } };

/** What can be said, and what comes of it. */
export interface Described {
  flags: readonly Flag[];
  brief: string;
  /** Without the program's name. */
  usage: readonly string[];
}

/** A flag that asks for help or the version. */
interface AskingFlag {
  readonly name: string;
  readonly brief: string;
}

/** The text. `prefix` is how the program is called. */
export function helpOf(
  { brief, flags, usage }: Described,
  { prefix, askingFlags }: { prefix: readonly string[]; askingFlags: readonly AskingFlag[] },
): string {
  const shown = flags.map((flag) => [
    // Stricli shows a flag's name only: what stands for its value becomes a part of that.
    flag.kind === "switch" ? flag.name : `${flag.name} <${flag.value}>`,
    flag.kind === "switch"
      ? { kind: "counter", brief: flag.help }
      : { kind: "parsed", variadic: flag.kind === "list", brief: flag.help, parse: String },
  ]);
  const command = buildCommand<BaseFlags>({
    func: () => {},
    // Stricli's types know flags one by one, and these are a table's.
    parameters: { flags: Object.fromEntries(shown) as FlagParametersForType<BaseFlags> },
    docs: { brief, customUsage: usage },
  });
  return command.formatHelp({
    prefix,
    additionalFlags: askingFlags,
    text: TEXT,
    config: { caseStyle: "original", onlyRequiredInUsageLine: false, useAliasInUsageLine: false },
    includeArgumentEscapeSequenceFlag: false,
    includeHidden: false,
    ansiColor: false,
  });
}
