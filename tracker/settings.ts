// What the operator has set, put together: the command line counts more than the environment, that more than the config
// file. Everything is checked, wherever it comes from, and what is wrong is said with its place.

import { Command, InvalidArgumentError, Option } from "commander";
import { quote } from "../protocol/quote.ts";
import { VERSION } from "../protocol/version.ts";
import { type Flag, FLAGS, settingName, variableName } from "./flags.ts";

/** Settings by their names in the config file. What isn't there was not set. */
export interface Settings {
  /** The config file itself, if there is one. */
  config?: string;
  port?: number;
  host?: string;
  interval?: number;
  minInterval?: number;
  torrents?: string;
  allowIpParameter?: boolean;
  fullScrape?: boolean;
  data?: string;
  memory?: boolean;
  store?: string;
  adminToken?: string;
  adminTokenFile?: string;
  adminPublicStats?: boolean;
  adminPort?: number;
  adminHost?: string;
  noAdmin?: boolean;
  noUdp?: boolean;
  rateLimit?: number;
  minPort?: number;
  maxPeers?: number;
  maxSwarms?: number;
  maxSwarmPeers?: number;
  maxWebSockets?: number;
  trustProxy?: string[];
  proxyProtocol?: boolean;
  requestTimeout?: number;
  cert?: string;
  key?: string;
  log?: string;
  logFormat?: string;
}

/** Switches that turn something off. */
const NEGATIONS: ReadonlySet<string> = new Set(
  FLAGS.filter(({ name }) => name.startsWith("no-")).map(({ name }) => settingName(name)),
);

type Value = number | string | boolean | string[];

/** A setting that can't be used. The message says which, where it was set, and what it must be. */
export class SettingsError extends Error {
  override name = "SettingsError";
}

/** Where settings come from besides the command line. */
export interface SettingsSources {
  /** A variable of the environment. */
  variable: (name: string) => string | undefined;
  /** The text of a file; throws if it can't be read. */
  readFile: (path: string) => string;
}

/**
 * Puts the settings together.
 *
 * @throws {CommanderError} after writing help, version or a one-line error.
 * @throws {SettingsError} if the environment or the config file has what can't be used.
 */
export function readSettings(args: readonly string[], { readFile, variable }: SettingsSources): Settings {
  const { config, ...fromFlags } = parseFlags(args);
  const path = config ?? variable(variableName("config"));
  return {
    ...(path === undefined ? {} : { config: path, ...readConfig(path, readFile) }),
    ...readEnvironment(variable),
    ...fromFlags,
  };
}

function parseFlags(args: readonly string[]): Settings {
  const command = new Command("tracker")
    .description(
      "BitTorrent tracker over HTTP, UDP and WebSockets, with an admin page that shows its swarms.",
    )
    .version(VERSION)
    .option("--config <file>", "settings as JSON; the flags below by their names, as in maxPeers")
    .allowExcessArguments(false)
    .showSuggestionAfterError(false)
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => write(`[TRACKER] Cannot read the flags: ${text.replace(/^error: /, "")}`),
      // Without these Commander asks the environment, which the tracker has no permission for and no use of.
      getOutHasColors: () => false,
      getErrHasColors: () => false,
      getOutHelpWidth: () => 100,
      getErrHelpWidth: () => 100,
    });
  for (const flag of FLAGS) command.addOption(toOption(flag));
  command.parse(args, { from: "user" });
  const settings: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(command.opts())) {
    // Commander's own way with --no-…: a switch that is on unless it is named.
    const negation = settingName(`no-${name}`);
    if (!NEGATIONS.has(negation)) settings[name] = value;
    else if (value === false) settings[negation] = true;
  }
  return settings;
}

function toOption(flag: Flag): Option {
  const option = new Option(`--${flag.name}${flag.value === undefined ? "" : ` <${flag.value}>`}`, flag.help);
  if (flag.kind === "switch") return option;
  return option.argParser((text: string, former: unknown) => {
    try {
      const value = fromText(flag, text);
      return flag.kind === "list" && Array.isArray(former) ? [...former, ...value as string[]] : value;
    } catch (error) {
      throw error instanceof SettingsError ? new InvalidArgumentError(`It ${error.message}.`) : error;
    }
  });
}

function readEnvironment(variable: SettingsSources["variable"]): Settings {
  const settings: Record<string, Value> = {};
  for (const flag of FLAGS) {
    const name = variableName(flag.name);
    const text = variable(name);
    if (text === undefined || text === "") continue;
    try {
      settings[settingName(flag.name)] = fromText(flag, text);
    } catch (error) {
      throw explain(error, `Cannot use ${name} of the environment`, text);
    }
  }
  return settings;
}

function readConfig(path: string, readFile: SettingsSources["readFile"]): Settings {
  const cannot = `Cannot use the config file ${path}`;
  let config: unknown;
  try {
    config = JSON.parse(readFile(path));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SettingsError(`${cannot}: ${reason}`, { cause: error });
  }
  if (typeof config !== "object" || config === null || Array.isArray(config)) {
    throw new SettingsError(`${cannot}: it must be an object`);
  }
  const known = new Map<string, Flag>(FLAGS.map((flag) => [settingName(flag.name), flag]));
  const settings: Record<string, Value> = {};
  for (const [name, value] of Object.entries(config)) {
    if (name === "$schema") continue;
    const flag = known.get(name);
    if (flag === undefined) throw new SettingsError(`${cannot}: there is no setting ${quote(name)}`);
    try {
      settings[name] = check(flag, value);
    } catch (error) {
      throw explain(error, `${cannot}: ${name}`, value);
    }
  }
  return settings;
}

function fromText(flag: Flag, text: string): Value {
  switch (flag.kind) {
    case "number":
      return check(flag, /^\d+$/.test(text) ? Number(text) : NaN);
    case "text":
      return check(flag, text);
    case "list":
      return text.split(",").map((each) => each.trim()).filter((each) => each !== "");
    case "switch":
      if (text === "1" || text === "true") return true;
      if (text === "0" || text === "false") return false;
      throw new SettingsError("must be true or false");
  }
}

/** The value, if it can be one. The message of what is thrown is a sentence's end. */
function check({ kind, least = 0, most = 0, words }: Flag, value: unknown): Value {
  switch (kind) {
    case "number":
      if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) {
        return value;
      }
      throw new SettingsError(`must be a whole number from ${least} to ${most}`);
    case "text":
      if (typeof value === "string" && (words === undefined || words.includes(value))) return value;
      throw new SettingsError(words === undefined ? "must be a text" : `must be ${words.join(" or ")}`);
    case "list":
      if (Array.isArray(value) && value.every((each) => typeof each === "string")) return value;
      throw new SettingsError("must be a list of texts");
    case "switch":
      if (typeof value === "boolean") return value;
      throw new SettingsError("must be true or false");
  }
}

function explain(error: unknown, where: string, value: unknown): unknown {
  if (!(error instanceof SettingsError)) return error;
  return new SettingsError(`${where}: ${error.message}: got ${quote(String(value))}`, { cause: error });
}
