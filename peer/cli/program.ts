// The peer program's command line: words in, one call to a command out.

import { quote } from "../../protocol/quote.ts";
import { VERSION } from "../../protocol/version.ts";
import { type Command, describe, word } from "./command.ts";
import { readCommandLine } from "./command_line.ts";
import type { Shell } from "./completions.ts";
import { CommandError, ExitCode } from "./exit_code.ts";
import { SEE_HELP } from "./mistakes.ts";
import { withSettings } from "./settings.ts";
import { createCommand, editCommand, infoCommand, magnetCommand, verifyCommand } from "./torrent_commands.ts";
import { getCommand, seedCommand, transferCommand } from "./transfer_commands.ts";
import { parseChoice } from "./values.ts";

const NAME = "peer";
const SHELLS: readonly Shell[] = ["bash", "zsh", "fish"];

/** The commands that have a name, each described when it is asked for: a start takes one of them. */
export const COMMANDS: ReadonlyMap<string, () => Command> = new Map([
  ["get", getCommand],
  ["seed", seedCommand],
  ["create", createCommand],
  ["info", infoCommand],
  ["verify", verifyCommand],
  ["magnet", magnetCommand],
  ["edit", editCommand],
  ["completions", completionsCommand],
]);

/** The one that has none. */
export function mainCommand(): Command {
  return transferCommand(describeProgram);
}

/** All of them: the one that has no name by "". */
export function allCommands(): Map<string, Command> {
  const named = [...COMMANDS].map(([name, command]): [string, Command] => [name, command()]);
  return new Map([["", mainCommand()], ...named]);
}

/** What the help of the program begins with. */
function describeProgram(): string {
  const width = Math.max(...[...COMMANDS.keys()].map((name) => name.length));
  const commands = [...COMMANDS].map(([name, command]) => `  ${name.padEnd(width)}  ${command().brief}`);
  return [
    "BitTorrent for Deno. With a port, a torrent and an output: downloads what is missing, then seeds.",
    "",
    "Commands:",
    ...commands,
  ].join("\n");
}

function completionsCommand(): Command {
  return describe<Record<never, never>, [Shell]>({
    brief: "print what makes a shell complete this program's commands and flags",
    flags: {},
    words: {
      kind: "tuple",
      parameters: [word("shell", SHELLS.join(", "), (text) => parseChoice(text, SHELLS))],
    },
    hasNoSettings: true,
    run: async (_, shell) => {
      const { completions } = await import("./completions.ts");
      return completions(shell, { name: NAME, commands: allCommands(), shells: SHELLS });
    },
  });
}

/**
 * Parses `args`, runs the command they name and returns its exit code.
 *
 * @throws {CommandError} for every end that is the user's, the disk's or the network's
 */
export async function runProgram(args: readonly string[]): Promise<number> {
  const [first = "", ...others] = args;
  if (first === "help") return await runProgram([...others, "--help"]);
  refuseUnknown(first);
  const named = COMMANDS.get(first)?.();
  const command = named ?? mainCommand();
  const said = named === undefined
    ? await readCommandLine(command, { name: NAME, version: VERSION }, args)
    : await readCommandLine(command, { name: `${NAME} ${first}` }, others);
  if (said === undefined) return ExitCode.complete;
  return await command.run(withSettings(command, said.options, allCommands), said.words);
}

/** A word in the port's place is a command that was meant, and not an output that is missing. */
function refuseUnknown(word: string): void {
  if (!/^[a-z]+$/i.test(word) || COMMANDS.has(word)) return;
  const names = [...COMMANDS.keys()];
  throw new CommandError(
    `Cannot do ${quote(word)}: must be a port, ${names.slice(0, -1).join(", ")} or ${
      names.at(-1)
    }\n${SEE_HELP}`,
    ExitCode.input,
  );
}
