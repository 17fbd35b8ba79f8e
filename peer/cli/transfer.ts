// Torrents from their start to their end: one client, one port, one set of disk threads for all of them. What is asked
// for and where it goes, the commands say (get.ts, seed.ts, and the three-argument form).

import type { Magnet, Metainfo } from "../../protocol/mod.ts";
import type { Encryption, FilePriority, Torrent, TorrentEvent } from "../mod.ts";
import { Client } from "../client.ts";
import { ListenError } from "../net/errors.ts";
import type { ConfigFile, LiveOptions } from "./config_file.ts";
import { CommandError, ExitCode } from "./exit_code.ts";
import { Goal, type GoalOptions, hasGoal } from "./goal.ts";
import { onInterrupt } from "./interrupt.ts";
import { refuseOtherKind } from "./other_kind.ts";
import { Outputs } from "./outputs.ts";
import type { Reporter } from "./reporter.ts";
import { Screen } from "./screen.ts";
import { defaultStateFolder } from "./state_folder.ts";
import { isMetainfo, loadTorrent, type TorrentSource } from "./torrent_source.ts";

export interface TransferOptions extends GoalOptions {
  /** Events as JSON lines on standard output. */
  json?: boolean;
  /** A line for each message, on standard error. */
  verbose?: boolean;
  /** Address to listen on. */
  host?: string;
  /** No web seed or HTTP tracker with a private address. */
  publicOnly?: boolean;
  /** Bytes a second of all torrents together; 0 for no limit. */
  limitDown?: number;
  limitUp?: number;
  /** Bytes a second of each torrent. */
  torrentLimitDown?: number;
  torrentLimitUp?: number;
  /** Connections of all torrents at most. */
  maxConnections?: number;
  /** Whether connections to peers are encrypted. */
  encryption?: Encryption;
  /** Peers only. */
  noWebSeeds?: boolean;
  /** Keep no state for the next start, and use none that the last has left. */
  noResume?: boolean;
  /** Where. */
  stateDir?: string;
  /** Read all that is on the disk, whatever the state says. */
  recheck?: boolean;
  /** Files to download: numbers, ranges and patterns. */
  select?: string[];
  /** Those to fetch before the others, and after them. */
  high?: string[];
  low?: string[];
  /** Fetch pieces in their order. */
  sequential?: boolean;
  /** Give each piece once (BEP 16). */
  superSeeding?: boolean;
  /** An address that is told of each completion. */
  onComplete?: string;
  /** The config file that some of these come from, followed when it changes. Not of the user's saying. */
  configFile?: ConfigFile;
}

/** How often the config file is looked at. */
const CONFIG_LOOK_MS = 2_000;

/** One torrent to be taken care of. */
export interface Job {
  /** A .torrent file, its http(s) address, or a magnet link. */
  source: string;
  /** The file or folder. */
  pathFor(metainfo: Metainfo): string;
  /**
   * Called before the torrent does anything, for what goes on beside it: waited for at the end unless that is Ctrl-C, and
   * ends it if it does not end well.
   */
  onAdded?(torrent: Torrent): Promise<number> | undefined;
  /** Complain and leave if something is missing, instead of fetching it. */
  mustBeComplete?: boolean;
}

export interface TransferPlan {
  port: number;
  jobs: readonly Job[];
  options: TransferOptions;
  /** Standard output is for data. */
  isDataOut?: boolean;
}

/** Runs to the end and returns the exit code: of several torrents that of the first that did not end well. */
export async function transfer(plan: TransferPlan): Promise<number> {
  // Before anything is fetched: who isn't listening is killed, and SIGTERM's exit code isn't that of Ctrl-C then.
  const interrupt = Promise.withResolvers<void>();
  const isHeard = onInterrupt(interrupt.resolve);
  try {
    return await run(plan, interrupt.promise);
  } finally {
    isHeard.stop();
  }
}

/** The same, until it is interrupted. */
async function run(plan: TransferPlan, interrupt: Promise<void>): Promise<number> {
  const { options, jobs, isDataOut = false } = plan;
  const screen = await Screen.open({
    json: options.json ?? false,
    isDataOut,
    torrents: jobs.length,
    next: hasGoal(options) ? (options.exit ? "" : "; seeding now") : "; seeding now, Ctrl-C leaves",
  });
  try {
    const loading = Promise.all(jobs.map(({ source }) => loadTorrent(source)));
    const sources = await Promise.race([loading, interrupt]);
    if (sources === undefined) return ExitCode.interrupted;
    const outputs = new Outputs(jobs, sources);
    return await new Transfer(plan, screen, outputs).run(sources, interrupt);
  } catch (error) {
    if (error instanceof CommandError) screen.fail(error);
    throw error;
  }
}

class Transfer {
  readonly #plan: TransferPlan;
  readonly #screen: Screen;
  readonly #outputs: Outputs;
  readonly #client: Client;
  /** Torrents of which something is missing, and what goes on beside them and has not ended. */
  readonly #unfinished: Set<Job | Promise<number>>;
  /** The plan's, as the config file says by now. */
  #options: TransferOptions;

  constructor(plan: TransferPlan, screen: Screen, outputs: Outputs) {
    this.#plan = plan;
    this.#options = plan.options;
    this.#screen = screen;
    this.#outputs = outputs;
    this.#unfinished = new Set<Job | Promise<number>>(plan.jobs);
    this.#client = openClient(plan, screen);
  }

  async run(sources: TorrentSource[], interrupt: Promise<void>): Promise<number> {
    const interrupted = interrupt.then(() =>
      this.#unfinished.size === 0 ? ExitCode.complete : ExitCode.interrupted
    );
    const watching = await this.#watchConfig();
    try {
      const codes = Promise.all(
        sources.map((source, i) => this.#follow(source, this.#plan.jobs[i] as Job)),
      ).then((all) => all.find((code) => code !== ExitCode.complete) ?? ExitCode.complete);
      return await Promise.race([codes, interrupted]);
    } finally {
      clearInterval(watching);
      await this.#client.close();
    }
  }

  /** One torrent, until it has done what it was started for. */
  async #follow(source: TorrentSource, job: Job): Promise<number> {
    const reporter = this.#screen.reporterFor(source);
    const metainfo = isMetainfo(source) ? source : await this.#find(source, reporter);
    if (metainfo === undefined) return ExitCode.input;
    const path = this.#outputs.pathFor(job, metainfo);
    if (job.mustBeComplete) await refuseOtherKind(metainfo, path, "seed");
    const options = this.#options;
    const { noResume = false, noWebSeeds = false, publicOnly = false, recheck = false } = options;
    const stateDir = noResume ? undefined : options.stateDir ?? defaultStateFolder();
    const saysFiles = [options.select, options.high, options.low].some((words) => words !== undefined);
    const magnet = isMetainfo(source) ? undefined : source;
    const priorities = saysFiles ? await prioritiesOf(metainfo, options, magnet) : [];
    const torrent = await this.#client.add(metainfo, {
      path,
      ...(stateDir === undefined ? {} : { stateDir }),
      recheck,
      publicOnly,
      webSeeds: !noWebSeeds,
      downloadLimit: options.torrentLimitDown ?? 0,
      uploadLimit: options.torrentLimitUp ?? 0,
      ...(options.select === undefined
        ? {}
        : { select: [...priorities.keys()].filter((index) => priorities[index] !== "skip") }),
      sequential: options.sequential ?? false,
      superSeeding: options.superSeeding ?? false,
    });
    setPriorities(torrent, priorities);
    const goal = new Goal(torrent, options);
    const code = Promise.withResolvers<number>();
    const work = job.onAdded?.(torrent);
    if (work !== undefined) {
      this.#unfinished.add(work);
      work.then((ended) => {
        if (ended === ExitCode.complete) this.#unfinished.delete(work);
        else code.resolve(ended);
      }, code.reject);
    }
    let told: Promise<void> | undefined;
    torrent.subscribe((event) => {
      reporter.on(event);
      if (event.type === "complete") this.#unfinished.delete(job);
      if (event.type === "progress" && event.state === "downloading") this.#unfinished.add(job);
      if (event.type === "complete" && options.onComplete !== undefined) {
        told = this.#tell(options.onComplete, torrent, event, reporter);
      }
      if (job.mustBeComplete && event.type === "checked" && event.have < event.pieces) {
        reporter.on(incomplete(event.pieces - event.have, event.pieces, path));
        code.resolve(ExitCode.bad);
        void torrent.stop(); // at once, so that nothing is made
      }
      const fatal = fatalCode(event);
      if (fatal !== undefined) code.resolve(fatal);
      else if (goal.isReached(event, performance.now())) code.resolve(ExitCode.complete);
    });
    const ended = await code.promise;
    const outcome = ended === ExitCode.complete && work !== undefined ? await work : ended;
    await told;
    await this.#client.remove(torrent);
    return outcome;
  }

  /** Follows the config file, if there is one. Returns the timer. */
  async #watchConfig(): Promise<ReturnType<typeof setInterval> | undefined> {
    const file = this.#options.configFile;
    if (file === undefined) return undefined;
    const { ConfigWatch } = await import("./config_file.ts");
    const watch = new ConfigWatch({
      file,
      apply: (options) => this.#change(options),
      say: (line) => this.#screen.warn(line),
    });
    return setInterval(() => void watch.check(), CONFIG_LOOK_MS);
  }

  /** Takes other options; none if one can't be used. */
  async #change(live: LiveOptions): Promise<void> {
    const options = { ...this.#options, ...live };
    const torrents = await Promise.all(this.#client.torrents.map(async (torrent) => ({
      torrent,
      priorities: await prioritiesOf(torrent.metainfo, options, torrent.magnet),
    })));
    this.#options = options;
    this.#client.setLimits({ downloadLimit: options.limitDown ?? 0, uploadLimit: options.limitUp ?? 0 });
    for (const { torrent, priorities } of torrents) {
      torrent.setLimits({
        downloadLimit: options.torrentLimitDown ?? 0,
        uploadLimit: options.torrentLimitUp ?? 0,
      });
      torrent.sequential = options.sequential ?? false;
      setPriorities(torrent, priorities);
    }
  }

  /** Looks for a magnet link's torrent. Undefined if it can't be had: the events have said why. */
  async #find(magnet: Magnet, reporter: Reporter): Promise<Metainfo | undefined> {
    const { publicOnly = false } = this.#plan.options;
    const search = this.#client.find(magnet, { publicOnly });
    search.subscribe((event) => reporter.on(event));
    return await search.metainfo().catch(() => undefined);
  }

  async #tell(
    url: string,
    torrent: Torrent,
    event: Extract<TorrentEvent, { type: "complete" }>,
    reporter: Reporter,
  ): Promise<void> {
    const { postComplete } = await import("./webhook.ts");
    const problem = await postComplete(url, torrent, event);
    if (problem !== undefined) {
      reporter.on({ type: "error", kind: "network", message: problem, fatal: false });
    }
  }
}

/** How much each file is wanted. */
async function prioritiesOf(
  metainfo: Metainfo,
  options: TransferOptions,
  magnet: Magnet | undefined,
): Promise<FilePriority[]> {
  // Loaded where something is said of files: most of a start's time goes into reading code.
  const { filePriorities } = await import("./select_files.ts");
  return filePriorities(metainfo, options, magnet);
}

function setPriorities(torrent: Torrent, priorities: readonly FilePriority[]): void {
  for (const [index, priority] of priorities.entries()) {
    if (torrent.priority(index) !== priority) torrent.setPriority(index, priority);
  }
}

function openClient({ port, options }: TransferPlan, screen: Screen): Client {
  try {
    return new Client({
      port,
      ...(options.host === undefined ? {} : { hostname: options.host }),
      downloadLimit: options.limitDown ?? 0,
      uploadLimit: options.limitUp ?? 0,
      ...(options.maxConnections === undefined ? {} : { maxConnections: options.maxConnections }),
      ...(options.encryption === undefined ? {} : { encryption: options.encryption }),
      ...(options.verbose ? { log: (line) => screen.warn(line) } : {}),
    });
  } catch (error) {
    if (error instanceof ListenError) throw new CommandError(error.message, ExitCode.network);
    throw error;
  }
}

function incomplete(missing: number, pieces: number, path: string): TorrentEvent {
  const message =
    `Cannot seed ${path}: ${missing} of ${pieces} pieces are missing or wrong: get fetches them`;
  return { type: "error", kind: "input", message, fatal: true };
}

/** The code with which this event ends a torrent that can't go on. */
function fatalCode(event: TorrentEvent): number | undefined {
  if (event.type !== "error" || !event.fatal) return undefined;
  if (event.kind === "input") return ExitCode.input;
  return event.kind === "disk" ? ExitCode.disk : ExitCode.bug;
}
