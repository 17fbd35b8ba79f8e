// Datagrams between a client and a UDP tracker, as the tracker sees them: requests read, answers written.
// https://www.bittorrent.org/beps/bep_0015.html, https://www.bittorrent.org/beps/bep_0041.html (URL data).
//
// One reader and one writer serve all datagrams, one after the other: each is read and answered where it lies. Nothing is
// made for a datagram but the strings by which the tracker knows torrent, peer and key.

import { type AnnounceRequest, UNKNOWN_LEFT } from "./announce.ts";
import { TrackerRequestError } from "./errors.ts";
import {
  MAX_UDP_SCRAPE,
  UDP_ANNOUNCE_ANSWER_LENGTH,
  UDP_ANNOUNCE_LENGTH,
  UDP_CONNECT_LENGTH,
  UDP_EVENTS,
  UDP_HEADER_LENGTH,
  UDP_PROTOCOL_ID,
  UDP_SCRAPE_ENTRY_LENGTH,
  UDP_SCRAPE_LENGTH,
  UdpAction,
  UdpOption,
} from "./udp_tracker.ts";

/** Room for a datagram: an announce with 1,900 bytes of URL data. What is longer is cut off there by the socket. */
const RECEIVE_BYTES = 2048;

/** Reads clients' datagrams, one at a time: received into `space`, then `read()`, then what it turned out to be. */
export class UdpRequestReader {
  /** Where the next datagram goes. */
  readonly space: Uint8Array = new Uint8Array(RECEIVE_BYTES);
  /** One of UdpAction, or a number that means nothing. */
  action = 0;
  transactionId = 0;
  /** The connection id that it shows, as two words; meaningless for a connect. */
  connectionHigh = 0;
  connectionLow = 0;

  readonly #view = new DataView(this.space.buffer);
  #length = 0;
  // One for all announces: filled anew by each.
  readonly #announce: AnnounceRequest = {
    infoHash: "",
    peerId: "",
    port: 0,
    uploaded: 0,
    downloaded: 0,
    left: 0,
    event: "none",
    numwant: undefined,
    compact: true,
    noPeerId: undefined,
    ip: undefined,
    key: undefined,
    trackerId: undefined,
  };

  /** Looks at the `length` bytes in `space`. False if that is no request of BEP 15, and deserves no answer. */
  read(length: number): boolean {
    this.#length = length;
    if (length < UDP_CONNECT_LENGTH) return false;
    const view = this.#view;
    this.connectionHigh = view.getUint32(0);
    this.connectionLow = view.getUint32(4);
    this.action = view.getUint32(8);
    this.transactionId = view.getUint32(12);
    if (this.action !== UdpAction.connect) return true;
    return this.connectionHigh === UDP_PROTOCOL_ID[0] && this.connectionLow === UDP_PROTOCOL_ID[1];
  }

  /**
   * The announce that was read; borrowed until the next one.
   *
   * @throws {TrackerRequestError} whose message is for the client.
   */
  announce(): AnnounceRequest {
    if (this.#length < UDP_ANNOUNCE_LENGTH) throw new TrackerRequestError("Announce too short");
    const view = this.#view;
    const request = this.#announce;
    const event = UDP_EVENTS[view.getUint32(80)];
    if (event === undefined) throw new TrackerRequestError("Invalid event: must be 0 to 4");
    const port = view.getUint16(96);
    if (port === 0) throw new TrackerRequestError("Invalid port: must be 1 to 65535");
    const ip = view.getUint32(84);
    const key = view.getUint32(88);
    const numwant = view.getInt32(92);
    this.#checkOptions();
    request.infoHash = this.#binary(16);
    request.peerId = this.#binary(36);
    request.downloaded = this.#counter(56);
    request.left = this.#counter(64);
    request.uploaded = this.#counter(72);
    request.event = event;
    request.ip = ip === 0 ? undefined : `${ip >>> 24}.${ip >>> 16 & 255}.${ip >>> 8 & 255}.${ip & 255}`;
    request.key = key === 0 ? undefined : key.toString(16);
    request.numwant = numwant < 0 ? undefined : numwant;
    request.port = port;
    return request;
  }

  /** The path and query of the URL by which the announce's sender knows us (BEP 41), a binary string; "" if it didn't say. */
  urlData(): string {
    let text = "";
    for (let at = UDP_ANNOUNCE_LENGTH; at < this.#length;) {
      const type = this.space[at];
      if (type === UdpOption.end) break;
      if (type === UdpOption.urlData) {
        const end = at + 2 + (this.space[at + 1] as number);
        for (let i = at + 2; i < end; i++) text += String.fromCharCode(this.space[i] as number);
      }
      at = this.#afterOption(at);
    }
    return text;
  }

  /**
   * How many info hashes the scrape names that was read.
   *
   * @throws {TrackerRequestError} whose message is for the client.
   */
  scrapes(): number {
    const count = Math.floor((this.#length - UDP_SCRAPE_LENGTH) / 20);
    if (count === 0) throw new TrackerRequestError("Name an info_hash");
    return Math.min(count, MAX_UDP_SCRAPE);
  }

  /** The info hash that the scrape names at a place from 0 on, a binary string. */
  scraped(place: number): string {
    return this.#binary(UDP_SCRAPE_LENGTH + 20 * place);
  }

  #checkOptions(): void {
    let at = UDP_ANNOUNCE_LENGTH;
    while (at < this.#length && this.space[at] !== UdpOption.end) at = this.#afterOption(at);
    if (at > this.#length) throw new TrackerRequestError("Invalid options: cut short");
  }

  /** Where the option after that at `at` begins: beyond the end if it is cut short. Unknown ones have a length, too. */
  #afterOption(at: number): number {
    if (this.space[at] === UdpOption.nop) return at + 1;
    return at + 1 < this.#length ? at + 2 + (this.space[at + 1] as number) : Infinity;
  }

  #counter(at: number): number {
    const value = this.#view.getUint32(at) * 2 ** 32 + this.#view.getUint32(at + 4);
    return value > Number.MAX_SAFE_INTEGER ? UNKNOWN_LEFT : value;
  }

  #binary(at: number): string {
    const b = this.space;
    // As in query.ts: adding up single characters takes twice the time.
    // deno-fmt-ignore
    return String.fromCharCode(
      b[at] as number, b[at + 1] as number, b[at + 2] as number, b[at + 3] as number, b[at + 4] as number,
      b[at + 5] as number, b[at + 6] as number, b[at + 7] as number, b[at + 8] as number, b[at + 9] as number,
      b[at + 10] as number, b[at + 11] as number, b[at + 12] as number, b[at + 13] as number, b[at + 14] as number,
      b[at + 15] as number, b[at + 16] as number, b[at + 17] as number, b[at + 18] as number, b[at + 19] as number,
    );
  }
}

/** What an announce is answered, with the peers of the asker's own address family. */
export interface UdpAnnounceAnswer {
  interval: number;
  complete: number;
  incomplete: number;
  /** Compact, 6 or 18 bytes each. */
  peers: Uint8Array;
}

/** Writes answers, each over the one before. What they return is borrowed until the next. */
export class UdpAnswerWriter {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  /** By length: most answers are as long as one before. */
  readonly #views: Uint8Array[] = [];

  /** `maxPeerBytes`: room for the peers of an answer. */
  constructor(maxPeerBytes: number) {
    const most = UDP_HEADER_LENGTH + MAX_UDP_SCRAPE * UDP_SCRAPE_ENTRY_LENGTH;
    this.#bytes = new Uint8Array(Math.max(UDP_ANNOUNCE_ANSWER_LENGTH + maxPeerBytes, most));
    this.#view = new DataView(this.#bytes.buffer);
  }

  connect(transactionId: number, connectionHigh: number, connectionLow: number): Uint8Array {
    this.#header(UdpAction.connect, transactionId);
    this.#view.setUint32(8, connectionHigh);
    this.#view.setUint32(12, connectionLow);
    return this.#written(UDP_CONNECT_LENGTH);
  }

  announce(transactionId: number, { complete, incomplete, interval, peers }: UdpAnnounceAnswer): Uint8Array {
    this.#header(UdpAction.announce, transactionId);
    this.#view.setUint32(8, interval);
    this.#view.setUint32(12, incomplete);
    this.#view.setUint32(16, complete);
    this.#bytes.set(peers, UDP_ANNOUNCE_ANSWER_LENGTH);
    return this.#written(UDP_ANNOUNCE_ANSWER_LENGTH + peers.length);
  }

  /** Puts the counts of the info hash at a place, from 0 on, into the answer that `scrape()` will give. */
  scraped(place: number, complete: number, downloaded: number, incomplete: number): void {
    const at = UDP_HEADER_LENGTH + place * UDP_SCRAPE_ENTRY_LENGTH;
    this.#view.setUint32(at, complete);
    this.#view.setUint32(at + 4, downloaded);
    this.#view.setUint32(at + 8, incomplete);
  }

  scrape(transactionId: number, count: number): Uint8Array {
    this.#header(UdpAction.scrape, transactionId);
    return this.#written(UDP_HEADER_LENGTH + count * UDP_SCRAPE_ENTRY_LENGTH);
  }

  /** `reason` is ASCII. What is beyond `most` bytes in all is cut off. */
  error(transactionId: number, reason: string, most: number): Uint8Array {
    this.#header(UdpAction.error, transactionId);
    const length = Math.max(UDP_HEADER_LENGTH, Math.min(UDP_HEADER_LENGTH + reason.length, most));
    for (let i = UDP_HEADER_LENGTH; i < length; i++) {
      this.#bytes[i] = reason.charCodeAt(i - UDP_HEADER_LENGTH);
    }
    return this.#written(length);
  }

  #header(action: number, transactionId: number): void {
    this.#view.setUint32(0, action);
    this.#view.setUint32(4, transactionId);
  }

  #written(length: number): Uint8Array {
    return this.#views[length] ??= this.#bytes.subarray(0, length);
  }
}
