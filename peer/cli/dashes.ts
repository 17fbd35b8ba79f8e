// What begins with a dash, before Stricli reads it. Whatever is no flag in its eyes it takes for a word, and a word may be a
// file to be written; and it finds a `constructor` among the flags, as every object has one.

import { quote } from "../../protocol/quote.ts";
import type { Command } from "./command.ts";
import { CommandError, ExitCode } from "./exit_code.ts";
import { SEE_HELP } from "./mistakes.ts";

/** What Stricli reads as flags: `--name`, `--name=value`, `-n` or several of them, `-n=value`. */
const READABLE = /^(?:--(?<name>[a-z][a-z-.\d_]+)(?:=.+)?|-(?<shorts>[a-z]+)|-[a-z]=.+)$/i;
/** `-p6881`. */
const JOINED = /^-(?<short>[a-z])(?<value>[^=].*)$/i;

/**
 * The line as Stricli reads it, with `-p=6881` for `-p6881`.
 *
 * @throws {CommandError} for what can be no flag
 */
export function readDashes(args: readonly string[], command: Command): string[] {
  const read: string[] = [];
  for (const [i, arg] of args.entries()) {
    if (arg === "--") return [...read, ...args.slice(i)];
    read.push(isValueOf(args[i - 1], arg, command) ? arg : readDash(arg, command));
  }
  return read;
}

/** Something that looks like a flag is none's value: then that one's is missing. */
function isValueOf(before: string | undefined, arg: string, command: Command): boolean {
  if (before === undefined || before.includes("=") || READABLE.test(arg)) return false;
  const { name, shorts } = READABLE.exec(before)?.groups ?? {};
  return hasValue(name ?? nameOf(shorts, command), command);
}

function readDash(arg: string, command: Command): string {
  if (arg.length < 2 || !arg.startsWith("-")) return arg;
  const { short, value } = JOINED.exec(arg)?.groups ?? {};
  if (hasValue(nameOf(short, command), command)) return `-${short}=${value}`;
  const readable = READABLE.exec(arg);
  const name = readable?.groups?.name;
  const isInherited = name !== undefined && name in Object.prototype && !Object.hasOwn(command.flags, name);
  if (readable !== null && !isInherited) return arg;
  throw new CommandError(
    `Cannot use ${
      quote(arg)
    }: there is no such flag. A word that begins with a dash goes behind --\n${SEE_HELP}`,
    ExitCode.input,
  );
}

function nameOf(short: string | undefined, { shorts }: Command): string | undefined {
  return short?.length === 1 ? shorts[short as keyof typeof shorts] : undefined;
}

function hasValue(name: string | undefined, { flags }: Command): boolean {
  return name !== undefined && Object.hasOwn(flags, name) && flags[name]?.kind === "parsed";
}
