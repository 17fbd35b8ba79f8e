// The tracker as a program: settings to createTracker(), signals to close() and reload(), trouble to one line and an exit
// code.
//
// Exit codes, the peer program's as far as they go: 0 ended by Ctrl-C or SIGTERM · 2 bad settings, a folder that can't be
// read, a missing permission · 4 the port is in use, or the address can't be listened on · 70 a bug.

import { dirname } from "node:path";
import { adminTokenCommand } from "./admin_token_command.ts";
import { ADMIN_TOKEN_COMMAND, readCommandLine } from "./command_line.ts";
import {
  type AdminAddress,
  createTracker,
  DEFAULT_PORT,
  type TrackerHandle,
  type TrackerOptions,
  TrackerStartError,
} from "./mod.ts";
import type { LiveRules } from "./options.ts";
import { ProgramLog } from "./program_log.ts";
import { Reload } from "./reload.ts";
import { readSettings, type Settings, SettingsError } from "./settings.ts";
import { readTextFile, readTextFileAgain } from "./text_file.ts";
import { Window } from "./window.ts";

const EXIT_BAD_INPUT = 2;
const EXIT_NETWORK = 4;
const EXIT_BUG = 70;

/** Where .torrent files are looked for unless --torrents says otherwise. */
const DEFAULT_TORRENTS = "torrents";
/** Where lists, torrents and counts are kept unless --data or --memory says otherwise. */
const DEFAULT_DATA = "data/tracker.sqlite";
/** Requests a second of one address. A seedbox with a thousand torrents makes one or two. */
const DEFAULT_RATE_LIMIT = 50;
/** How often the config file is looked at. */
const CONFIG_MS = 2000;
/** How often the program looks whether its window is there. */
const WINDOW_MS = 2000;

const sources = { variable, readFile };
const sourcesOnReload = { variable, readFile: (path: string) => readFile(path, readTextFileAgain) };

/** A variable of the environment: one that may not be read isn't set. */
function variable(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return undefined;
    throw error;
  }
}

function readFile(path: string, read = readTextFile): string {
  try {
    return read(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
    const message = `permission is missing. Add --allow-read=${path} after -P=tracker`;
    throw new Error(message, { cause: error });
  }
}

async function toOptions(settings: Settings, log: ProgramLog): Promise<TrackerOptions> {
  const { cert, data = DEFAULT_DATA, host, key, memory, noUdp } = settings;
  if (!memory) await makeDefaultFolder(data);
  const torrents = settings.torrents ?? await defaultTorrents();
  if ((cert === undefined) !== (key === undefined)) {
    throw new SettingsError("Cannot serve HTTPS: --cert and --key go together");
  }
  return {
    port: settings.port ?? DEFAULT_PORT,
    udp: !noUdp,
    ...(host !== undefined && { host }),
    ...(torrents !== undefined && { torrents }),
    ...(!memory && { data }),
    ...adminOptions(settings),
    ...(settings.store !== undefined && { store: settings.store }),
    ...(settings.trustProxy !== undefined && { trustProxy: settings.trustProxy }),
    ...(settings.proxyProtocol !== undefined && { proxyProtocol: settings.proxyProtocol }),
    ...(settings.requestTimeout !== undefined && { requestTimeoutSeconds: settings.requestTimeout }),
    ...(cert !== undefined && key !== undefined && { tls: { cert, key } }),
    log: (line) => log.warn(line),
  };
}

function adminOptions(settings: Settings): Partial<TrackerOptions> {
  const { adminHost, adminPort, adminPublicStats, adminTokenFile, noAdmin } = settings;
  const adminToken = adminTokenFile === undefined ? settings.adminToken : readToken(adminTokenFile);
  return {
    admin: !noAdmin,
    ...(adminToken !== undefined && { adminToken }),
    ...(adminPublicStats !== undefined && { adminPublicStats }),
    ...(adminPort !== undefined && { adminPort }),
    ...(adminHost !== undefined && { adminHost }),
  };
}

function readToken(path: string): string {
  try {
    return readFile(path).trim();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SettingsError(`Cannot read the admin token from ${path}: ${reason}`, { cause: error });
  }
}

/** What may change while the tracker runs. What isn't set is as it is by default, also if it was set before. */
function liveRules(settings: Settings): LiveRules {
  const { interval, maxPeers, maxSwarmPeers, maxSwarms, maxWebSockets, minInterval, minPort } = settings;
  return {
    logRequests: settings.log === "requests",
    trustProxy: settings.trustProxy ?? [],
    allowIpParameter: settings.allowIpParameter ?? false,
    fullScrape: settings.fullScrape ?? false,
    requestsPerSecond: settings.rateLimit ?? DEFAULT_RATE_LIMIT,
    ...(interval !== undefined && { intervalSeconds: interval }),
    ...(minInterval !== undefined && { minIntervalSeconds: minInterval }),
    ...(minPort !== undefined && { minPort }),
    ...(maxPeers !== undefined && { maxPeers }),
    ...(maxSwarms !== undefined && { maxSwarms }),
    ...(maxSwarmPeers !== undefined && { maxSwarmPeers }),
    ...(maxWebSockets !== undefined && { maxWebSockets }),
  };
}

/** Other folders are the operator's to make: one that isn't there may be a slip of the pen. */
async function makeDefaultFolder(data: string): Promise<void> {
  if (data !== DEFAULT_DATA) return;
  try {
    await Deno.mkdir(dirname(data), { recursive: true });
  } catch {
    // Whoever opens the file says what is wrong.
  }
}

async function defaultTorrents(): Promise<string | undefined> {
  try {
    return (await Deno.stat(DEFAULT_TORRENTS)).isDirectory ? DEFAULT_TORRENTS : undefined;
  } catch {
    // Not there, or not to be read: names are a nicety.
    return undefined;
  }
}

/** Resolves when somebody wants the tracker to end. */
function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    // Windows has no SIGTERM that a program could wait for.
    const signals: Deno.Signal[] = Deno.build.os === "windows"
      ? ["SIGINT", "SIGBREAK"]
      : ["SIGINT", "SIGTERM"];
    for (const signal of signals) Deno.addSignalListener(signal, () => resolve());
    if (Deno.build.os === "windows") return;
    const window = new Window(hasTerminal, performance.now());
    setInterval(() => window.look(performance.now()), WINDOW_MS);
    Deno.addSignalListener("SIGHUP", () => window.isClosing(performance.now()) && resolve());
  });
}

/** `nohup` takes all of the terminal away, on macOS all but standard input. */
function hasTerminal(): boolean {
  const streams = Deno.build.os === "darwin"
    ? [Deno.stdout, Deno.stderr]
    : [Deno.stdin, Deno.stdout, Deno.stderr];
  return streams.some((stream) => stream.isTerminal());
}

/** SIGHUP, or a change of the config file: the settings are read again, and what can change does. */
function keepReloading(
  tracker: TrackerHandle,
  started: Settings,
  { flags, log }: { flags: Settings; log: ProgramLog },
): void {
  const read = () => readSettings(flags, sourcesOnReload);
  const apply = (settings: Settings) => tracker.reload(liveRules(settings));
  const reload = new Reload({ started, read, apply, log });
  setInterval(() => reload.watch(), CONFIG_MS);
  if (Deno.build.os === "windows") return;
  Deno.addSignalListener("SIGHUP", () => {
    reload.now();
    tracker.renewCertificate();
  });
}

/** Where the admin page is. A token that was made just now comes in the fragment, which no browser sends anywhere. */
function sayPage(
  { hostname, port, token }: AdminAddress,
  { data, tls }: TrackerOptions,
  log: ProgramLog,
): void {
  const url = pageUrl(tls === undefined ? "http" : "https", hostname, port);
  log.info(`Admin page: ${url}${token === null ? "" : `#token=${token}`}`);
  if (token === null || data === undefined) return;
  log.info(
    `This link signs in. It is shown only once; for another: deno task tracker ${ADMIN_TOKEN_COMMAND} --renew`,
  );
}

/** The address that a browser on this machine can open. */
function pageUrl(scheme: string, hostname: string, port: number): string {
  if (hostname === "::" || hostname === "0.0.0.0") return `${scheme}://localhost:${port}/`;
  return `${scheme}://${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}/`;
}

async function main(args: readonly string[]): Promise<number> {
  let log = new ProgramLog("text");
  try {
    const said = await readCommandLine(args);
    if (said === undefined) return 0;
    const settings = readSettings(said.settings, sources);
    if (args[0] === ADMIN_TOKEN_COMMAND) {
      adminTokenCommand({ settings, renew: said.renew, defaultData: DEFAULT_DATA, log });
      return 0;
    }
    log = new ProgramLog(settings.logFormat === "json" ? "json" : "text");
    const options = await toOptions(settings, log);
    // Not before: a pipe in a file's place may keep us waiting, and who waits so hears no signal.
    const signalled = untilSignal();
    const tracker = createTracker(options);
    // Not given at once: what isn't set any more when they are read again falls back to its default.
    tracker.reload(liveRules(settings));
    keepReloading(tracker, settings, { flags: said.settings, log });
    const { admin, port } = await tracker.start();
    log.info(`Using ${options.port === 0 ? "free" : "fixed"} port ${port}`);
    if (admin !== null) sayPage(admin, options, log);
    await signalled;
    await tracker.close();
    return 0;
  } catch (error) {
    return report(error, log);
  }
}

/** Tells what went wrong, in one line where it isn't a bug. Returns the exit code. */
function report(error: unknown, log: ProgramLog): number {
  if (error instanceof RangeError || error instanceof SettingsError || error instanceof TrackerStartError) {
    log.warn(error.message);
    const isNetwork = error instanceof TrackerStartError &&
      (error.kind === "port-in-use" || error.kind === "address");
    return isNetwork ? EXIT_NETWORK : EXIT_BAD_INPUT;
  }
  console.error("[TRACKER] Stopped by a bug:", error);
  return EXIT_BUG;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
