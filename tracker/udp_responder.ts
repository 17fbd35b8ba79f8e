// What a datagram is answered. Bytes in, bytes out: the tracker's rules under the rules of BEP 15; the socket is
// udp_server.ts's. https://www.bittorrent.org/beps/bep_0015.html
//
// Until a sender has shown a connection id that was sent to its address, it may be anybody's address: nothing longer than
// what came goes there.

import { type AnnounceAnswer, type AnnounceEvent, TrackerRequestError, UdpAction } from "../protocol/mod.ts";
import { UdpAnswerWriter, UdpRequestReader } from "../protocol/udp_request.ts";
import type { Soon } from "./answers.ts";
import { ConnectionIds } from "./connection_id.ts";
import { Refusal } from "./refusal.ts";
import type { ProtocolStats } from "./stats.ts";
import type { SharedSwarms } from "./store/shared_swarms.ts";
import { NO_SWARM } from "./swarm_store.ts";
import type { Tracker } from "./tracker.ts";

/** Most bytes of peers in an answer: with headers still within 1,280, which every IPv6 network takes in one piece. */
const MAX_PEER_BYTES = 1206;
const MAX_PEERS4 = MAX_PEER_BYTES / 6;
const MAX_PEERS6 = MAX_PEER_BYTES / 18;
/** No request is longer, and every failure reason fits. */
const MAX_ERROR_BYTES = 512;

const EXPIRED = new Refusal("Connection id expired", "connection_expired");
const UNKNOWN = new TrackerRequestError("Unknown action");

/** Answers one datagram after the other. */
export class UdpResponder {
  readonly #tracker: Tracker;
  readonly #stats: ProtocolStats;
  readonly #ids: ConnectionIds;
  readonly #shared: SharedSwarms | undefined;
  readonly #reader = new UdpRequestReader();
  readonly #writer = new UdpAnswerWriter(MAX_PEER_BYTES);

  /**
   * `key`: four random words, from which connection ids are made. Trackers that share their swarms have that in common,
   * too, and the time: a client may connect to one and announce to another.
   */
  constructor(tracker: Tracker, key: Uint32Array, shared?: SharedSwarms) {
    this.#tracker = tracker;
    this.#shared = shared;
    this.#stats = tracker.stats.protocols.udp;
    this.#ids = new ConnectionIds(key);
  }

  /** Where a datagram goes that is to be answered. */
  get space(): Uint8Array {
    return this.#reader.space;
  }

  /**
   * Answers the datagram of `length` bytes in `space`, which came from `from`, 4 or 16 bytes.
   *
   * @returns The answer, borrowed until the next call; undefined if none is deserved. A promise where a store has to be
   * asked: no other datagram may be answered until then.
   */
  answer(length: number, from: Uint8Array, now: number): Soon<Uint8Array | undefined> {
    const reader = this.#reader;
    if (!reader.read(length)) return undefined;
    const { action, transactionId } = reader;
    if (action === UdpAction.connect) {
      const { id } = this.#ids;
      this.#ids.make(from, this.#idTime(now));
      return this.#writer.connect(transactionId, id[0] as number, id[1] as number);
    }
    if (!this.#ids.isValid(reader.connectionHigh, reader.connectionLow, from, this.#idTime(now))) {
      return this.#refuse(EXPIRED, length, from);
    }
    try {
      if (action === UdpAction.announce) return this.#announce(from, now);
      if (action === UdpAction.scrape) return this.#scrape(from, now);
    } catch (error) {
      return this.#fail(error, from);
    }
    return this.#refuse(UNKNOWN, MAX_ERROR_BYTES, from);
  }

  /** Connection ids count time in windows: with one clock for all who share the key. */
  #idTime(now: number): number {
    return this.#shared === undefined ? now : this.#shared.clock.at(now);
  }

  #announce(from: Uint8Array, now: number): Soon<Uint8Array> {
    const request = this.#reader.announce();
    const isIp6 = from.length !== 4;
    const { defaultNumwant } = this.#tracker.rules;
    request.numwant = Math.min(request.numwant ?? defaultNumwant, isIp6 ? MAX_PEERS6 : MAX_PEERS4);
    // The field has room for an IPv4 address only, and means nothing in a datagram over IPv6.
    if (isIp6) request.ip = undefined;
    if (this.#shared === undefined) {
      return this.#announced(this.#tracker.announceOneFamily(request, from, now), request.event);
    }
    const asker = from.slice(); // it is the next asker's address by the time the store has answered
    return this.#shared.announceOneFamily(request, from, now).then(
      (answer) => this.#announced(answer, request.event),
    ).catch((error) => this.#fail(error, asker));
  }

  #announced(answer: AnnounceAnswer, event: AnnounceEvent): Uint8Array {
    this.#stats.announces[event]++;
    return this.#writer.announce(this.#reader.transactionId, answer);
  }

  #scrape(from: Uint8Array, now: number): Soon<Uint8Array> {
    const tracker = this.#tracker;
    tracker.admission.admit(from, now);
    const count = Math.min(this.#reader.scrapes(), tracker.rules.maxScrape);
    if (this.#shared !== undefined) return this.#scrapeShared(this.#shared, count, from.slice(), now);
    for (let i = 0; i < count; i++) {
      const swarm = tracker.swarms.find(this.#reader.scraped(i));
      const completed = swarm === NO_SWARM ? 0 : tracker.swarms.completed(swarm);
      this.#writer.scraped(i, tracker.complete(swarm), completed, tracker.incomplete(swarm));
    }
    tracker.stats.scrapes++;
    this.#stats.scrapes++;
    return this.#writer.scrape(this.#reader.transactionId, count);
  }

  /** `from` is nobody else's. */
  async #scrapeShared(
    shared: SharedSwarms,
    count: number,
    from: Uint8Array,
    now: number,
  ): Promise<Uint8Array> {
    const infoHashes = Array.from({ length: count }, (_, i) => this.#reader.scraped(i));
    try {
      const files = await shared.scrape(infoHashes, now);
      for (const [i, infoHash] of infoHashes.entries()) {
        const { complete = 0, downloaded = 0, incomplete = 0 } = files.get(infoHash) ?? {};
        this.#writer.scraped(i, complete, downloaded, incomplete);
      }
    } catch (error) {
      return this.#fail(error, from);
    }
    this.#stats.scrapes++;
    return this.#writer.scrape(this.#reader.transactionId, count);
  }

  #fail(error: unknown, from: Uint8Array): Uint8Array {
    if (!(error instanceof TrackerRequestError)) throw error;
    return this.#refuse(error, MAX_ERROR_BYTES, from);
  }

  #refuse(error: TrackerRequestError, most: number, from: Uint8Array): Uint8Array {
    this.#tracker.stats.reject("udp", error, from);
    return this.#writer.error(this.#reader.transactionId, error.message, most);
  }
}
