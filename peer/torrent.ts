// One torrent as its user sees it: its states, from the check of what is on disk to the end. What it does among peers and
// trackers is membership.ts, what it tells torrent_news.ts.

import {
  type Bitfield,
  type InfoHash,
  type Magnet,
  type Metainfo,
  type PeerAddress,
} from "../protocol/mod.ts";
import { resolve } from "node:path";
import { PeerPool } from "./engine/peer_pool.ts";
import type { TorrentEvent, TorrentState } from "./events.ts";
import type { FilePriority } from "./file_priorities.ts";
import { Membership } from "./membership.ts";
import type { Found } from "./found.ts";
import type { Greeting } from "./net/handshaker.ts";
import { isPublicIp } from "./net/public_fetch.ts";
import type { RateLimits, TorrentLimits } from "./net/rate_limiter.ts";
import { Resume } from "./resume.ts";
import { Selection } from "./selection.ts";
import { Disk } from "./storage/disk.ts";
import type { TorrentHost, TorrentOptions } from "./torrent_options.ts";
import { TorrentNews } from "./torrent_news.ts";
import { fatalEvent, partsTrouble, startedEvent } from "./torrent_report.ts";
import { WaitingCallers } from "./waiting_callers.ts";

/** Until an announce over HTTP has left: in one the tracker is connected to, in the next one it is asked. */
const ANNOUNCE_TURNS = 2;

/**
 * A torrent that a {@link Client} downloads and seeds. Made by `client.add()`, at work from then on.
 *
 * ```text
 * checking ──▶ downloading ──▶ seeding
 *     │             │             │        stop() from anywhere: stopped
 *     └─────────────┴──── disk ───┴──────▶ failed
 * ```
 */
export class Torrent {
  /** What the .torrent says. */
  readonly metainfo: Metainfo;
  /** The magnet link that it was found by, if it was; `select` names the files that are wanted (BEP 53). */
  readonly magnet: Magnet | undefined;
  /** The file or folder. */
  readonly path: string;
  #options: TorrentOptions;
  readonly #limits: TorrentLimits;
  #host: TorrentHost;
  readonly #news: TorrentNews;
  #disk: Disk;
  /** Pieces that the check has found, and that were gone when they were to be moved. */
  #lost: number[] = [];
  #selection: Selection;
  #pool: PeerPool;
  /** What the search for its metadata has found, if there was one. */
  #found: Found | undefined;
  /** Who has called before it is among its peers. */
  readonly #callers: WaitingCallers;
  #membership: Membership | undefined;
  #resume: Resume | undefined;
  #stopping = new AbortController();
  #opened: Promise<void>;
  #ended: Promise<void> | undefined;
  /** The last look at what other programs have done to the files. */
  #proof: Promise<unknown> | undefined;
  #completed = Promise.withResolvers<void>();

  /** Use `client.add()`. */
  constructor(metainfo: Metainfo, options: TorrentOptions, host: TorrentHost, found?: Found) {
    this.#found = found;
    this.magnet = found?.magnet;
    this.#pool = found?.pool ?? new PeerPool(options.publicOnly ? { isAllowed: isPublicIp } : {});
    this.metainfo = metainfo;
    this.#news = new TorrentNews(metainfo);
    this.path = options.path;
    this.#options = options;
    this.#limits = host.limiter.forTorrent();
    this.#limits.set(options);
    this.#host = host;
    this.#callers = new WaitingCallers({ ...host, maxPeers: options.maxPeers });
    this.#selection = new Selection(metainfo, options, this.magnet);
    // Last of what may fail, or the disk threads would keep what nobody can take back.
    this.#disk = new Disk(host.disks, metainfo, options.path);
    this.#disk.onLost = (pieces, path) => this.#lose(pieces, path);
    if (options.stateDir !== undefined) this.#resume = this.#remember(options.stateDir);
    // Whoever never asks for completion must not be told of its failure by an unhandled rejection.
    this.#completed.promise.catch(() => {});
    // A turn of the event loop later, so that the caller can subscribe first, also after `await client.add()`.
    this.#opened = turns(1).then(() => this.#open());
  }

  /** SHA-1 of the info dict: the torrent's name among peers and trackers. */
  get infoHash(): InfoHash {
    return this.metainfo.infoHash;
  }

  /** Where it stands. */
  get state(): TorrentState {
    return this.#news.state;
  }

  /** True when every piece is verified and on disk. */
  get isComplete(): boolean {
    return this.#membership?.engine.isComplete ?? false;
  }

  /** True when every piece that is wanted is verified and on disk: of a selection of files, all of these. */
  get isFinished(): boolean {
    return this.#membership?.engine.isFinished ?? false;
  }

  /** True if pieces are fetched in their order. May be changed at any time; what was asked for already still comes. */
  get sequential(): boolean {
    return this.#selection.isSequential;
  }

  set sequential(sequential: boolean) {
    this.#selection.setSequential(sequential, this.#membership?.engine);
  }

  /**
   * How much the file with this index in `metainfo.files` is wanted.
   *
   * @throws {RangeError} if there is no such file
   */
  priority(fileIndex: number): FilePriority {
    return this.#selection.priority(fileIndex);
  }

  /**
   * Wants a file more, less or not at all, at any time. A piece with several files in it is as wanted as the most wanted of
   * them. What is here of a file that is skipped stays here; a torrent that had all it wanted goes on when it wants more.
   *
   * @throws {RangeError} if there is no such file or priority
   *
   * @example
   * ```ts
   * import { Client } from "@seedling/seedling";
   *
   * export async function onlyFirst(client: Client, file: Uint8Array): Promise<void> {
   *   const torrent = await client.add(file, { path: "album", select: [0] });
   *   await torrent.completed(); // the first file is here
   *   torrent.setPriority(1, "high"); // and now another one
   * }
   * ```
   */
  setPriority(fileIndex: number, priority: FilePriority): void {
    this.#selection.check(fileIndex, priority); // throws before anything is changed
    const engine = this.#membership?.engine;
    const wasFinished = this.isFinished;
    this.#selection.set(fileIndex, priority, this.#disk, engine).catch((error) => this.#fail(error));
    if (!wasFinished || this.isFinished || this.#ended !== undefined) return;
    // It seeds, or is about to: peers with nothing to give but what it has had until now are gone already.
    if (this.state === "seeding") this.#news.state = "downloading";
    this.#pool.hurry(performance.now());
    this.#membership?.wake();
  }

  /** Connected peers. */
  get peers(): number {
    return this.#membership?.peers ?? 0;
  }

  /** Bytes of blocks received in this run. */
  get downloaded(): number {
    return this.#membership?.engine.downloaded ?? 0;
  }

  /** Bytes of blocks sent in this run. */
  get uploaded(): number {
    return this.#membership?.engine.uploaded ?? 0;
  }

  /** Bytes of blocks received and sent in all runs that a state was kept of, this one included. */
  get totals(): { downloaded: number; uploaded: number } {
    return this.#resume?.totals ?? { downloaded: this.downloaded, uploaded: this.uploaded };
  }

  /**
   * Calls `listener` with every event from now on; the returned function ends that.
   *
   * What `listener` throws is reported as by `reportError()`, that is as an uncaught error: it ends the program, unless that
   * listens to the global event "error" and prevents it. The torrent and other listeners go on.
   *
   * @example
   * ```ts
   * import { Client } from "@seedling/seedling";
   *
   * const client = new Client();
   * const torrent = await client.add(await Deno.readFile("video.torrent"), { path: "video.mkv" });
   * torrent.subscribe((event) => {
   *   if (event.type === "piece") console.log(`piece ${event.index}: ${event.have} of ${event.pieces}`);
   * });
   * await torrent.completed();
   * await client.close();
   * ```
   */
  subscribe(listener: (event: TorrentEvent) => void): () => void {
    this.#membership?.wake(); // who listens hears of the progress every second
    return this.#news.subscribe(listener);
  }

  /**
   * Resolves when every piece that is wanted is verified and on disk, for the first time.
   *
   * @throws {StorageError} when the disk failed
   * @throws {Error} when the torrent was stopped before
   */
  completed(): Promise<void> {
    return this.#completed.promise;
  }

  /** Adds addresses of peers that the caller knows of, beside those from trackers. */
  addPeers(addresses: PeerAddress[]): void {
    this.#pool.add(addresses, "user", performance.now());
    this.#membership?.wake();
  }

  /**
   * Changes the limits of this torrent, at once. Those of the client hold beside them.
   *
   * @throws {RangeError} if one is below 0 or no number
   */
  setLimits(limits: RateLimits): void {
    this.#limits.set(limits);
  }

  /** Takes a caller that asked for this torrent, after the handshake. */
  accept(conn: Deno.TcpConn, greeting: Greeting, address: PeerAddress): void {
    if (this.#membership !== undefined) return this.#membership.accept(conn, greeting, address);
    // The search keeps peers while the disk is checked, for a while.
    if (this.#found?.accept(conn, greeting, address)) return;
    this.#callers.accept(conn, greeting, address, performance.now());
  }

  /** Leaves the swarm: tells trackers and peers, finishes the writes under way. Within two seconds; idempotent. */
  stop(): Promise<void> {
    return this.#ended ??= this.#end("stopped");
  }

  async #open(): Promise<void> {
    try {
      this.#news.tell(startedEvent(this.metainfo, this.path, this.#host));
      const have = await this.#check();
      if (this.#stopping.signal.aborted) return;
      const isFresh = this.#disk.isFresh && !have.isComplete;
      // Also of a complete torrent: files without a byte are in no piece.
      const prepared = this.#disk.prepare(
        (index) => this.#selection.isSkipped(index),
        isFresh ? turns(ANNOUNCE_TURNS) : undefined,
      );
      // Nothing is there, so nothing stands in the way: the files are made while the first announce is under way. It goes
      // out before a disk thread's start stops this one for 30 ms. Peers of a magnet link may send a whole piece sooner.
      if (isFresh) this.#join(have);
      await prepared;
      this.#resume?.onPrepared();
      if (this.#stopping.signal.aborted || this.#membership !== undefined) return;
      this.#join(have);
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#fail(error);
    }
  }

  /** Finds out which pieces are on disk already. */
  async #check(): Promise<Bitfield> {
    const onPiece = () => this.#news.pieceChecked(performance.now());
    const known = await this.#resume?.load();
    const saved = this.#options.recheck ? undefined : known;
    const have = await this.#disk.check(onPiece, { signal: this.#stopping.signal, saved });
    await this.#resume?.forgetGone();
    const { hashed } = this.#disk;
    this.#news.tell({ type: "checked", have: have.count, pieces: have.length, hashed });
    return have;
  }

  #remember(folder: string): Resume {
    return new Resume({
      folder,
      metainfo: this.metainfo,
      disk: this.#disk,
      path: resolve(this.path),
      pool: this.#pool,
      totals: () => this,
      onTrouble: (message) => this.#news.tell({ type: "error", kind: "disk", message, fatal: false }),
    });
  }

  /** Goes among the peers. */
  #join(have: Bitfield): void {
    for (const index of this.#lost) have.clear(index);
    const membership = this.#membership = new Membership({
      metainfo: this.metainfo,
      have,
      disk: this.#disk,
      pool: this.#pool,
      host: this.#host,
      rates: this.#limits,
      limits: this.#options,
      priorities: this.#selection.levels(),
      isSequential: this.#selection.isSequential,
      found: this.#found,
      kept: this.#resume?.kept?.filter(({ index }) => this.#disk.isInPlace(index)),
      onKept: (index) => this.#resume?.onPiece(index),
      onEvent: (event) => {
        if (event.type === "piece") this.#resume?.onPiece(event.index);
        this.#news.tell(event);
      },
      onComplete: () => void this.#prove(membership.engine.have),
      onFailure: (error) => this.#fail(error),
      onTick: () => this.#news.progress(),
      isWatched: () => this.#news.isHeard,
    });
    this.#news.swarming = membership;
    if (this.isFinished) this.#onComplete();
    else this.#news.state = "downloading";
    membership.start();
    this.#callers.passTo((...caller) => membership.accept(...caller));
    if (this.#resume === undefined) return;
    this.#resume.begin(membership.engine, performance.now());
    this.#host.heartbeat.add(this.#resume);
  }

  /** Another program has changed the part file, or taken it away. */
  #lose(pieces: readonly number[], path: string): void {
    if (this.#ended !== undefined) return;
    this.#news.tell(partsTrouble(path, pieces.length));
    if (this.#membership === undefined) return void this.#lost.push(...pieces);
    this.#membership.lose(pieces);
    if (!this.isFinished && this.state === "seeding") this.#news.state = "downloading";
  }

  /** All has come, and what other programs have done to the files meanwhile is looked at before that is said. */
  async #prove(have: Bitfield): Promise<void> {
    try {
      const proof = this.#proof = this.#disk.prove(have);
      await proof;
      // More may have been wanted, and have come, meanwhile: the last one tells.
      if (proof === this.#proof && this.#ended === undefined && this.isFinished) this.#onComplete();
    } catch (error) {
      this.#fail(error);
    }
  }

  #onComplete(): void {
    const { engine, secondsWithPeers } = this.#membership as Membership;
    const { downloaded, wasted } = engine;
    this.#completed.resolve(); // whoever hears the news may stop it
    this.#news.state = "seeding";
    this.#news.tell({
      type: "complete",
      totalLength: this.metainfo.totalLength,
      downloaded,
      wasted,
      seconds: secondsWithPeers,
    });
    if (downloaded > 0 && engine.isComplete) this.#membership?.announceCompleted();
  }

  /** The disk has failed, or we have a bug: ends the torrent, what was verified stays. */
  #fail(error: unknown): void {
    if (this.#ended !== undefined) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#ended = promise; // whoever hears the news may stop it
    this.#completed.reject(error);
    this.#news.tell(fatalEvent(error));
    resolve(this.#end("failed"));
  }

  async #end(state: "stopped" | "failed"): Promise<void> {
    this.#stopping.abort();
    this.#callers.close();
    this.#completed.reject(new Error(`Cannot complete ${this.metainfo.name}: the torrent was stopped`));
    // A failure inside #open() ends up here while #open() still runs: it must not wait for itself.
    if (state === "stopped") await this.#opened;
    const isWell = state === "stopped";
    await this.#membership?.leave(isWell ? "leaving the swarm" : "the disk failed", {
      keep: isWell && this.#resume !== undefined,
    });
    await this.#found?.end(); // if it was stopped before it went among the peers
    if (this.#resume !== undefined) {
      this.#host.heartbeat.remove(this.#resume);
      await this.#disk.written();
      await this.#resume.close();
    }
    await this.#disk.close();
    this.#news.state = state;
    this.#news.tell({
      type: "stopped",
      complete: this.isFinished,
      downloaded: this.downloaded,
      uploaded: this.uploaded,
    });
  }
}

/** Waits until the event loop has done what it has to do, so many times. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setTimeout(resolve));
}
