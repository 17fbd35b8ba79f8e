// Swarms that several trackers share: announces and scrapes are answered by a store, in one round trip each. Who is
// admitted, and who an asker is, is settled here before; the rules are in the script. Knows neither sockets nor a clock.
//
// Peers in browsers stay with the tracker that has their connections: it counts them with what the store says.

import {
  type AnnounceAnswer,
  type AnnounceRequest,
  type DictionaryPeer,
  type ScrapeStats,
  toBinary,
  UNKNOWN_LEFT,
} from "../../protocol/mod.ts";
import type { Answers, DictionaryAnswer } from "../answers.ts";
import { Asker } from "../asker.ts";
import { Refusal } from "../refusal.ts";
import { NO_SWARM } from "../swarm.ts";
import { full } from "../swarm_places.ts";
import { checkScrape, type Tracker } from "../tracker.ts";
import { announceArguments } from "./announce_call.ts";
import { ANNOUNCE, AnnounceFlag, AnnounceStatus } from "./announce_script.ts";
import { keepReachable } from "./reachable.ts";
import { Registry, type StoreTotals } from "./registry.ts";
import { GREET } from "./registry_scripts.ts";
import { SharedPatience } from "./shared_patience.ts";
import type { StoreClock } from "./store_clock.ts";
import { StoreError, type StoreLink } from "./store_link.ts";
import {
  bytes,
  count,
  list,
  readAnnounceReply,
  readPeersReply,
  readScrapeReply,
  type SharedAnswer,
  type SharedPeer,
  toDictionaryPeers,
} from "./store_reply.ts";
import { COUNT_COMPLETED, DROP, PEERS, SCRAPE } from "./swarm_scripts.ts";
import { GREET_KEYS, SECRET_KEY, swarmKeys } from "./swarm_keys.ts";
import { SwarmView } from "./swarm_view.ts";

/** When who couldn't be answered shall come back (BEP 31): a store that was started anew is there by then. */
const RETRY_MINUTES = 2;
/** How long swarms are asked for after somebody has looked, and how often. */
const LOOK_MS = 30_000;
const ACTIVE_MS = 5000;
/** What trackers of one store have in common: the key of connection ids, and the seed of keys' hashes. */
export const SECRET_BYTES = 20;

/** What is given besides the tracker whose rules count. */
export interface SharedSwarmsParts {
  link: StoreLink;
  /** Numbers from 0 to 1, without 1. */
  random: () => number;
  /** SECRET_BYTES that nobody can guess; the store keeps those of the first tracker. */
  secret: Uint8Array;
  log: (line: string) => void;
  clock: StoreClock;
}

/** The swarms of a store, as one of its trackers sees them. */
export class SharedSwarms implements Answers {
  /** From which connection ids are made (udp_responder.ts): four words, filled in when the store is greeted. */
  readonly connectionKey = new Uint32Array(4);
  readonly clock: StoreClock;
  readonly #tracker: Tracker;
  readonly #link: StoreLink;
  readonly #random: () => number;
  readonly #asker: Asker;
  readonly #registry: Registry;
  readonly #patience: SharedPatience;
  readonly #view: SwarmView;
  readonly #secret: Uint8Array;
  #lookedAt = -Infinity;
  #activeAt = -Infinity;

  constructor(tracker: Tracker, { clock, link, log, random, secret }: SharedSwarmsParts) {
    this.clock = clock;
    this.#tracker = tracker;
    this.#link = link;
    this.#random = random;
    this.#registry = new Registry(link, clock);
    this.#patience = new SharedPatience(log);
    this.#view = new SwarmView(
      tracker,
      () => this.totals,
      (infoHash) => void this.#countCompleted(toBinary(infoHash)),
    );
    tracker.countElsewhere(this.#view);
    this.#asker = new Asker(0, tracker.rules.allowIpParameter);
    this.#secret = secret;
  }

  /** All swarms of the store, as of a second ago. */
  get totals(): StoreTotals {
    return this.#registry.totals;
  }

  /**
   * Asks for what trackers of one store have in common. Every link does so before it counts as up.
   *
   * @throws {StoreError} if the store doesn't do it.
   */
  async greet(run: StoreLink["run"], now: number): Promise<void> {
    const askedAt = this.clock.ask();
    const [secret, longest, ...time] = list(await run(GREET, GREET_KEYS, [this.#secret]));
    const shared = bytes(secret, 1);
    if (shared.length !== SECRET_BYTES) {
      throw new StoreError(`there is something else under ${SECRET_KEY}`, { isOutage: true });
    }
    const words = new Uint32Array(Uint8Array.from(shared).buffer);
    this.connectionKey.set(words.subarray(0, 4));
    this.#asker.seed = words[4] as number;
    this.clock.follow(askedAt, time.map(count));
    // Known before the first announce: it would take out whom others wait for.
    this.#patience.follow(count(longest), this.#ownTimeoutMs(now));
  }

  /** Keeps the totals, and what is known of swarms. Call it once a second. */
  async tick(now: number): Promise<void> {
    this.#view.tick(now, this.#timeoutMs(now));
    if (!this.#link.isUp) return;
    await this.#try(async () => {
      await this.#registry.tick(now, { browsers: this.#tracker.web.size, timeoutMs: this.#grantedMs });
      this.#patience.follow(this.#registry.longestTimeoutMs, this.#ownTimeoutMs(now));
      if (now - this.#lookedAt > LOOK_MS || now - this.#activeAt < ACTIVE_MS) return;
      this.#activeAt = now;
      for (
        const { announcedAt, infoHash, ...counts } of await this.#registry.active(now, this.#timeoutMs(now))
      ) {
        this.#view.note(infoHash, counts, announcedAt);
      }
    });
  }

  /** The tracker ends: its browsers shall count nowhere, least of all where it is started again. */
  async leave(now: number): Promise<void> {
    if (this.#link.isUp) await this.#try(() => this.#registry.leave(now, this.#grantedMs));
  }

  /** Somebody looks at the swarms: those that only other trackers hear of are asked for, too, for a while. */
  look(now: number): void {
    this.#lookedAt = now;
  }

  /**
   * Peers of a swarm (info hash, binary), leechers first, or none while the store is away.
   */
  async peers(infoHash: string, most: number, now: number): Promise<SharedPeer[]> {
    const args = [Math.round(this.clock.at(now)), this.#timeoutMs(now), most];
    return await this.#try(async () =>
      readPeersReply(await this.#link.run(PEERS, swarmKeys(infoHash), args))
    ) ?? [];
  }

  async announce(request: AnnounceRequest, borrowed: Uint8Array, now: number): Promise<AnnounceAnswer> {
    const from = borrowed.slice(); // it is the next asker's address by the time the store has answered
    const answer = await this.#announce(request, from, now, 0);
    return { ...this.#head(request, from, answer), peers: answer.peers, peers6: answer.peers6 };
  }

  async announceOneFamily(
    request: AnnounceRequest,
    borrowed: Uint8Array,
    now: number,
  ): Promise<AnnounceAnswer> {
    const from = borrowed.slice();
    const isIp4 = from.length === 4;
    const answer = await this.#announce(
      request,
      from,
      now,
      isIp4 ? AnnounceFlag.onlyIp4 : AnnounceFlag.onlyIp6,
    );
    const peers = isIp4 ? answer.peers : answer.peers6;
    return { ...this.#head(request, from, answer), peers, peers6: answer.peers6 };
  }

  async announceDictionary(
    request: AnnounceRequest,
    borrowed: Uint8Array,
    now: number,
  ): Promise<DictionaryAnswer> {
    const from = borrowed.slice();
    const answer = await this.#announce(request, from, now, request.noPeerId ? 0 : AnnounceFlag.withPeerIds);
    const peers: DictionaryPeer[] = [
      ...toDictionaryPeers(answer.peers, 6, answer.ids),
      ...toDictionaryPeers(answer.peers6, 18, answer.ids6),
    ];
    return { ...this.#head(request, from, answer), peers };
  }

  async scrape(infoHashes: readonly string[], now: number): Promise<Map<string, ScrapeStats>> {
    checkScrape(infoHashes, this.#tracker.rules);
    const args = [Math.round(this.clock.at(now)), this.#timeoutMs(now)];
    // Asked in a row they travel together; each may be on another machine of a cluster.
    const stats = await this.#ask(() =>
      Promise.all(
        infoHashes.map(async (infoHash) =>
          readScrapeReply(await this.#link.run(SCRAPE, swarmKeys(infoHash), args))
        ),
      )
    );
    this.#tracker.stats.scrapes++;
    return new Map(infoHashes.map((infoHash, i) => [infoHash, this.#withBrowsers(infoHash, stats[i])]));
  }

  /** Forgets a peer. Resolves whether it was there. */
  async drop(infoHash: string, endpoint: Uint8Array): Promise<boolean> {
    return await this.#try(() => this.#link.run(DROP, swarmKeys(infoHash), [endpoint])) === 1;
  }

  /** Of silence, to peers that announce now. */
  get #grantedMs(): number {
    return this.#tracker.rules.peerTimeoutSeconds * 1000;
  }

  #timeoutMs(now: number): number {
    return this.#patience.timeoutMs(this.#ownTimeoutMs(now));
  }

  #ownTimeoutMs(now: number): number {
    return this.#tracker.peerTimeout(now) * 1000;
  }

  async #announce(
    request: AnnounceRequest,
    from: Uint8Array,
    now: number,
    flags: number,
  ): Promise<SharedAnswer> {
    const { admission, rules, stats, swarms } = this.#tracker;
    admission.admitAnnounce(request, from, now);
    this.#asker.allowIp = rules.allowIpParameter;
    this.#asker.read(request, from);
    if (this.#asker.isElsewhere) this.#tracker.admission.lists.checkAddress(this.#asker.address);
    const { fromReach } = this.#asker;
    // Laid out before anything is waited for: the asker is the next one's by then.
    const args = announceArguments(request, this.#asker, {
      ...{ flags, rules, timeoutMs: this.#timeoutMs(now), now: this.clock.at(now) },
      ...{ totals: this.totals, browsers: this.#tracker.web.size, random: this.#random() },
    });
    const answer = await this.#ask(async () =>
      readAnnounceReply(await this.#link.run(ANNOUNCE, swarmKeys(request.infoHash), args))
    );
    if (answer.status === AnnounceStatus.addressTaken) {
      throw new Refusal("Address is in use by another peer", "address_taken");
    }
    if (answer.status !== AnnounceStatus.done) throw full();
    if (answer.didComplete) stats.completed++;
    this.#registry.note(request.infoHash, answer.complete, answer.incomplete);
    const swarm = this.#view.note(request.infoHash, answer, now);
    if (swarm !== NO_SWARM && request.left !== UNKNOWN_LEFT) swarms.noteLeft(swarm, request.left);
    const isOverUdp = (flags & (AnnounceFlag.onlyIp4 | AnnounceFlag.onlyIp6)) !== 0;
    stats.noteAnnounce(isOverUdp ? "udp" : "http", swarm, request, from);
    keepReachable(answer, fromReach);
    return answer;
  }

  async #countCompleted(infoHash: string): Promise<void> {
    const args = [this.#tracker.rules.emptySwarmSeconds * 1000];
    await this.#try(() => this.#link.run(COUNT_COMPLETED, swarmKeys(infoHash), args));
  }

  /** What nobody waits for an answer to: trouble is found out again by the next question. */
  async #try<T>(question: () => Promise<T>): Promise<T | undefined> {
    try {
      return await question();
    } catch (error) {
      this.#note(error);
      return undefined;
    }
  }

  /** Turns what is wrong with the store into a failure reason. */
  async #ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (error) {
      this.#note(error);
      throw new Refusal("Tracker cannot reach its store", "store_unavailable", RETRY_MINUTES);
    }
  }

  /** Passes what is no trouble of the store's on. Outages are told by the link. */
  #note(error: unknown): void {
    if (!(error instanceof StoreError)) throw error;
    if (!error.isOutage) this.#link.tell(error);
  }

  #head({ infoHash }: AnnounceRequest, from: Uint8Array, answer: SharedAnswer) {
    const { rules, swarms, web } = this.#tracker;
    const swarm = web.size === 0 ? NO_SWARM : swarms.find(infoHash);
    return {
      complete: answer.complete + web.complete(swarm),
      incomplete: answer.incomplete + web.incomplete(swarm),
      interval: rules.intervalSeconds,
      minInterval: rules.minIntervalSeconds,
      externalIp: from,
    };
  }

  #withBrowsers(infoHash: string, stats: Required<ScrapeStats> | undefined): ScrapeStats {
    const { complete = 0, downloaded = 0, downloaders = 0, incomplete = 0 } = stats ?? {};
    const { swarms, web } = this.#tracker;
    const swarm = swarms.find(infoHash);
    const partial = incomplete - downloaders;
    const all = incomplete + web.incomplete(swarm);
    return {
      complete: complete + web.complete(swarm),
      downloaded,
      incomplete: all,
      ...(partial > 0 && { downloaders: all - partial }),
    };
  }
}
