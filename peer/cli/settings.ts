// Flags that were not given: from the environment, else from a config file. Each flag has a variable (`--state-dir` has
// SEEDLING_STATE_DIR, `--no-resume` has SEEDLING_RESUME=false) and a member of the config file's object ("state-dir").
//
// The parser could read the environment itself, but would stop where this program may not.

import { type Command, InvalidArgumentError, type Option } from "commander";
import { join } from "node:path";
import type { ConfigFile } from "./config_file.ts";
import { environment, isGranted } from "./environment.ts";
import { CommandError, ExitCode } from "./exit_code.ts";

/** Its flags are all it does: what was set for other commands must change no torrent. */
const WITHOUT_SETTINGS = new Set(["edit"]);
/** Flags that are no settings. */
const NEVER_SET = new Set(["help", "version", "config"]);
/** A config file longer than this was named by mistake. */
const MAX_CONFIG_CHARS = 1024 * 1024;

/** `"state-dir"` for `--state-dir <folder>`, `"resume"` for `--no-resume`. */
export function settingOf(option: Option): string {
  return option.name().replace(/^no-/, "");
}

/** The environment variable of a setting. */
export function variableOf(setting: string): string {
  return `SEEDLING_${setting.toUpperCase().replaceAll("-", "_")}`;
}

/** The option's name under which a command finds its config file, if there is one. */
export const CONFIG_FILE = "configFile";

/**
 * Sets the flags of `command` that its command line did not.
 *
 * @param known the settings of all commands, to tell a mistake in the config file from another command's setting
 * @throws {CommandError} for a value that can't be used, with the place where it stands
 */
export function applySettings(command: Command, known: ReadonlySet<string>): void {
  if (WITHOUT_SETTINGS.has(command.name())) return;
  const config = readConfig(command, known);
  for (const option of openOptions(command)) {
    const variable = variableOf(settingOf(option));
    const said = environment(variable);
    const [value, source] = said === undefined
      ? [fromConfig(option, config), "config"]
      : [read(option, said, variable), "env"];
    if (value !== undefined) command.setOptionValueWithSource(option.attributeName(), value, source);
  }
  if (config.isThere) {
    const file: ConfigFile = {
      path: config.path,
      options: { ...command.opts() },
      read: () => readAgain(command, known),
    };
    command.setOptionValueWithSource(CONFIG_FILE, file, "implied");
  }
}

/** Flags that neither the command line nor the environment has set. */
function openOptions(command: Command): Option[] {
  return command.options.filter((option) => {
    const source = command.getOptionValueSource(option.attributeName());
    return !NEVER_SET.has(settingOf(option)) && source !== "cli" && source !== "env";
  });
}

/** The command's options as they are with its config file's present text. */
function readAgain(command: Command, known: ReadonlySet<string>): Record<string, unknown> {
  const config = readConfig(command, known);
  const { [CONFIG_FILE]: _, ...options } = command.opts();
  for (const option of openOptions(command)) {
    const name = option.attributeName();
    const usual = option.defaultValue ?? (option.negate ? true : undefined);
    const value = fromConfig(option, config) ?? usual;
    if (value === undefined) delete options[name];
    else options[name] = value;
  }
  return options;
}

function fromConfig(option: Option, { path, values }: Config): unknown {
  const setting = settingOf(option);
  if (!Object.hasOwn(values, setting)) return undefined;
  return read(option, values[setting], `"${setting}" in ${path}`);
}

function read(option: Option, value: unknown, place: string): unknown {
  if (!option.required && !option.optional) return readSwitch(value, place);
  const texts = (Array.isArray(value) ? value : [value]).map((each) => {
    if (typeof each === "string" || typeof each === "number") return String(each);
    throw unusable(place, value, "It must be a text or a number.");
  });
  const parse = option.parseArg;
  if (parse === undefined) return texts[0];
  try {
    // A flag that may be repeated is given what came before.
    return texts.reduce<unknown>((before, text) => parse(text, before), undefined);
  } catch (error) {
    if (error instanceof InvalidArgumentError) throw unusable(place, value, error.message);
    throw error;
  }
}

function readSwitch(value: unknown, place: string): boolean {
  const text = String(value).toLowerCase();
  if (["true", "1", "yes", "on"].includes(text)) return true;
  if (["false", "0", "no", "off"].includes(text)) return false;
  throw unusable(place, value, "It must be true or false.");
}

function unusable(place: string, value: unknown, reason: string): CommandError {
  return new CommandError(`Cannot use ${place}: ${reason} Got ${JSON.stringify(value)}`, ExitCode.input);
}

interface Config {
  path: string;
  isThere: boolean;
  values: Record<string, unknown>;
}

function readConfig(command: Command, known: ReadonlySet<string>): Config {
  const named: string | undefined = command.opts().config ?? environment(variableOf("config"));
  const path = named ?? defaultConfigPath();
  if (path === undefined) return { path: "", isThere: false, values: {} };
  let values: unknown;
  try {
    values = JSON.parse(readText(path));
  } catch (error) {
    if (named === undefined && error instanceof Error && "code" in error && error.code === "ENOENT") {
      return { path, isThere: false, values: {} };
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(`Cannot read the config file ${path}: ${reason}`, ExitCode.input);
  }
  if (typeof values !== "object" || values === null || Array.isArray(values)) {
    throw new CommandError(
      `Cannot read the config file ${path}: must be an object of flags and values`,
      ExitCode.input,
    );
  }
  const stranger = Object.keys(values).find((key) => !known.has(key) || NEVER_SET.has(key));
  if (stranger !== undefined) {
    const reason = `must hold flags without their dashes: got ${JSON.stringify(stranger)}`;
    throw new CommandError(`Cannot use the config file ${path}: ${reason}`, ExitCode.input);
  }
  return { path, isThere: true, values: values as Record<string, unknown> };
}

function readText(path: string): string {
  const text = Deno.readTextFileSync(path);
  if (text.length > MAX_CONFIG_CHARS) throw new Error("it is too long");
  return text;
}

/** https://specifications.freedesktop.org/basedir-spec/latest/ */
function defaultConfigPath(): string | undefined {
  const home = environment("HOME");
  const folder = environment("XDG_CONFIG_HOME") ?? (home && join(home, ".config"));
  if (folder === undefined) return undefined;
  const path = join(folder, "seedling", "config.json");
  return isGranted({ name: "read", path }) ? path : undefined;
}
