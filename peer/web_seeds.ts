// The web servers that seed one torrent: which of them are in use beside the peers, and when one that failed is tried again.
// https://www.bittorrent.org/beps/bep_0019.html. What is fetched from them is the engine's choice, as from any peer.
//
//   idle ──join──▶ in use ──a file isn't there──▶ idle: joins at once, without that file's pieces
//     ▲              │ │ failed, or has no ranges: joins at once, as one that sends whole files
//     ├──back-off────┼─┘
//     └──bad data────┘  without what was bad; banned if that is everything, or most of what it sends

import type { Metainfo } from "../protocol/mod.ts";
import type { Peer, RemotePeer } from "./engine/peer.ts";
import type { TorrentEngine } from "./engine/torrent_engine.ts";
import type { WebSeedEvent } from "./events.ts";
import type { Log } from "./message_log.ts";
import type { Fetch } from "./net/http_range.ts";
import { WebSeed } from "./net/web_seed.ts";
import type { WebSeedWire } from "./net/web_seed_wire.ts";
import { WholeFileSeed } from "./net/whole_file_seed.ts";
import type { Throttle } from "./net/throttle.ts";
import { WebSeedGaps } from "./web_seed_gaps.ts";
import { WebSeedFiles } from "./web_seed_files.ts";

/** Of one torrent's list; whoever made it may name any number of servers. */
const MOST_KNOWN = 64;
/** At the same time: a few servers fill any line, and none shall be asked by everybody for nothing. */
const MOST_IN_USE = 4;
const FIRST_BACK_OFF_MS = 2_000;
/** Also what a server may ask for with `Retry-After`. */
const LONGEST_BACK_OFF_MS = 3_600_000;
/** A server without the torrent may have it some day. */
const LOOK_AGAIN_MS = 3_600_000;
/** A server that lacks so many files is taken for one without the torrent; if it has sent nothing yet, the second number. */
const MOST_MISSING = 64;
const MOST_MISSING_AT_FIRST = 3;

export interface WebSeedsOptions {
  metainfo: Metainfo;
  engine: TorrentEngine;
  onEvent(event: WebSeedEvent): void;
  /** Gets our own bugs. */
  onBug(error: unknown): void;
  /** Default: the platform's. */
  fetch?: Fetch | undefined;
  /** On what comes from all of them. Default: none. */
  limit?: Throttle;
  /** Clock in milliseconds, the one that `tick()` gets. Default `performance.now`. */
  now?: () => number;
  log?: Log | undefined;
}

interface KnownSeed {
  url: string;
  /** In a row, without a byte between them. */
  failures: number;
  /** Not to be used before, ms. */
  retryAt: number;
  gaps: WebSeedGaps;
  /** It has sent bad data, and begins anew without asking for that. */
  mustShun: boolean;
  /** It has no ranges. */
  sendsWholeFiles: boolean;
  isBanned: boolean;
  /** Blocks' bytes in all. */
  downloaded: number;
  used: { wire: WebSeedWire; peer: Peer; run: Promise<void> } | undefined;
  /** What it was to the engine whenever it was used: its bad data may be found after it has gone. */
  peers: WeakSet<Peer>;
}

/** Everything of one torrent that comes from web servers. */
export class WebSeeds {
  readonly #options: WebSeedsOptions;
  readonly #now: () => number;
  readonly #seeds: KnownSeed[];
  #files: WebSeedFiles | undefined;
  #isClosed = false;

  constructor(options: WebSeedsOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#seeds = options.metainfo.webSeeds.filter((url) => /^https?:/i.test(url) && URL.canParse(url)).slice(
      0,
      MOST_KNOWN,
    ).map(
      (url) => ({
        url,
        failures: 0,
        retryAt: -Infinity,
        gaps: new WebSeedGaps(),
        mustShun: false,
        sendsWholeFiles: false,
        isBanned: false,
        downloaded: 0,
        used: undefined,
        peers: new WeakSet(),
      }),
    );
  }

  /** How many are in use. */
  get size(): number {
    return this.#seeds.filter(({ used }) => used !== undefined).length;
  }

  /** Before this there is nothing to do, ms. Infinity if there is nothing at all. */
  get dueAt(): number {
    if (this.#options.engine.isFinished) return Infinity;
    return Math.min(...this.#seeds.map(({ retryAt, isBanned }) => isBanned ? Infinity : retryAt), Infinity);
  }

  /** Once a second: ends those that hang, uses those that are due. */
  tick(now: number): void {
    for (const { used } of this.#seeds) {
      // The engine parts from those that have everything; one that lacks a file is of no more use either.
      if (this.#options.engine.isFinished) used?.wire.close("all is here");
      used?.wire.tick(now);
      // It keeps a place that another one could fill.
      if (used?.peer.pipeline.isSnubbed) used.wire.close("it sent no block for a minute");
    }
    if (this.#isClosed || this.#options.engine.isFinished) return;
    let places = MOST_IN_USE - this.size;
    for (const seed of this.#seeds) {
      if (places === 0) return;
      if (seed.used !== undefined || seed.isBanned || seed.retryAt > now) continue;
      this.#join(seed, now);
      places--;
    }
  }

  /**
   * The engine has found bad data of this peer, in piece `index`. Either the server is not asked for that any more, or for
   * nothing, or that was known. Undefined if the peer is none of ours.
   */
  onBadData(peer: Peer, index: number): "shunned" | "banned" | "known" | undefined {
    const seed = this.#seeds.find(({ peers }) => peers.has(peer));
    if (seed === undefined) return undefined;
    if (seed.isBanned) return "known";
    const files = this.#files as WebSeedFiles;
    const isNew = seed.gaps.addWrong(index, files); // other pieces of a wrong file may have been on their way
    const downloaded = seed.downloaded + (seed.used?.peer.downloaded ?? 0);
    seed.isBanned = files.piecesWithout(seed.gaps).isEmpty ||
      seed.gaps.isWorthless(downloaded, this.#options.metainfo.layout.pieceLength);
    if (!isNew && !seed.isBanned) return "known";
    seed.mustShun = seed.used !== undefined;
    seed.used?.wire.close(`sent bad data in piece ${index}`);
    return seed.isBanned ? "banned" : "shunned";
  }

  /** Ends them all and waits until the last is gone. Idempotent. */
  async close(reason: string): Promise<void> {
    this.#isClosed = true;
    const used = this.#seeds.flatMap(({ used }) => used ?? []);
    for (const { wire } of used) wire.close(reason);
    await Promise.all(used.map(({ run }) => run));
  }

  #join(seed: KnownSeed, now: number): void {
    const { metainfo: { layout }, engine, fetch = globalThis.fetch, onBug, log } = this.#options;
    const files = this.#files ??= new WebSeedFiles(this.#options.metainfo);
    const pieces = files.piecesWithout(seed.gaps);
    const options = {
      layout,
      parts: (offset: number, length: number) => files.parts(seed.url, offset, length),
      fetch: (url: string, init: RequestInit) => fetch(url, init),
      limit: this.#options.limit,
      now: this.#now,
      onBug,
    };
    const wire = seed.sendsWholeFiles
      ? new WholeFileSeed({
        ...options,
        isWanted: (index) => pieces.has(index) && engine.isMissing(index),
        isHere: (index, begin) => engine.isBlockHere(index, begin),
      })
      : new WebSeed(options);
    const peer = engine.add(wire, remoteOf(seed), now);
    log?.(`${seed.url} is used as a web seed`);
    this.#options.onEvent({ type: "webSeed", action: "started", url: seed.url, downloaded: 0 });
    const run = wire.run(peer).then(() => this.#onEnd(seed, wire, peer));
    seed.used = { wire, peer, run };
    seed.peers.add(peer);
    // What its connection would say if it were a peer. One without ranges says itself what it has.
    if (!seed.sendsWholeFiles) peer.onBitfield(pieces.bytes);
    peer.onUnchoke();
    peer.onBatchEnd(now);
  }

  #onEnd(seed: KnownSeed, wire: WebSeedWire, peer: Peer): void {
    const now = this.#now();
    this.#options.engine.remove(peer);
    seed.used = undefined;
    seed.downloaded += peer.downloaded;
    const reason = this.#rest(seed, wire, peer.downloaded > 0 && !peer.pipeline.isSnubbed, now);
    this.#options.log?.(`${seed.url} is not used any more: ${reason}`);
    const comesBack = !this.#isClosed && !seed.isBanned && !this.#options.engine.isFinished;
    this.#options.onEvent({
      type: "webSeed",
      action: "ended",
      url: seed.url,
      downloaded: peer.downloaded,
      reason,
      ...(comesBack ? { retryIn: Math.max(0, Math.round((seed.retryAt - now) / 1000)) } : {}),
    });
  }

  /** Settles when it is used again. Returns why it ended, for people. */
  #rest(
    seed: KnownSeed,
    { closeReason, failure, failedFile }: WebSeedWire,
    hasGiven: boolean,
    now: number,
  ): string {
    if (seed.mustShun) {
      seed.mustShun = false;
      seed.retryAt = now;
      return closeReason;
    }
    if (failure?.kind === "missing") {
      const reason = `${this.#files?.nameOf(failedFile) ?? ""}: ${failure.message}`;
      const { missing } = seed.gaps;
      missing.add(failedFile);
      seed.retryAt = now;
      const most = seed.downloaded === 0 ? MOST_MISSING_AT_FIRST : MOST_MISSING;
      if (missing.size >= most || this.#files?.piecesWithout(seed.gaps).isEmpty) {
        missing.clear();
        seed.retryAt = now + LOOK_AGAIN_MS;
      }
      return reason;
    }
    if (failure?.kind === "no-ranges") {
      seed.sendsWholeFiles = true;
      seed.retryAt = now;
      return closeReason;
    }
    seed.failures = hasGiven ? 1 : seed.failures + 1;
    const backOffMs = FIRST_BACK_OFF_MS * 2 ** Math.min(seed.failures - 1, 20);
    seed.retryAt = now + Math.min(Math.max(backOffMs, failure?.retryAfterMs ?? 0), LONGEST_BACK_OFF_MS);
    return closeReason;
  }
}

/** What the engine is to know it by. */
function remoteOf({ url, sendsWholeFiles }: KnownSeed): RemotePeer {
  const { hostname, port, protocol } = new URL(url);
  return {
    peerId: new Uint8Array(20),
    address: { ip: hostname, port: Number(port) || (protocol === "https:" ? 443 : 80) },
    outgoing: true,
    fast: !sendsWholeFiles, // it suggests pieces
  };
}
