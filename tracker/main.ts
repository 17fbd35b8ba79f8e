// The tracker as a program: flags to createTracker(), signals to close(), trouble to one line and an exit code.
//
// Exit codes, the peer program's as far as they go: 0 ended by Ctrl-C or SIGTERM · 2 bad flags, a folder that can't be
// read, a missing permission · 4 the port is in use, or the address can't be listened on · 70 a bug.

import { dirname } from "node:path";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { VERSION } from "../protocol/version.ts";
import { createTracker, DEFAULT_PORT, type TrackerOptions, TrackerStartError } from "./mod.ts";

const EXIT_BAD_INPUT = 2;
const EXIT_NETWORK = 4;
const EXIT_BUG = 70;

/** Where .torrent files are looked for unless --torrents says otherwise. */
const DEFAULT_TORRENTS = "torrents";
/** Where lists, torrents and counts are kept unless --data or --memory says otherwise. */
const DEFAULT_DATA = "data/tracker.sqlite";

interface Flags {
  port: number;
  host?: string;
  interval?: number;
  minInterval?: number;
  torrents?: string;
  allowIpParameter?: boolean;
  data: string;
  memory?: boolean;
  adminToken?: string;
  udp: boolean;
}

/** Reads the flags. Throws CommanderError, after writing help, version or a one-line error. */
function parseFlags(args: readonly string[]): Flags {
  const command = new Command("tracker")
    .description("BitTorrent tracker over HTTP and UDP, with an admin page that shows its swarms.")
    .version(VERSION)
    .option("--port <number>", "TCP and UDP port; 0 takes a free one", wholeNumber(0, 65535), DEFAULT_PORT)
    .option("--host <address>", "address to listen on (default: all, IPv4 and IPv6)")
    .option("--interval <seconds>", "how often peers shall announce (default: 1800)", wholeNumber(1, 86_400))
    .option("--min-interval <seconds>", "least time between two announces of a peer", wholeNumber(0, 86_400))
    .option(
      "--torrents <folder>",
      `.torrent files that give swarms a name (default: ./${DEFAULT_TORRENTS} if there)`,
    )
    .option("--allow-ip-parameter", "believe everybody's ip=…, not only that of the local network")
    .option("--data <file>", "what is kept over restarts: lists, torrents, counts", DEFAULT_DATA)
    .option("--memory", "keep nothing")
    .option(
      "--admin-token <token>",
      "who shows it may change lists and torrents; without one only this machine may",
    )
    .option("--no-udp", "HTTP only")
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
  return command.parse(args, { from: "user" }).opts<Flags>();
}

function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

async function toOptions(flags: Flags): Promise<TrackerOptions> {
  const { adminToken, allowIpParameter, data, host, interval, memory, minInterval, port, udp } = flags;
  if (!memory) await makeDefaultFolder(data);
  const torrents = flags.torrents ?? await defaultTorrents();
  return {
    port,
    udp,
    ...(host !== undefined && { host }),
    ...(interval !== undefined && { intervalSeconds: interval }),
    ...(minInterval !== undefined && { minIntervalSeconds: minInterval }),
    ...(allowIpParameter !== undefined && { allowIpParameter }),
    ...(torrents !== undefined && { torrents }),
    ...(!memory && { data }),
    ...(adminToken !== undefined && { adminToken }),
    log: (line) => console.error(`[TRACKER] ${line}`),
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
  });
}

/** The address that a browser on this machine can open. */
function pageUrl(hostname: string, port: number): string {
  if (hostname === "::" || hostname === "0.0.0.0") return `http://localhost:${port}/`;
  return `http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}/`;
}

async function main(args: readonly string[]): Promise<number> {
  const signalled = untilSignal();
  try {
    const flags = parseFlags(args);
    const tracker = createTracker(await toOptions(flags));
    const { hostname, port } = await tracker.start();
    console.log(`[TRACKER] Using ${flags.port === 0 ? "free" : "fixed"} port ${port}`);
    console.log(`[TRACKER] Admin page: ${pageUrl(hostname, port)}`);
    await signalled;
    await tracker.close();
    return 0;
  } catch (error) {
    return report(error);
  }
}

/** Tells what went wrong, in one line where it isn't a bug. Returns the exit code. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_BAD_INPUT;
  if (error instanceof RangeError || error instanceof TrackerStartError) {
    console.error(`[TRACKER] ${error.message}`);
    const isNetwork = error instanceof TrackerStartError &&
      (error.kind === "port-in-use" || error.kind === "address");
    return isNetwork ? EXIT_NETWORK : EXIT_BAD_INPUT;
  }
  console.error("[TRACKER] Stopped by a bug:", error);
  return EXIT_BUG;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
