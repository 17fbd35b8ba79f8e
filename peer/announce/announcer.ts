// When a torrent announces, to which tracker, and with what event.
// https://www.bittorrent.org/beps/bep_0012.html (tiers), https://www.bittorrent.org/beps/bep_0031.html (retry in).
// How one announce crosses the network is http_tracker.ts's. Which of the peers are ourselves is the caller's.
//
//   start ──▶ round ──a tracker answered──▶ wait the interval ──▶ round …     (sooner if peers are needed)
//               └──────all failed─────────▶ wait the back-off ──▶ round …     5 s, 10, 20 … 5 min
//
// A round asks tracker after tracker until one answers. There is one round at a time, and only `tick()` starts one.

import type { AnnounceEvent, AnnounceRequest, AnnounceResponse } from "../../protocol/announce.ts";
import { toBinary } from "../../protocol/bytes.ts";
import type { PeerAddress } from "../../protocol/compact.ts";
import { TrackerError } from "../../protocol/errors.ts";
import type { InfoHash } from "../../protocol/info_hash.ts";
import { AnnounceSchedule } from "./announce_schedule.ts";
import type { HttpTrackers } from "./http_families.ts";
import { announceOverHttp, type Fetch } from "./http_tracker.ts";
import { Tiers, type Tracker } from "./tiers.ts";
import type { UdpTrackers } from "./udp_tracker.ts";

/** What a tracker is told of us. */
export interface AnnouncedState {
  infoHash: InfoHash;
  /** 20 bytes. */
  peerId: Uint8Array;
  /** Where we listen. */
  port: number;
  /** Bytes since the start. */
  uploaded: number;
  /** Bytes since the start. */
  downloaded: number;
  /** Bytes still missing. */
  left: number;
}

/** What became of one announce. */
export interface AnnounceReport {
  tracker: string;
  event: AnnounceEvent;
  ok: boolean;
  /** Peers in the answer. */
  peers?: number;
  complete?: number;
  incomplete?: number;
  /** Until the next announce, unless peers are needed sooner. */
  intervalSeconds?: number;
  /** The tracker's words for people. */
  warning?: string;
  /** Our own address as the tracker sees it (BEP 24). */
  externalIp?: string;
  /** Why it failed. */
  error?: string;
  /** When all have failed: until it is tried again. */
  retryInSeconds?: number;
}

export interface AnnouncerOptions {
  tiers: readonly (readonly string[])[];
  /** Asked before each announce. */
  state(): AnnouncedState;
  onPeers(peers: PeerAddress[], tracker: string): void;
  onEvent?(report: AnnounceReport): void;
  /** Another tracker than before has answered: its peers come next. */
  onSwitch?(): void;
  /** Peers wanted in an answer. Default: the tracker's. */
  numwant?: number;
  /** Limit for one announce, in milliseconds. Default 15,000. */
  timeoutMs?: number;
  /** Clock in milliseconds, the one that `tick()` gets. Default `performance.now`. */
  now?: () => number;
  /** In [0, 1). Default `Math.random`. */
  random?: () => number;
  /** Default: the platform's. */
  fetch?: Fetch;
  /** By which trackers know us when our address has changed, hex digits. Default: made at random. */
  key?: string;
  /** What asks HTTP trackers. Default: one connection, over whatever family. */
  http?: HttpAnnounces | undefined;
  /** What asks UDP trackers; without it they aren't asked. */
  udp?: UdpAnnounces | undefined;
  /** Whether a UDP tracker's address may be asked. Default: every one. */
  isAllowed?: ((ip: string) => boolean) | undefined;
}

/** What is used of `HttpTrackers`. */
export type HttpAnnounces = Pick<HttpTrackers, "announce">;
/** What is used of `UdpTrackers`, so that tests can stand in for it. */
export type UdpAnnounces = Pick<UdpTrackers, "announce">;

/** Keeps one torrent announced. Driven by `tick()`; the one timer of its own bounds `stop()`. */
export class Announcer {
  #options: AnnouncerOptions;
  readonly #tiers: Tiers;
  readonly #now: () => number;
  readonly #timeoutMs: number;
  /** Lets a tracker recognise us after our address has changed. */
  readonly #key: string;
  readonly #schedule: AnnounceSchedule;
  #isNeedy = false;
  /** Rounds in a row for want of peers. */
  #needyRounds = 0;
  #isCompleted = false;
  /** The one that answered last. */
  #current: Tracker | undefined;
  #flight: { tracker: Tracker; startedAt: number; limit: AbortController } | undefined;
  #round: Promise<void> | undefined;
  #isStarted = false;
  #stopped: Promise<void> | undefined;

  constructor(options: AnnouncerOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    const random = options.random ?? Math.random;
    this.#timeoutMs = options.timeoutMs ?? 15_000;
    this.#tiers = new Tiers(options.tiers, random);
    this.#schedule = new AnnounceSchedule(random);
    this.#key = options.key ?? Math.floor(random() * 2 ** 32).toString(16).padStart(8, "0");
  }

  /** Another one speaks from here on for the same peer: who was told of us, and when, stays. */
  handOver(to: Pick<AnnouncerOptions, "state" | "onPeers" | "onEvent" | "onSwitch">): void {
    this.#options = { ...this.#options, ...to };
  }

  /** The tracker that answered last, by its URL. */
  get current(): string | undefined {
    return this.#current?.url;
  }

  /** Takes over the trackers of `other`, to be asked when all of these have failed: `other` has said its last words to them. */
  follow(other: Announcer): void {
    this.#tiers.append(other.#tiers);
    // None of ours may ever be asked, so none of them would ever fail.
    if (this.#schedule.nextAt === Infinity) this.#schedule.waitUntil(this.#now());
  }

  /** Begins with the first announce, at once. Trackers of kinds we don't know are reported, once. */
  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    for (const tracker of this.#tiers.all) {
      const error = unsupported(tracker.url, this.#options.udp !== undefined);
      if (error === undefined) continue;
      tracker.notBefore = Infinity;
      this.#report({ tracker: tracker.url, event: "started", ok: false, error });
    }
    const now = this.#now();
    this.#schedule.hurry(now);
    this.tick(now);
  }

  /** Once a second, by the owner: starts what is due, ends what takes too long. */
  tick(now: number): void {
    if (this.#stopped !== undefined) return;
    if (this.#flight !== undefined && now - this.#flight.startedAt >= this.#timeoutMs) {
      this.#flight.tracker.onSilence(this.#flight.startedAt);
      this.#flight.limit.abort(
        new TrackerError(`Cannot reach the tracker: no answer within ${this.#timeoutMs / 1000} s`),
      );
    }
    if (this.#round !== undefined || now < this.#schedule.dueAt(this.#isNeedy)) return;
    this.#round = this.#runRound().finally(() => this.#round = undefined);
  }

  /** Before this `tick()` has nothing to do, unless something else is called meanwhile. Infinity for never. */
  get dueAt(): number {
    if (this.#stopped !== undefined) return Infinity;
    return this.#round !== undefined ? -Infinity : this.#schedule.dueAt(this.#isNeedy);
  }

  /** The download is complete: trackers that know us as a leecher hear of it. */
  completed(): void {
    this.#isCompleted = true;
    if (this.#isStarted) this.#schedule.hurry(this.#now());
  }

  /**
   * Announces before the interval is over, but not before the tracker's min interval (or 30 s); later each time, up to 5
   * minutes, while nothing comes of it.
   */
  needPeers(): void {
    this.#isNeedy = true;
  }

  /** There are peers: the next need is a new one. */
  hasPeers(): void {
    this.#needyRounds = 0;
    this.#isNeedy = false;
  }

  /**
   * Announces `stopped` to the trackers that know us, and gives up after `timeoutMs`. Never rejects. Nothing is
   * announced afterwards. Idempotent.
   */
  stop(timeoutMs: number): Promise<void> {
    return this.#stopped ??= this.#stop(timeoutMs);
  }

  async #runRound(): Promise<void> {
    this.#needyRounds = this.#isNeedy ? this.#needyRounds + 1 : 0;
    this.#isNeedy = false;
    const now = this.#now();
    const candidates = this.#tiers.all.filter((tracker) => tracker.notBefore <= now);
    for (const [i, tracker] of candidates.entries()) {
      const event = this.#eventFor(tracker);
      const answer = await this.#ask(tracker, event);
      if (this.#stopped !== undefined) return;
      if (!(answer instanceof TrackerError)) {
        this.#tiers.promote(tracker);
        if (this.#current !== undefined && this.#current !== tracker) this.#options.onSwitch?.();
        this.#current = tracker;
        this.#schedule.onAnswer(this.#now(), answer, this.#needyRounds);
        // The last piece may have come while we were saying that something is left.
        if (this.#owesCompleted(tracker)) this.#schedule.hurry(this.#now());
        this.#deliver(tracker, event, answer);
        return await this.#tellOthers(tracker);
      }
      const isLast = i === candidates.length - 1;
      if (isLast) this.#schedule.onFailure(this.#now(), this.#firstAllowedAt());
      this.#reportFailure(tracker, event, answer, isLast);
    }
    if (candidates.length === 0) this.#schedule.waitUntil(this.#firstAllowedAt());
  }

  /** One announce; what a tracker has answered is remembered, whatever comes of it. */
  async #ask(tracker: Tracker, event: AnnounceEvent): Promise<AnnounceResponse | TrackerError> {
    const limit = new AbortController();
    this.#flight = { tracker, startedAt: this.#now(), limit };
    const answer = await this.#send(tracker, event, limit.signal);
    this.#flight = undefined;
    return answer;
  }

  async #send(
    tracker: Tracker,
    event: AnnounceEvent,
    signal: AbortSignal,
  ): Promise<AnnounceResponse | TrackerError> {
    const request = this.#requestFor(tracker, event);
    try {
      const answer = await this.#exchange(tracker, request, signal);
      tracker.onAnswer();
      tracker.knowsUs = true;
      tracker.toldLeft = request.left;
      tracker.trackerId = answer.trackerId ?? tracker.trackerId;
      return answer;
    } catch (error) {
      if (!(error instanceof TrackerError)) throw error;
      // Silence has been noted where it was found to have lasted long enough; all else is an answer of some kind.
      if (!signal.aborted) tracker.onAnswer();
      const { retryInSeconds } = error;
      if (retryInSeconds !== undefined) tracker.notBefore = this.#now() + retryInSeconds * 1000;
      return error;
    }
  }

  #exchange(tracker: Tracker, request: AnnounceRequest, signal: AbortSignal): Promise<AnnounceResponse> {
    const { fetch, http, isAllowed, udp } = this.#options;
    if (tracker.isUdp && udp !== undefined) return udp.announce(tracker.url, request, { signal, isAllowed });
    const options = fetch ? { signal, fetch } : { signal };
    return http?.announce(tracker.url, request, options) ?? announceOverHttp(tracker.url, request, options);
  }

  #eventFor(tracker: Tracker): AnnounceEvent {
    if (!tracker.knowsUs) return "started";
    return this.#owesCompleted(tracker) ? "completed" : "none";
  }

  /** It counts us as a leecher. One that met us complete never hears `completed`, as BEP 3 has it. */
  #owesCompleted(tracker: Tracker): boolean {
    return this.#isCompleted && tracker.knowsUs && tracker.toldLeft > 0;
  }

  #requestFor(tracker: Tracker, event: AnnounceEvent): AnnounceRequest {
    const state = this.#options.state();
    const request: AnnounceRequest = {
      infoHash: state.infoHash.binary,
      peerId: toBinary(state.peerId),
      port: state.port,
      uploaded: state.uploaded,
      downloaded: state.downloaded,
      left: state.left,
      event,
      compact: true,
      key: this.#key,
    };
    const numwant = event === "stopped" || this.#stopped !== undefined ? 0 : this.#options.numwant;
    if (numwant !== undefined) request.numwant = numwant;
    if (tracker.trackerId !== undefined) request.trackerId = tracker.trackerId;
    return request;
  }

  #firstAllowedAt(): number {
    return Math.min(Infinity, ...this.#tiers.all.map((tracker) => tracker.notBefore));
  }

  /** Trackers that we left for another one also hear that we are complete: one try each. */
  async #tellOthers(current: Tracker): Promise<void> {
    for (const tracker of this.#tiers.all) {
      if (tracker === current || !this.#owesCompleted(tracker) || tracker.notBefore > this.#now()) continue;
      const answer = await this.#ask(tracker, "completed");
      if (this.#stopped !== undefined) return;
      tracker.toldLeft = 0;
      if (answer instanceof TrackerError) this.#reportFailure(tracker, "completed", answer, false);
      else this.#deliver(tracker, "completed", answer);
    }
  }

  async #stop(timeoutMs: number): Promise<void> {
    // Who is being asked right now may have put us on its list already, so it is told, too.
    const asked = this.#flight?.tracker;
    this.#flight?.limit.abort(new TrackerError("Cannot reach the tracker: given up"));
    const targets = this.#tiers.all.filter((tracker) => tracker.knowsUs || tracker === asked);
    const limit = new AbortController();
    const timer = setTimeout(
      () => limit.abort(new TrackerError(`Cannot reach the tracker: no answer within ${timeoutMs / 1000} s`)),
      timeoutMs,
    );
    try {
      await Promise.all([
        this.#round,
        ...targets.map(async (tracker) => {
          // Who leaves at the moment of completion would otherwise never be counted.
          if (this.#owesCompleted(tracker)) await this.#sayLast(tracker, "completed", limit.signal);
          await this.#sayLast(tracker, "stopped", limit.signal);
        }),
      ]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** One of the last words to a tracker: its answer's peers are of no use any more. */
  async #sayLast(tracker: Tracker, event: AnnounceEvent, signal: AbortSignal): Promise<void> {
    const answer = await this.#send(tracker, event, signal);
    if (event === "stopped") tracker.knowsUs = false;
    if (answer instanceof TrackerError) this.#reportFailure(tracker, event, answer, false);
    else this.#report({ tracker: tracker.url, event, ok: true });
  }

  #deliver(tracker: Tracker, event: AnnounceEvent, answer: AnnounceResponse): void {
    const report: AnnounceReport = {
      tracker: tracker.url,
      event,
      ok: true,
      peers: answer.peers.length,
      intervalSeconds: this.#secondsToNext(),
    };
    if (answer.complete !== undefined) report.complete = answer.complete;
    if (answer.incomplete !== undefined) report.incomplete = answer.incomplete;
    if (answer.warning !== undefined) report.warning = answer.warning;
    if (answer.externalIp !== undefined) report.externalIp = answer.externalIp;
    this.#report(report);
    if (answer.peers.length > 0) this.#options.onPeers(answer.peers, tracker.url);
  }

  #reportFailure(tracker: Tracker, event: AnnounceEvent, error: TrackerError, isLast: boolean): void {
    const report: AnnounceReport = { tracker: tracker.url, event, ok: false, error: error.message };
    if (isLast && this.#schedule.nextAt !== Infinity) report.retryInSeconds = this.#secondsToNext();
    this.#report(report);
  }

  #secondsToNext(): number {
    return Math.max(0, Math.round((this.#schedule.nextAt - this.#now()) / 1000));
  }

  #report(report: AnnounceReport): void {
    this.#options.onEvent?.(report);
  }
}

/** Why we can't announce there, or undefined if we can. */
function unsupported(url: string, hasUdp: boolean): string | undefined {
  const protocol = URL.parse(url)?.protocol;
  if (protocol === "udp:" && hasUdp) return undefined;
  if (protocol === "http:" || protocol === "https:") return undefined;
  if (protocol === undefined) return "Cannot announce: the tracker's address isn't a URL";
  return `Cannot announce: trackers over ${protocol.slice(0, -1)} aren't supported yet`;
}
