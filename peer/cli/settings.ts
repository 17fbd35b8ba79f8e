// Flags that were not given: from the environment, else from a config file. Each flag has a variable (`--state-dir` has
// SEEDLING_STATE_DIR, `--no-resume` has SEEDLING_RESUME=false) and a member of the config file's object ("state-dir").

import { join } from "node:path";
import { readBoundedText } from "../../protocol/bounded_text.ts";
import { meantBy } from "../../protocol/slip.ts";
import type { Command, Options } from "./command.ts";
import type { ConfigFile } from "./config_file.ts";
import { environment, isGranted } from "./environment.ts";
import { CommandError, ExitCode } from "./exit_code.ts";
import { describeFileError } from "./file_error.ts";
import { type Flag, optionName, parseFlag } from "./flags.ts";
import { ValueError } from "./values.ts";

/** A flag that is no setting: it says where settings are. */
const CONFIG = "config";

/** The option under which a command finds its config file, if there is one. */
export const CONFIG_FILE = "configFile";

/** What a flag turns off is what its setting turns on: `"resume"` for `--no-resume`. */
export function settingOf(flag: string): string {
  return flag.replace(/^no-/, "");
}

/** The environment variable of a setting. */
export function variableOf(setting: string): string {
  return `SEEDLING_${setting.toUpperCase().replaceAll("-", "_")}`;
}

/**
 * The options of `command` with those that its command line did not say.
 *
 * @param commands gives all there are, to tell a mistake in the config file from another command's setting
 * @throws {CommandError} for a value that can't be used, with the place where it stands
 */
export function withSettings(
  command: Command,
  said: Options,
  commands: () => ReadonlyMap<string, Command>,
): Options {
  if (command.hasNoSettings) return said;
  const fixed = { ...fromEnvironment(command, said), ...said };
  const read = (config: Config) => ({ ...fromConfig(command, fixed, config), ...fixed });
  const named = typeof said[CONFIG] === "string" ? said[CONFIG] : environment(variableOf(CONFIG));
  const config = readConfig(named, commands);
  const options = read(config);
  if (!config.isThere) return options;
  const { look, path } = config;
  const file: ConfigFile = { path, options, look, read: () => read(readConfig(named, commands)) };
  return { ...options, [CONFIG_FILE]: file };
}

function fromEnvironment(command: Command, said: Options): Options {
  return settle(command, said, (setting) => {
    const variable = variableOf(setting);
    return [environment(variable), variable];
  });
}

function fromConfig(command: Command, fixed: Options, { path, values }: Config): Options {
  return settle(command, fixed, (setting) => {
    const value = Object.hasOwn(values, setting) ? values[setting] : undefined;
    return [value, `"${setting}" in ${path}`];
  });
}

/** Options that `before` doesn't have, nor the contrary. `find` gives what a setting is set to, and the place where that stands. */
function settle(
  { contraries, flags }: Command,
  before: Options,
  find: (setting: string) => [value: unknown, place: string],
): Options {
  const options: Options = {};
  // A switch that is off says nothing of its contrary.
  const isSaid = (option: string) => before[option] !== undefined && before[option] !== false;
  const isOverruled = (option: string) =>
    contraries.some(([one, other]) => (option === one && isSaid(other)) || (option === other && isSaid(one)));
  for (const [name, flag] of Object.entries(flags)) {
    const option = optionName(name);
    if (name === CONFIG || Object.hasOwn(before, option) || isOverruled(option)) continue;
    const setting = settingOf(name);
    const [value, place] = find(setting);
    if (value === undefined) continue;
    const meant = read(flag, value, place);
    if (meant !== undefined) options[option] = setting === name ? meant : !meant;
  }
  return options;
}

function read(flag: Flag, value: unknown, place: string): unknown {
  try {
    if (flag.kind === "switch") return parseFlag(flag, String(value));
    const values = (Array.isArray(value) ? value : [value]).map((each) => {
      if (typeof each !== "string" && typeof each !== "number") {
        throw new ValueError("It must be a text or a number.");
      }
      return parseFlag(flag, String(each));
    });
    return "variadic" in flag && values.length > 0 ? values : values.at(-1);
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    const reason = `${error.message} Got ${JSON.stringify(value)}`;
    throw new CommandError(`Cannot use ${place}: ${reason}`, ExitCode.input);
  }
}

interface Config {
  path: string;
  isThere: boolean;
  /** How it looked before it was read. */
  look: string;
  values: Record<string, unknown>;
}

/** Without a name it is the usual one, which need not be there. */
function readConfig(named: string | undefined, commands: () => ReadonlyMap<string, Command>): Config {
  const path = named ?? defaultConfigPath();
  if (path === undefined) return { path: "", isThere: false, look: "", values: {} };
  const look = lookAt(path);
  let values: unknown;
  try {
    values = JSON.parse(readText(path));
  } catch (error) {
    if (named === undefined && error instanceof Error && "code" in error && error.code === "ENOENT") {
      return { path, isThere: false, look, values: {} };
    }
    throw new CommandError(
      `Cannot read the config file ${path}: ${describeFileError(error)}`,
      ExitCode.input,
    );
  }
  if (typeof values !== "object" || values === null || Array.isArray(values)) {
    throw new CommandError(
      `Cannot read the config file ${path}: must be an object of flags and values`,
      ExitCode.input,
    );
  }
  const known = new Set([...commands().values()].flatMap(({ flags }) => Object.keys(flags).map(settingOf)));
  known.delete(CONFIG);
  const stranger = Object.keys(values).find((key) => !known.has(key));
  if (stranger !== undefined) {
    const meant = meantBy(stranger, known).map((name) => JSON.stringify(name)).join(" or ");
    const reason = `must hold flags without their dashes: got ${JSON.stringify(stranger)}${
      meant === "" ? "" : `. Is it ${meant}?`
    }`;
    throw new CommandError(`Cannot use the config file ${path}: ${reason}`, ExitCode.input);
  }
  return { path, isThere: true, look, values: values as Record<string, unknown> };
}

/** A file's time, length and inode; nothing for one that isn't there, or can be read once only, as a pipe. */
export function lookAt(path: string): string {
  try {
    const { ino, isFile, mtime, size } = Deno.statSync(path);
    return isFile ? `${mtime?.getTime()} ${size} ${ino}` : "";
  } catch {
    return "";
  }
}

function readText(path: string): string {
  using file = Deno.openSync(path);
  return readBoundedText(file);
}

/** https://specifications.freedesktop.org/basedir-spec/latest/ */
function defaultConfigPath(): string | undefined {
  const home = environment("HOME");
  const folder = environment("XDG_CONFIG_HOME") ?? (home && join(home, ".config"));
  if (folder === undefined) return undefined;
  const path = join(folder, "seedling", "config.json");
  return isGranted({ name: "read", path }) ? path : undefined;
}
