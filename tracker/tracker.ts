// The tracker's rules: what an announce and a scrape do, and what they are answered. Shared by all frontends; knows
// neither HTTP nor a clock. https://www.bittorrent.org/beps/bep_0003.html, BEP 7, BEP 23, BEP 24, BEP 48.

import {
  type AnnounceAnswer,
  type AnnounceRequest,
  type DictionaryPeer,
  type ScrapeStats,
  TrackerRequestError,
  UNKNOWN_LEFT,
} from "../protocol/mod.ts";
import { Admission } from "./admission.ts";
import type { Answers, DictionaryAnswer } from "./answers.ts";
import { Arena } from "./arena.ts";
import { Asker } from "./asker.ts";
import { type CompleteRules, completeRules, type LiveRules, type TrackerRules } from "./options.ts";
import { Patience } from "./patience.ts";
import { PeerPicker } from "./peer_picker.ts";
import { NO_LIST, NO_PEER, PeerTable } from "./peer_table.ts";
import { Reach } from "./reach.ts";
import { Reaper } from "./reaper.ts";
import { Recogniser } from "./recogniser.ts";
import { TrackerStats } from "./stats.ts";
import { SWARM_WORDS } from "./swarm.ts";
import { type CountsElsewhere, SwarmCounts } from "./swarm_counts.ts";
import { full, SwarmPlaces } from "./swarm_places.ts";
import { NO_SWARM, SwarmStore } from "./swarm_store.ts";
import { Unwanted } from "./unwanted.ts";
import { WebSwarms } from "./web_swarms.ts";

/** Empty swarms that one call of reap() forgets, at most. */
const REAP_SWARMS = 1000;

/** All swarms and peers of one tracker. Times are milliseconds of one monotonic clock. */
export class Tracker implements Answers {
  rules: CompleteRules;
  readonly peers: PeerTable;
  readonly swarms: SwarmStore;
  /** The peers that announce over WebSockets; web_tracker.ts has their rules. */
  readonly web: WebSwarms;
  readonly stats: TrackerStats;
  /** Whose requests are answered. */
  readonly admission: Admission;
  /** Who is inside and isn't served any more. */
  readonly unwanted: Unwanted;

  readonly #given: TrackerRules;
  readonly #swarmArena = new Arena(SWARM_WORDS);
  readonly #arena = new Arena();
  readonly #asker: Asker;
  readonly #recogniser: Recogniser;
  readonly #picker: PeerPicker;
  readonly #reaper: Reaper;
  readonly #counts: SwarmCounts;
  readonly #places: SwarmPlaces;
  readonly #patience = new Patience();
  /** Of all peers that there ever were: a bit for each reach. */
  #reaches = 0;
  readonly #startedAt: number;

  /** `random` gives numbers from 0 to 1, without 1. */
  constructor(rules: TrackerRules, { now, random }: { now: number; random: () => number }) {
    const seed = () => Math.floor(random() * 2 ** 32);
    this.#given = rules;
    this.rules = completeRules(rules);
    this.peers = new PeerTable(this.#swarmArena, this.#arena, seed());
    this.swarms = new SwarmStore(this.#swarmArena, this.#arena, seed());
    this.web = new WebSwarms(random);
    this.#counts = new SwarmCounts(this.peers, this.swarms, this.web);
    this.stats = new TrackerStats(now);
    this.#places = new SwarmPlaces(this.rules, {
      swarms: this.swarms,
      counts: this.#counts,
      onForget: (swarm) => {
        this.#counts.elsewhere?.forget(swarm);
        this.stats.activity.forget(swarm);
        this.peers.lists.release(swarm);
      },
    });
    this.admission = new Admission(this.rules, seed());
    this.#asker = new Asker(seed(), this.rules.allowIpParameter);
    this.#recogniser = new Recogniser(this.peers, this.#asker);
    this.#picker = new PeerPicker(this.peers, random, this.rules.maxNumwant);
    this.unwanted = new Unwanted(this.peers, this.swarms, this.admission);
    this.#reaper = new Reaper(
      this.peers,
      this.swarms,
      (swarm, list, position) => this.remove(swarm, list, position),
      this.unwanted,
    );
    this.#startedAt = now;
  }

  /**
   * Takes other rules from now on, of those that may change.
   *
   * @throws {RangeError} if a number isn't a whole one within its limits.
   */
  setRules(rules: LiveRules): void {
    const { peerTimeoutSeconds } = this.rules;
    // Defaults depend on what is given.
    this.rules = completeRules({ ...this.#given, ...rules });
    // Without peers nobody was told when to come back: what changes at the start is owed to none.
    if (this.size > 0) this.owe(peerTimeoutSeconds);
    this.#places.rules = this.rules;
    this.admission.setRules(this.rules);
    this.#asker.allowIp = this.rules.allowIpParameter;
  }

  /** Seconds of silence after which a peer is forgotten: those of former rules while peers may count on them. */
  peerTimeout(now: number): number {
    return Math.max(this.rules.peerTimeoutSeconds, this.#patience.owed(now));
  }

  /** Waits so many seconds for those who are silent, for as long: peers were told an interval that allows it. */
  owe(seconds: number): void {
    this.#patience.owe(seconds);
  }

  /** Peers of all kinds, those in a store that trackers share among them. */
  get size(): number {
    return this.#counts.size;
  }

  /** Those of them that have everything. */
  get seeders(): number {
    return this.peers.seeders + this.web.seeders + (this.#counts.elsewhere?.seeders ?? 0);
  }

  /** Swarms, likewise. */
  get swarmCount(): number {
    return this.#counts.elsewhere?.swarms ?? this.swarms.size;
  }

  /** Bytes held for swarms and peers. */
  get bytes(): number {
    return this.#swarmArena.bytes + this.#arena.bytes + this.peers.bytes;
  }

  /**
   * Answers an announce that came from `from`, 4 or 16 bytes, in compact form. The answer's peers are borrowed until the
   * next call.
   *
   * @throws {TrackerRequestError} whose message is the failure reason.
   */
  announce(request: AnnounceRequest, from: Uint8Array, now: number): AnnounceAnswer {
    const swarm = this.#announce(request, from, now);
    return {
      complete: this.complete(swarm),
      incomplete: this.incomplete(swarm),
      interval: this.rules.intervalSeconds,
      minInterval: this.rules.minIntervalSeconds,
      externalIp: from,
      peers: this.#picker.compact4,
      peers6: this.#picker.compact6,
    };
  }

  /** As announce(), for what came over UDP: with peers of the asker's address family, a datagram has no room for others. */
  announceOneFamily(request: AnnounceRequest, from: Uint8Array, now: number): AnnounceAnswer {
    this.#picker.family = from.length === 4 ? "ip4" : "ip6";
    try {
      const answer = this.announce(request, from, now);
      if (from.length !== 4) answer.peers = answer.peers6;
      return answer;
    } finally {
      this.#picker.family = "any";
    }
  }

  /** As announce(), in dictionary form. */
  announceDictionary(request: AnnounceRequest, from: Uint8Array, now: number): DictionaryAnswer {
    const peers: DictionaryPeer[] = [];
    const swarm = this.#announce(request, from, now, peers);
    return {
      complete: this.complete(swarm),
      incomplete: this.incomplete(swarm),
      interval: this.rules.intervalSeconds,
      minInterval: this.rules.minIntervalSeconds,
      externalIp: from,
      peers,
    };
  }

  /** Notes that there are peers of a reach. */
  noteReach(reach: Reach): void {
    this.#reaches |= 1 << reach;
  }

  /**
   * Answers a scrape. Info hashes (binary strings) that nobody announced count nothing.
   *
   * @throws {TrackerRequestError} whose message is the failure reason.
   */
  scrape(infoHashes: readonly string[]): Map<string, ScrapeStats> {
    checkScrape(infoHashes, this.rules);
    const files = new Map<string, ScrapeStats>();
    for (const infoHash of infoHashes) files.set(infoHash, this.statsOf(infoHash));
    this.stats.scrapes++;
    return files;
  }

  /** What a scrape tells of one info hash, a binary string. */
  statsOf(infoHash: string): ScrapeStats {
    return this.#counts.scrape(this.swarms.find(infoHash));
  }

  /**
   * Forgets peers that have fallen silent, those that aren't served any more, and swarms that have long been empty. Call it
   * once a second: each call looks at a sixtieth of all peers, so that a million of them never stop the tracker.
   */
  reap(now: number): void {
    this.#reaper.walk(this.tenths(now), this.peerTimeout(now) * 10);
    const emptySince = this.tenths(now) - this.rules.emptySwarmSeconds * 10;
    for (let i = 0; i < REAP_SWARMS && this.#places.forgetOldest(emptySince); i++);
  }

  /** Seeders of a swarm. */
  complete(swarm: number): number {
    return this.#counts.complete(swarm);
  }

  /** Says that peers are kept elsewhere, in a store that trackers share, and who knows how many. */
  countElsewhere(counts: CountsElsewhere): void {
    this.#counts.elsewhere = counts;
  }

  /** Downloads completed in a swarm. */
  completed(swarm: number): number {
    return this.#counts.completed(swarm);
  }

  /** Counts one more. */
  countCompleted(swarm: number): void {
    this.stats.completed++;
    if (this.#counts.elsewhere === undefined) this.swarms.countCompleted(swarm);
    else this.#counts.elsewhere.countCompleted(swarm);
  }

  /** Leechers of a swarm. */
  incomplete(swarm: number): number {
    return this.#counts.incomplete(swarm);
  }

  /**
   * The swarm of an info hash, made if there is none, for one more peer.
   *
   * @throws {TrackerRequestError} if there is no room for it.
   */
  enter(infoHash: string): number {
    return this.#places.enter(infoHash);
  }

  /** Whether a swarm takes no more peers in browsers. */
  isFullOfBrowsers(swarm: number): boolean {
    return this.#places.isFullSwarm(swarm, "inBrowsers");
  }

  /** Whether a swarm takes no more peers of a family that listen on ports. */
  isFullOfPorts(swarm: number, isIp6: boolean): boolean {
    return this.#places.isFullSwarm(swarm, isIp6 ? "onIp6" : "onIp4");
  }

  /** Whether there are as many peers as the tracker takes. */
  get isFull(): boolean {
    return this.#places.isFull;
  }

  /** As enter(), for a peer that was known before a restart: NO_SWARM where there is no room. */
  readmit(infoHash: string): number {
    return this.#places.readmit(infoHash);
  }

  /** Whether there is room for one more swarm, or an empty one would make some. */
  get isRoomForSwarm(): boolean {
    return this.#places.isRoomForSwarm;
  }

  /** Whether a swarm goes with a peer of it. */
  goesWithPeer(swarm: number): boolean {
    return this.#places.goesWithPeer(swarm);
  }

  /** The swarm of which something is to be remembered, made if there is none: NO_SWARM if another had to be forgotten. */
  remember(infoHash: string): number {
    return this.#places.remember(infoHash);
  }

  /** What keys are hashed with. A restarted tracker that has the peers of before needs that of before too. */
  get keySeed(): number {
    return this.#asker.seed;
  }

  set keySeed(seed: number) {
    this.#asker.seed = seed;
  }

  /** Forgets a swarm if its last peer has left and nothing is to be remembered of it. Returns whether it did. */
  forgetIfEmpty(swarm: number): boolean {
    return this.#places.forgetIfEmpty(swarm);
  }

  /** A time as it is stored: tenths of a second since the start, from 1 on. 32 bits of them last 13 years. */
  tenths(now: number): number {
    return Math.floor((now - this.#startedAt) / 100) + 1;
  }

  /** Milliseconds since a stored time. */
  age(tenths: number, now: number): number {
    return Math.max(0, now - this.#startedAt - (tenths - 1) * 100);
  }

  /** Does what an announce asks for. Returns its swarm; the peers for the answer are in `dictionary`, or in the picker. */
  #announce(request: AnnounceRequest, from: Uint8Array, now: number, dictionary?: DictionaryPeer[]): number {
    this.admission.admitAnnounce(request, from, now);
    this.#asker.read(request, from);
    if (this.#asker.isElsewhere) this.admission.lists.checkAddress(this.#asker.address);
    let swarm = this.swarms.find(request.infoHash);
    if (request.event === "stopped") {
      this.#picker.clear();
      if (swarm !== NO_SWARM) swarm = this.#stop(swarm, now);
    } else {
      if (swarm === NO_SWARM) swarm = this.#places.add(request.infoHash);
      this.#join(swarm, request, now, dictionary);
    }
    this.stats.noteAnnounce(this.#picker.family === "any" ? "http" : "udp", swarm, request, from);
    return swarm;
  }

  #join(swarm: number, request: AnnounceRequest, now: number, dictionary?: DictionaryPeer[]): void {
    const { lists } = this.peers;
    const isSeeder = request.left === 0 || (request.event === "completed" && request.left === UNKNOWN_LEFT);
    let list = lists.find(swarm, this.#asker.isIp6);
    let position = list === NO_LIST ? NO_PEER : this.#recogniser.claim(list);
    // Choose before adding: nobody is told of itself.
    const numwant = Math.min(request.numwant ?? this.rules.defaultNumwant, this.rules.maxNumwant);
    this.#picker.reach = this.#askerReach();
    this.#picker.pick(swarm, { isSeeder, list, numwant, position });
    if (dictionary === undefined) this.#picker.layOut();
    else dictionary.push(...this.#picker.dictionary(!request.noPeerId));
    if (position === NO_PEER) {
      if (this.#places.isFull) throw full();
      if (this.isFullOfPorts(swarm, this.#asker.isIp6)) return;
      if (list === NO_LIST) list = lists.make(swarm, this.#asker.isIp6);
      position = this.peers.add(list, isSeeder, this.#asker);
    } else {
      position = this.peers.setSeeder(list, position, isSeeder);
    }
    this.noteReach(this.#asker.reach);
    const isPartial = request.event === "paused" && !isSeeder;
    if (isPartial || this.peers.partialSeeds > 0) this.peers.setPartial(list, position, isPartial);
    const tenths = this.tenths(now);
    this.peers.update(list, position, request, tenths);
    this.peers.setUdp(list, position, this.#picker.family !== "any");
    if (request.event === "completed" && isSeeder && this.peers.complete(list, position)) {
      this.countCompleted(swarm);
    }
    if (request.left !== UNKNOWN_LEFT) this.swarms.noteLeft(swarm, request.left);
    this.swarms.noteAnnounce(swarm, tenths);
    this.swarms.touch(swarm);
  }

  /** From where the asker asks, as far as that matters: mostly all peers can be reached from everywhere. */
  #askerReach(): Reach {
    return this.#reaches > 1 << Reach.everywhere ? this.#asker.fromReach : Reach.machine;
  }

  /** Returns the swarm, or NO_SWARM if it went with its last peer. */
  #stop(swarm: number, now: number): number {
    const list = this.peers.lists.find(swarm, this.#asker.isIp6);
    if (list === NO_LIST) return swarm;
    const position = this.#recogniser.find(list);
    if (position === NO_PEER) return swarm;
    this.swarms.noteAnnounce(swarm, this.tenths(now));
    return this.remove(swarm, list, position);
  }

  /** Forgets a peer. Returns its swarm, or NO_SWARM if it went with its last peer. */
  remove(swarm: number, list: number, position: number): number {
    this.peers.remove(list, position);
    this.swarms.touch(swarm);
    return this.forgetIfEmpty(swarm) ? NO_SWARM : swarm;
  }
}

/**
 * Whether so many may be scraped at once.
 *
 * @throws {TrackerRequestError} if not.
 */
export function checkScrape(infoHashes: readonly string[], { maxScrape }: CompleteRules): void {
  if (infoHashes.length === 0) {
    throw new TrackerRequestError("Full scrape is not available: name an info_hash");
  }
  if (infoHashes.length > maxScrape) {
    throw new TrackerRequestError(`Too many info_hash: at most ${maxScrape} in one scrape`);
  }
}
