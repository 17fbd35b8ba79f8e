// What begins with a dash, before Stricli reads it. Whatever is no flag in its eyes it takes for a word, and a word may be a
// file to be written; and it finds a `constructor` among the flags, as every object has one.

import { quote } from "../../protocol/quote.ts";
import type { Command } from "./command.ts";
import { CommandError, ExitCode } from "./exit_code.ts";
import type { Flag } from "./flags.ts";
import { SEE_HELP } from "./mistakes.ts";
import { type Dashes, whatIsWrongWith } from "./one_dash.ts";

/** What Stricli reads as flags: `--name`, `--name=value`, `-n` or several of them, `-n=value`; the value in one line. */
const READABLE = /^(?:--(?<name>[a-z][a-z-.\d_]+)(?:=.+)?|-(?<shorts>[a-z]+)|-[a-z]=.+)$/is;
const LINE_BREAK = /[\n\r\u2028\u2029]/;
/** `-p6881`. */
const JOINED = /^-(?<short>[a-z])(?<value>[^=].*)$/is;

/**
 * The line as Stricli reads it, with `-p=6881` for `-p6881`, and in two words a flag whose value has several lines.
 *
 * @throws {CommandError} for what can be no flag
 */
export function readDashes(
  args: readonly string[],
  command: Command,
  { hasVersion }: { hasVersion: boolean },
): string[] {
  const read: string[] = [];
  const dashes = dashesOf(command, hasVersion);
  for (const [i, arg] of args.entries()) {
    if (arg === "--") return [...read, ...args.slice(i)];
    if (isValueOf(args[i - 1], arg, command)) read.push(arg);
    else read.push(...inWords(readDash(arg, command, dashes), command));
  }
  return read;
}

/** Something that looks like a flag is none's value: then that one's is missing. */
function isValueOf(before: string | undefined, arg: string, command: Command): boolean {
  if (before === undefined || before.includes("=") || READABLE.test(arg)) return false;
  const { name, shorts } = READABLE.exec(before)?.groups ?? {};
  return hasValue(name ?? nameOf(shorts, command), command);
}

/** Behind = a value of several lines is none in Stricli's eyes, behind the flag it is one. */
function inWords(arg: string, command: Command): string[] {
  if (!arg.startsWith("-") || !LINE_BREAK.test(arg)) return [arg];
  const at = arg.indexOf("=");
  const flag = arg.slice(0, at);
  const name = flag.startsWith("--") ? flag.slice(2) : nameOf(flag.slice(1), command);
  if (hasValue(name, command)) return [flag, arg.slice(at + 1)];
  throw noSuchFlag(arg);
}

function dashesOf({ flags, shorts }: Command, hasVersion: boolean): Dashes {
  const letters = Object.entries<string>(shorts);
  const ofKind = (kind: Flag["kind"]) =>
    letters.filter(([, name]) => flags[name]?.kind === kind).map(([letter]) => letter);
  return {
    names: new Set([...Object.keys(flags), "help", ...(hasVersion ? ["version"] : [])]),
    switches: new Set([...ofKind("switch"), "h", ...(hasVersion ? ["V"] : [])]),
    valued: new Set(ofKind("parsed")),
  };
}

function readDash(arg: string, command: Command, dashes: Dashes): string {
  if (arg.length < 2 || !arg.startsWith("-")) return arg;
  const wrong = whatIsWrongWith(arg, dashes);
  if (wrong !== undefined) throw unusable(arg, wrong);
  const { short, value } = JOINED.exec(arg)?.groups ?? {};
  if (hasValue(nameOf(short, command), command)) return `-${short}=${value}`;
  const readable = READABLE.exec(arg);
  const name = readable?.groups?.name;
  const isInherited = name !== undefined && name in Object.prototype && !Object.hasOwn(command.flags, name);
  if (readable !== null && !isInherited) return arg;
  throw noSuchFlag(arg);
}

function noSuchFlag(arg: string): CommandError {
  return unusable(arg, "there is no such flag. A word that begins with a dash goes behind --");
}

function unusable(arg: string, reason: string): CommandError {
  return new CommandError(`Cannot use ${quote(arg)}: ${reason}\n${SEE_HELP}`, ExitCode.input);
}

function nameOf(short: string | undefined, { shorts }: Command): string | undefined {
  return short?.length === 1 ? shorts[short as keyof typeof shorts] : undefined;
}

function hasValue(name: string | undefined, { flags }: Command): boolean {
  return name !== undefined && Object.hasOwn(flags, name) && flags[name]?.kind === "parsed";
}
