// What happens because time passes: keep-alives, silence, peers that snub us, pieces that hold their buffer in vain.
// https://www.bittorrent.org/beps/bep_0003.html ("keepalives", "anti-snubbing" in Cohen's paper). Time is passed in.

import type { Downloader } from "./downloader.ts";
import type { PartialPiece } from "./partial_piece.ts";
import type { LandingBlock, Peer } from "./peer.ts";

/** Peers hang up after two minutes without a word. */
const KEEP_ALIVE_MS = 100_000;
const SILENCE_MS = 180_000;
/** Without a block for this long, others get the peer's blocks. */
const SNUB_MS = 60_000;
/**
 * For so long a block may land, if slowly, before its piece goes on in another buffer for others to bring it: who drips
 * could keep the last 512 KiB from us for nearly three minutes. Who is asked for so much sent it in 60 ms before.
 */
const LANDING_MS = 5_000;
/**
 * For so long a peer that stops in the middle of a block, of which 16 KiB have to come meanwhile, may keep the last blocks from
 * others that would bring them, or the buffer of a piece that was dropped.
 */
const HOLD_MS = 5_000;
/** A piece that nobody is asked for holds a scarce buffer this long. */
const IDLE_PIECE_MS = 5_000;
/** A piece that comes slowly holds a scarce buffer this long while a faster peer has nothing to do. */
const SLOW_PIECE_MS = 10_000;
/** A faster peer is one that brings so many times more blocks per second. */
const FASTER = 2;

/** The time limits of one torrent, looked at once a second. */
export class TimeLimits {
  readonly #peers: ReadonlySet<Peer>;
  readonly #downloader: Downloader;
  #lastEvictionAt = -Infinity;

  constructor(peers: ReadonlySet<Peer>, downloader: Downloader) {
    this.#peers = peers;
    this.#downloader = downloader;
  }

  /** Returns the peers that have been silent for too long. */
  tick(now: number): Peer[] {
    const silent: Peer[] = [];
    for (const peer of this.#peers) {
      if (now - peer.heardAt >= SILENCE_MS) {
        silent.push(peer);
        continue;
      }
      if (peer.landing !== undefined) this.#watch(peer, peer.landing, now);
      else if (peer.pipeline.waitedMs(now) >= SNUB_MS) this.#snub(peer);
      if (now - peer.sentAt >= KEEP_ALIVE_MS) {
        peer.wire.keepAlive();
        peer.sentAt = now;
      }
    }
    this.#changeSoleSources(now);
    this.#evict(now);
    return silent;
  }

  /** What the peer is in the middle of sending has to go on: it holds its place until the connection ends. */
  #watch(peer: Peer, { index, begin, length, beganAt, at }: LandingBlock, now: number): void {
    if (now - beganAt < LANDING_MS) return;
    const { picker, landings } = this.#downloader;
    const partial = picker.partial(index);
    const canOthers = picker.isEndgame && this.#hasAnother(peer, index);
    if (now - at >= HOLD_MS) {
      const isWanted = partial !== undefined && peer.pipeline.asked.hasWithin(index, begin, length);
      if (!isWanted || canOthers || now - at >= SNUB_MS) peer.wire.close("stopped in the middle of a block");
    } else if (canOthers && partial?.soleSource === undefined && partial?.isLandingOf(peer)) {
      landings.leave(partial);
    }
  }

  /** Somebody else would send this piece. */
  #hasAnother(peer: Peer, index: number): boolean {
    for (const other of this.#peers) {
      if (other !== peer && !other.peerChoking && !other.pipeline.isSnubbed && other.pieces.has(index)) {
        return true;
      }
    }
    return false;
  }

  /** The peer keeps us waiting: its blocks go to others, and it gets one chance at a time from here on. */
  #snub(peer: Peer): void {
    for (const { index, begin, length } of peer.pipeline.requests()) peer.wire.cancel(index, begin, length);
    peer.pipeline.isSnubbed = true;
    this.#downloader.giveUp(peer);
  }

  /** A piece that only one peer may send can't wait for that one forever. */
  #changeSoleSources(now: number): void {
    const { picker, badPieces } = this.#downloader;
    if (picker.soleSources === 0) return;
    for (const partial of picker.partials()) {
      if (partial.soleSource === undefined) continue;
      if (now - partial.beganAt < badPieces.patienceMs(partial.index)) continue;
      badPieces.beMorePatient(partial.index);
      this.#downloader.abandon(partial);
    }
  }

  /** With all buffers taken, drops the piece with the fewest blocks here of those that get nowhere; what came is kept. */
  #evict(now: number): void {
    const { picker } = this.#downloader;
    if (!picker.isOutOfBuffers || now - this.#lastEvictionAt < IDLE_PIECE_MS) return;
    const fastest = this.#fastestIdler();
    let victim: PartialPiece | undefined;
    for (const partial of picker.partials()) {
      const isIdle = partial.asked === 0 && now - partial.touchedAt >= IDLE_PIECE_MS;
      const isSlow = now - partial.beganAt >= SLOW_PIECE_MS &&
        (partial.blockCount - partial.missing) * 1000 * FASTER < fastest * (now - partial.beganAt);
      if (!isIdle && !isSlow) continue;
      if (victim === undefined || partial.missing > victim.missing) victim = partial;
    }
    if (victim === undefined) return;
    this.#lastEvictionAt = now;
    this.#downloader.keeping.keep(victim);
    this.#downloader.abandon(victim);
  }

  /** Blocks per second of the fastest peer that could send something and is asked for nothing; 0 if there is none. */
  #fastestIdler(): number {
    let fastest = 0;
    for (const { peerChoking, amInterested, pipeline } of this.#peers) {
      if (peerChoking || !amInterested || pipeline.isSnubbed || pipeline.asked.length > 0) continue;
      fastest = Math.max(fastest, pipeline.blockRate);
    }
    return fastest;
  }
}
