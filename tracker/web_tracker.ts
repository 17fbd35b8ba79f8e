// What announces and scrapes over WebSockets do: offers are passed on to other peers of the swarm, each to another one,
// answers to whom they are for, and the sender is told the counts. Knows neither sockets nor a clock.
//
// Who is who. A peer is its peer id within a swarm, and lives as long as its connection. Nobody can change another's
// peer: the same id on another connection is refused, unless it comes from the same address, as one does that
// has lost its connection and made a new one.
//
// Who comes to a full swarm is a guest of it (web_guests.ts): its offers are passed on and their answers brought back, and
// no offers go to it.

import {
  formatWebAnswer,
  formatWebDescription,
  formatWebFailure,
  formatWebScrape,
  parseWebMessage,
  type ScrapeStats,
  TrackerRequestError,
  UNKNOWN_LEFT,
  type WebAnnounce,
  type WebAnswer,
  type WebScrape,
} from "../protocol/mod.ts";
import { fromBinary } from "../protocol/bytes.ts";
import type { Answers } from "./answers.ts";
import { Refusal } from "./refusal.ts";
import type { ProtocolStats } from "./stats.ts";
import { NO_SWARM } from "./swarm.ts";
import type { Tracker } from "./tracker.ts";
import { WebGuests } from "./web_guests.ts";
import type { WebConnection, WebPeer } from "./web_swarms.ts";

/** Swarms that one connection may be in: a client has one connection for all its torrents. */
const MAX_SWARMS = 1000;
/** Seconds between announces, where the tracker's own interval is longer: offers are only good for a minute. */
const MOST_INTERVAL_SECONDS = 120;
/** Peers that one call of reap() looks at. */
const REAP_PEERS = 2000;

/** The rules for web peers. */
export class WebTracker {
  /** What scrapes are answered by: the tracker, or the store that it shares with others. */
  answers: Answers;
  readonly #tracker: Tracker;
  readonly #guests = new WebGuests();
  /** Which denials the peers are looked at for, and those that are still to be looked at. */
  #denials = 0;
  #suspects: Iterator<WebPeer> | undefined;
  /** What has come and gone over WebSockets. */
  readonly stats: ProtocolStats;

  constructor(tracker: Tracker) {
    this.#tracker = tracker;
    this.answers = tracker;
    this.stats = tracker.stats.protocols.websocket;
  }

  /** Takes in a message. What it makes the tracker say goes out by connections' send(). */
  receive(text: string, connection: WebConnection, now: number): void {
    this.stats.bytesIn += text.length;
    let message: WebAnnounce | WebScrape | undefined;
    try {
      message = parseWebMessage(text);
      if (message.action === "scrape") this.#scrape(message, connection, now);
      else if (message.answer !== undefined) this.#passOn(message, message.answer, connection, now);
      else this.#announce(message, connection, now);
    } catch (error) {
      this.#refuse(error, connection, message);
    }
  }

  /** A connection has ended: its peers are gone. */
  disconnect(connection: WebConnection): void {
    for (const peer of [...connection.peers.values()]) this.#remove(peer);
    this.#guests.disconnect(connection);
  }

  /** Forgets a peer whose connection stays. */
  drop(peer: WebPeer): void {
    this.#remove(peer);
  }

  /**
   * Forgets peers that have stopped announcing, though their connections are there, and those that aren't served any more.
   * Call it once a second.
   */
  reap(now: number): void {
    const { unwanted, web } = this.#tracker;
    const since = this.#tracker.tenths(now) - this.#tracker.peerTimeout(now) * 10;
    const hasSwarm = (swarm: number) => unwanted.hasSwarm(swarm);
    for (const peer of web.silentSince(since, REAP_PEERS, hasSwarm)) this.#remove(peer);
    this.#removeDenied();
    this.#guests.reap(now);
  }

  /** Peers whose address or client has been denied since they were let in: all are looked at once, in slices. */
  #removeDenied(): void {
    const { admission: { lists }, web } = this.#tracker;
    // Not begun anew before it has ended: the last of many peers would never be looked at while others are denied.
    if (this.#suspects === undefined && lists.denials !== this.#denials) {
      this.#suspects = web.all();
      this.#denials = lists.denials;
    }
    for (let left = REAP_PEERS / lists.cost; this.#suspects !== undefined && left > 0; left--) {
      const { done, value: peer } = this.#suspects.next();
      if (done) this.#suspects = undefined;
      else if (lists.deniesPeer(() => fromBinary(peer.peerId), peer.connection.endpoint.subarray(0, -2))) {
        this.#remove(peer);
      }
    }
  }

  #announce(message: WebAnnounce, connection: WebConnection, now: number): void {
    const { infoHash, offers, peerId } = message;
    const from = connection.endpoint.subarray(0, -2);
    this.#tracker.admission.admit(from, now, offers.length);
    this.#tracker.admission.lists.check(infoHash, peerId, from);
    const swarm = message.event === "stopped"
      ? this.#stop(message, connection)
      : this.#join(message, connection, now);
    this.stats.announces[message.event]++;
    this.#tracker.stats.noteAnnounce("websocket", swarm, { ...message, port: portOf(connection) }, from);
    connection.send(formatWebAnswer({
      infoHash,
      interval: Math.min(this.#tracker.rules.intervalSeconds, MOST_INTERVAL_SECONDS),
      complete: this.#tracker.complete(swarm),
      incomplete: this.#tracker.incomplete(swarm),
    }));
  }

  /** Returns the swarm. */
  #join(message: WebAnnounce, connection: WebConnection, now: number): number {
    const { downloaded, infoHash, left, peerId, uploaded } = message;
    const { swarms, web } = this.#tracker;
    const isSeeder = left === 0 || (message.event === "completed" && left === UNKNOWN_LEFT);
    const peer = this.#recognise(infoHash, peerId, connection) ??
      this.#add(message, connection, isSeeder, now);
    if (peer === undefined) {
      const swarm = swarms.find(infoHash);
      this.#offer(message, { swarm, isSeeder });
      return swarm;
    }
    const { swarm } = peer;
    web.setSeeder(peer, isSeeder);
    peer.lastSeen = this.#tracker.tenths(now);
    peer.uploaded = uploaded;
    peer.downloaded = downloaded;
    peer.left = left;
    if (message.event === "completed" && isSeeder && !peer.hasCompleted) {
      peer.hasCompleted = true;
      this.#tracker.countCompleted(swarm);
    }
    if (left !== UNKNOWN_LEFT) swarms.noteLeft(swarm, left);
    swarms.noteAnnounce(swarm, peer.lastSeen);
    this.#tracker.swarms.touch(peer.swarm);
    this.#offer(message, peer);
    return swarm;
  }

  /** Passes offers on, each to another peer. */
  #offer({ infoHash, offers, peerId }: WebAnnounce, asker: Pick<WebPeer, "swarm" | "isSeeder">): void {
    for (const [i, other] of this.#tracker.web.choose(asker, offers.length).entries()) {
      const offer = offers[i];
      if (offer === undefined) break;
      other.connection.send(formatWebDescription("offer", { ...offer, infoHash, peerId }));
    }
  }

  /** The sender's own peer, on its connection from now on; undefined if it is new, or was a guest, and is none now. */
  #recognise(infoHash: string, peerId: string, connection: WebConnection): WebPeer | undefined {
    const swarm = this.#tracker.swarms.find(infoHash);
    const peer = swarm === NO_SWARM ? undefined : this.#tracker.web.find(swarm, peerId);
    const guest = this.#guests.find(infoHash, peerId);
    const before = (peer ?? guest)?.connection ?? connection;
    if (before !== connection && !isSameAddress(before, connection)) {
      throw new Refusal("Peer id is in use by another peer", "address_taken");
    }
    // One that this connection was under another peer id, too.
    for (const former of [guest, connection.guests.get(infoHash)]) {
      if (former !== undefined) this.#guests.remove(former);
    }
    if (peer === undefined || before === connection) return peer;
    const other = connection.peers.get(swarm);
    if (other !== undefined) this.#remove(other);
    this.#tracker.web.reconnect(peer, connection);
    return peer;
  }

  /** The sender as a new peer; undefined if the swarm is full: it is a guest then. */
  #add(
    { infoHash, peerId }: WebAnnounce,
    connection: WebConnection,
    isSeeder: boolean,
    now: number,
  ): WebPeer | undefined {
    const { swarms, web } = this.#tracker;
    const known = swarms.find(infoHash);
    // A client that has changed its peer id without a word.
    const former = known === NO_SWARM ? undefined : connection.peers.get(known);
    if (former !== undefined) this.#remove(former);
    if (connection.peers.size + connection.guests.size >= MAX_SWARMS) {
      throw new Refusal(`Too many torrents on one connection: at most ${MAX_SWARMS}`, "full");
    }
    const swarm = this.#tracker.enter(infoHash);
    // Who had a place under its former peer id has that.
    if (former === undefined && this.#tracker.isFullOfBrowsers(swarm)) {
      this.#guests.add({ infoHash, peerId, connection, announcedAt: now });
      return undefined;
    }
    return web.add({ swarm, peerId, connection, isSeeder, lastSeen: this.#tracker.tenths(now) });
  }

  /** Returns the swarm, or NO_SWARM if it went with its last peer. */
  #stop({ infoHash, peerId }: WebAnnounce, connection: WebConnection): number {
    const swarm = this.#tracker.swarms.find(infoHash);
    const peer = swarm === NO_SWARM ? undefined : this.#tracker.web.find(swarm, peerId);
    if (peer?.connection === connection) this.#remove(peer);
    const guest = this.#guests.find(infoHash, peerId);
    if (guest?.connection === connection) this.#guests.remove(guest);
    return this.#tracker.swarms.find(infoHash);
  }

  #passOn(
    { infoHash, peerId }: WebAnnounce,
    { toPeerId, ...answer }: WebAnswer,
    from: WebConnection,
    now: number,
  ): void {
    this.#tracker.admission.admitAnswer(from.endpoint.subarray(0, -2), now);
    const swarm = this.#tracker.swarms.find(infoHash);
    // Only for peers of the swarm: nobody else was given an offer. Whom it is for may have left, that is no mistake.
    if (swarm === NO_SWARM || from.peers.get(swarm)?.peerId !== peerId) {
      throw new TrackerRequestError("Cannot pass on an answer: announce first");
    }
    const other = this.#tracker.web.find(swarm, toPeerId) ?? this.#guests.find(infoHash, toPeerId);
    other?.connection.send(formatWebDescription("answer", { ...answer, infoHash, peerId }));
  }

  #scrape(message: WebScrape, connection: WebConnection, now: number): void {
    this.#tracker.admission.admit(connection.endpoint.subarray(0, -2), now);
    const files = this.answers.scrape(message.infoHashes, now);
    const respond = (files: Map<string, ScrapeStats>) => {
      this.stats.scrapes++;
      connection.send(formatWebScrape(files));
    };
    if (!(files instanceof Promise)) return respond(files);
    files.then(respond).catch((error) => this.#refuse(error, connection, message));
  }

  #refuse(error: unknown, connection: WebConnection, message: WebAnnounce | WebScrape | undefined): void {
    if (!(error instanceof TrackerRequestError)) throw error;
    this.#tracker.stats.reject("websocket", error, connection.endpoint.subarray(0, -2));
    connection.send(formatWebFailure(error.message, message));
  }

  #remove(peer: WebPeer): void {
    this.#tracker.swarms.touch(peer.swarm);
    this.#tracker.web.remove(peer);
    this.#tracker.forgetIfEmpty(peer.swarm);
  }
}

function portOf({ endpoint }: WebConnection): number {
  return ((endpoint.at(-2) as number) << 8) | (endpoint.at(-1) as number);
}

function isSameAddress({ endpoint: a }: WebConnection, { endpoint: b }: WebConnection): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length - 2; i++) if (a[i] !== b[i]) return false;
  return true;
}
