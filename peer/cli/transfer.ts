// `peer LISTEN_PORT TORRENT_FILE OUTPUT_FILE`, or a magnet link in TORRENT_FILE's place: downloads what is missing, then seeds until Ctrl-C.

import type { Magnet, Metainfo } from "../../protocol/mod.ts";
import { Client, ListenError, type SearchOptions, type Torrent, type TorrentEvent } from "../mod.ts";
import { CommandError, ExitCode } from "./exit_code.ts";
import { onInterrupt } from "./interrupt.ts";
import { isMagnet, readMagnet, readTorrent } from "./read_torrent.ts";
import { JsonReporter, TextReporter } from "./reporter.ts";
import { Terminal } from "./terminal.ts";

export interface TransferOptions {
  /** Leave when complete, instead of seeding. */
  exit?: boolean;
  /** Events as JSON lines on standard output. */
  json?: boolean;
  /** A line for each message, on standard error. */
  verbose?: boolean;
  /** Address to listen on. */
  host?: string;
  /** No web seed or HTTP tracker with a private address. */
  publicOnly?: boolean;
}

/** Runs to the end and returns the exit code. */
export async function transfer(
  port: number,
  torrentFile: string,
  path: string,
  options: TransferOptions,
): Promise<number> {
  const terminal = new Terminal(!options.json && Deno.stdout.isTerminal());
  const reporter = options.json
    ? new JsonReporter(terminal)
    : new TextReporter(terminal, options.exit ?? false);
  let client: Client;
  const outcome = Promise.withResolvers<number>();
  const { publicOnly = false } = options;
  try {
    const source = isMagnet(torrentFile) ? readMagnet(torrentFile) : await readTorrent(torrentFile);
    client = openClient(port, options, terminal);
    let torrent: Torrent | undefined;
    const onEvent = (event: TorrentEvent) => {
      reporter.on(event);
      const code = exitCodeOf(event, options.exit ?? false);
      if (code !== undefined) outcome.resolve(code);
    };
    const isHeard = onInterrupt(() =>
      outcome.resolve(torrent?.isComplete ? ExitCode.complete : ExitCode.interrupted)
    );
    try {
      const metainfo = "infoBytes" in source ? source : await Promise.race([
        find(client, source, { publicOnly }, onEvent),
        outcome.promise.then(() => undefined),
      ]);
      torrent = metainfo && await client.add(metainfo, { path, publicOnly });
      torrent?.subscribe(onEvent);
      const code = await outcome.promise;
      await client.close();
      return code;
    } finally {
      isHeard.stop();
    }
  } catch (error) {
    if (options.json && error instanceof CommandError) {
      const kind = error.code === ExitCode.network ? "network" : "input";
      reporter.on({ type: "error", kind, message: error.message, fatal: true });
    }
    throw error;
  }
}

function openClient(port: number, options: TransferOptions, terminal: Terminal): Client {
  try {
    return new Client({
      port,
      ...(options.host === undefined ? {} : { hostname: options.host }),
      ...(options.verbose ? { log: (line) => terminal.warn(line) } : {}),
    });
  } catch (error) {
    if (error instanceof ListenError) throw new CommandError(error.message, ExitCode.network);
    throw error;
  }
}

/** Looks for a magnet link's torrent. Undefined if it can't be had: the events have said why. */
async function find(
  client: Client,
  magnet: Magnet,
  options: SearchOptions,
  onEvent: (event: TorrentEvent) => void,
): Promise<Metainfo | undefined> {
  const search = client.find(magnet, options);
  search.subscribe(onEvent);
  return await search.metainfo().catch(() => undefined);
}

/** The code with which this event ends the program, if it does. */
function exitCodeOf(event: TorrentEvent, leavesWhenComplete: boolean): number | undefined {
  if (event.type === "complete" && leavesWhenComplete) return ExitCode.complete;
  if (event.type !== "error" || !event.fatal) return undefined;
  if (event.kind === "input") return ExitCode.input;
  return event.kind === "disk" ? ExitCode.disk : ExitCode.bug;
}
