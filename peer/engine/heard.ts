// What a peer has said of itself while nobody could understand it, since the torrent's info dictionary was not here: kept,
// and said once more to the engine that can. https://www.bittorrent.org/beps/bep_0009.html

import { ExtensionId } from "../../protocol/extension.ts";
import type { MessageHandler } from "../../protocol/message_decoder.ts";

/** More than these nobody has to say in the short time before the metadata are here. Whoever does is met anew. */
const MOST_BITFIELD_BYTES = 64 * 1024;
const MOST_HAVES = 4096;
const MOST_ALLOWED = 64;
const MOST_HANDSHAKES = 4;
const MOST_HANDSHAKE_BYTES = 8192;

/** One peer's words. */
export class Heard {
  #bitfield: Uint8Array | undefined;
  #fastPieces: "all" | "none" | undefined;
  #haves: number[] | undefined;
  #allowed: number[] | undefined;
  #handshakes: Uint8Array[] | undefined;
  #isUnchoking = false;
  #isInterested = false;
  #isTooMuch = false;

  /** It has said more than is kept. */
  get isTooMuch(): boolean {
    return this.#isTooMuch;
  }

  onChoke(): void {
    this.#isUnchoking = false;
  }

  onUnchoke(): void {
    this.#isUnchoking = true;
  }

  onInterest(isInterested: boolean): void {
    this.#isInterested = isInterested;
  }

  onBitfield(bits: Uint8Array): void {
    if (this.#saysAgain() || bits.length > MOST_BITFIELD_BYTES) this.#giveUp();
    else this.#bitfield = bits.slice();
  }

  onFastPieces(pieces: "all" | "none"): void {
    if (this.#saysAgain()) this.#giveUp();
    else this.#fastPieces = pieces;
  }

  onHave(index: number): void {
    this.#haves = this.#keep(this.#haves, index, MOST_HAVES);
  }

  onAllowedFast(index: number): void {
    this.#allowed = this.#keep(this.#allowed, index, MOST_ALLOWED);
  }

  /** Its introduction in the extension protocol. */
  onHandshake(payload: Uint8Array): void {
    if (payload.length > MOST_HANDSHAKE_BYTES) this.#giveUp();
    else this.#handshakes = this.#keep(this.#handshakes, payload.slice(), MOST_HANDSHAKES);
  }

  /**
   * Says it all again.
   *
   * @throws {ProtocolError} as `to` does at what breaks its rules
   */
  repeat(to: MessageHandler): void {
    for (const payload of this.#handshakes ?? []) to.onExtended(ExtensionId.handshake, payload);
    if (this.#bitfield !== undefined) to.onBitfield(this.#bitfield);
    if (this.#fastPieces === "all") to.onHaveAll();
    if (this.#fastPieces === "none") to.onHaveNone();
    for (const index of this.#haves ?? []) to.onHave(index);
    for (const index of this.#allowed ?? []) to.onAllowedFast(index);
    if (this.#isInterested) to.onInterested();
    if (this.#isUnchoking) to.onUnchoke();
  }

  /** What pieces it has it says once, and first; some say it again later, which means something else then. */
  #saysAgain(): boolean {
    return this.#isTooMuch || this.#bitfield !== undefined || this.#fastPieces !== undefined ||
      this.#haves !== undefined;
  }

  #keep<T>(kept: T[] | undefined, one: T, most: number): T[] | undefined {
    if (this.#isTooMuch) return kept;
    if (kept === undefined) return [one];
    if (kept.length === most) {
      this.#giveUp();
      return undefined;
    }
    kept.push(one);
    return kept;
  }

  #giveUp(): void {
    this.#isTooMuch = true;
    this.#bitfield = this.#fastPieces = undefined;
    this.#haves = this.#allowed = this.#handshakes = undefined;
  }
}
