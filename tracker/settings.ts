// What the operator has set, put together: the command line counts more than the environment, that more than the config
// file. Everything is checked, wherever it comes from, and what is wrong is said with its place.

import { quote } from "../protocol/quote.ts";
import { meantBy } from "../protocol/slip.ts";
import { type Flag, flagName, FLAGS, settingName, variableName } from "./flags.ts";
import { DEFAULT_INTERVAL_SECONDS } from "./options.ts";

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

/** What one setting may be set to. */
export type Value = number | string | boolean | string[];

/** A setting that can't be used. The message says which, where it was set, and what it must be. */
export class SettingsError extends Error {
  override name = "SettingsError";
}

/**
 * Settings that stand for each other, or speak against each other. A token doesn't speak against `noAdmin`: it says who may
 * see the page, and not that there shall be one.
 */
const SAME_MATTER = [
  ["adminToken", "adminTokenFile"],
  ["data", "memory"],
  ["noAdmin", "adminPort"],
  ["noAdmin", "adminHost"],
  ["noAdmin", "adminPublicStats"],
] as const satisfies [keyof Settings, keyof Settings][];

/** Where settings come from besides the command line. */
export interface SettingsSources {
  /** A variable of the environment. */
  variable: (name: string) => string | undefined;
  /** The text of a file; throws if it can't be read. */
  readFile: (path: string) => string;
}

/**
 * Puts the settings together. `fromFlags` are those of the command line.
 *
 * @throws {SettingsError} if something of the environment or the config file, or all together, can't be used, or if the
 * command line speaks against itself.
 */
export function readSettings(fromFlags: Settings, { readFile, variable }: SettingsSources): Settings {
  refuseBoth(fromFlags);
  const path = fromFlags.config ?? (variable(variableName("config")) || undefined);
  const fromFile = path === undefined ? {} : { ...readConfig(path, readFile), config: path };
  const settings = [readEnvironment(variable), fromFlags].reduce(overrule, fromFile);
  checkTogether(settings);
  return settings;
}

/** What is said on one line was said by one person, who would wonder which of the two counts. */
function refuseBoth(fromFlags: Settings): void {
  const both = SAME_MATTER.find((pair) => pair.every((name) => isSaid(fromFlags[name])));
  if (both === undefined) return;
  const [one, other] = both.map((name) => `--${flagName(name)}`);
  throw new SettingsError(`Cannot use both ${one} and ${other}: leave one out`);
}

/** Refuses what the tracker would refuse by the names of its options, which nobody has set. */
function checkTogether(settings: Settings): void {
  const { interval = DEFAULT_INTERVAL_SECONDS, minInterval = 0, proxyProtocol, trustProxy = [] } = settings;
  if (minInterval > interval) {
    throw new SettingsError(
      `Cannot use --min-interval ${minInterval}: it must not be above --interval, which is ${interval}`,
    );
  }
  if (proxyProtocol && trustProxy.length === 0) {
    throw new SettingsError(
      "Cannot use --proxy-protocol: it must be known whose word counts: name the proxies with --trust-proxy",
    );
  }
}

/** Both, where `after` counts more: also than what `before` says of the same matter by another name. */
function overrule(before: Settings, after: Settings): Settings {
  const settings = { ...before };
  for (const [one, other] of SAME_MATTER) {
    if (isSaid(after[one])) delete settings[other];
    if (isSaid(after[other])) delete settings[one];
  }
  return { ...settings, ...after };
}

/** A switch that is off says nothing. */
function isSaid(value: Value | undefined): boolean {
  return value !== undefined && value !== false;
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
    if (flag === undefined) {
      const meant = meantBy(name, known.keys()).map(quote).join(" or ");
      const proposal = meant === "" ? "" : `: is it ${meant}?`;
      throw new SettingsError(`${cannot}: there is no setting ${quote(name)}${proposal}`);
    }
    try {
      settings[name] = check(flag, value);
    } catch (error) {
      throw explain(error, `${cannot}: ${name}`, value);
    }
  }
  return settings;
}

/**
 * The value that a text stands for.
 *
 * @throws {SettingsError} whose message is a sentence's end
 */
export function fromText(flag: Flag, text: string): Value {
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
