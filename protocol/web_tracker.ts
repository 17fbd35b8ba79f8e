// What WebTorrent peers in browsers and trackers say to each other over a WebSocket: announces that carry offers and
// answers of WebRTC, and scrapes, as JSON in which info hashes and ids are binary strings. There is no BEP for it:
// this follows what webtorrent and bittorrent-tracker send. Whom an offer is passed on to is the tracker's business.

import { type AnnounceEvent, UNKNOWN_LEFT } from "./announce.ts";
import { TrackerRequestError } from "./errors.ts";
import type { ScrapeStats } from "./scrape.ts";

/** A WebRTC session description on its way from one peer to another. */
export interface WebOffer {
  /** Chosen by the offering peer; the answer names it. 20 bytes as a binary string. */
  offerId: string;
  /** What WebRTC calls SDP: opaque to trackers. */
  sdp: string;
}

/** An answer to an offer. */
export interface WebAnswer extends WebOffer {
  /** The peer that made the offer, 20 bytes as a binary string. */
  toPeerId: string;
}

/** One announce over a WebSocket. Info hash and peer id are binary strings of 20 bytes. */
export interface WebAnnounce {
  /** Tells it from a scrape. */
  action: "announce";
  /** Of the torrent. */
  infoHash: string;
  /** Of the sender. */
  peerId: string;
  /** What happened since the last one. */
  event: AnnounceEvent;
  /** Bytes sent to peers. */
  uploaded: number;
  /** Bytes received from peers. */
  downloaded: number;
  /** Bytes still to be fetched; `UNKNOWN_LEFT` if it was not said. */
  left: number;
  /** To be passed on, each to another peer. */
  offers: WebOffer[];
  /** To be passed on to the peer it names: then nothing else in the announce counts. */
  answer?: WebAnswer;
}

/** A scrape over a WebSocket. */
export interface WebScrape {
  /** Tells it from an announce. */
  action: "scrape";
  /** Binary strings, each once; none means "all". */
  infoHashes: string[];
}

/** Most offers of one announce that are read: clients send 5 or 10. */
const MAX_OFFERS = 50;
/** Longest description that is passed on, in characters: browsers' are 1,000 to 5,000 long. */
const MAX_SDP_LENGTH = 16 * 1024;

/**
 * Reads a message of a WebTorrent peer.
 *
 * @throws {TrackerRequestError} whose message is the failure reason.
 */
export function parseWebMessage(text: string): WebAnnounce | WebScrape {
  const message = parseObject(text);
  switch (message["action"]) {
    case "announce":
      return readAnnounce(message);
    case "scrape":
      return { action: "scrape", infoHashes: readHashes(message["info_hash"]) };
    default:
      throw new TrackerRequestError("Invalid action: must be announce or scrape");
  }
}

type Fields = Record<string, unknown>;

function parseObject(text: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new TrackerRequestError("Invalid message: must be JSON");
  }
  if (!isFields(value)) throw new TrackerRequestError("Invalid message: must be an object");
  return value;
}

function readAnnounce(message: Fields): WebAnnounce {
  const announce: WebAnnounce = {
    action: "announce",
    infoHash: readId(message["info_hash"], "info_hash"),
    peerId: readId(message["peer_id"], "peer_id"),
    event: readEvent(message["event"]),
    uploaded: readBytes(message["uploaded"], 0, "uploaded"),
    downloaded: readBytes(message["downloaded"], 0, "downloaded"),
    left: readBytes(message["left"], UNKNOWN_LEFT, "left"),
    offers: readOffers(message["offers"]),
  };
  const { answer } = message;
  if (answer !== undefined && answer !== null) {
    announce.answer = {
      sdp: readSdp(answer, "answer"),
      offerId: readId(message["offer_id"], "offer_id"),
      toPeerId: readId(message["to_peer_id"], "to_peer_id"),
    };
  }
  return announce;
}

function readOffers(offers: unknown): WebOffer[] {
  if (offers === undefined || offers === null) return [];
  if (!Array.isArray(offers)) throw new TrackerRequestError("Invalid offers: must be a list");
  return offers.slice(0, MAX_OFFERS).map((each) => {
    if (!isFields(each)) throw new TrackerRequestError("Invalid offers: must be a list of objects");
    return { sdp: readSdp(each["offer"], "offer"), offerId: readId(each["offer_id"], "offer_id") };
  });
}

function readSdp(description: unknown, type: "offer" | "answer"): string {
  const isWhole = isFields(description) && description["type"] === type;
  const sdp = isWhole ? description["sdp"] : undefined;
  if (typeof sdp === "string" && sdp.length <= MAX_SDP_LENGTH) return sdp;
  if (typeof sdp === "string") {
    throw new TrackerRequestError(
      `Invalid ${type}: must have an sdp of ${MAX_SDP_LENGTH} characters at most`,
    );
  }
  throw new TrackerRequestError(`Invalid ${type}: must have type "${type}" and an sdp`);
}

function readHashes(hashes: unknown): string[] {
  if (hashes === undefined || hashes === null) return [];
  const list: unknown[] = Array.isArray(hashes) ? hashes : [hashes];
  return [...new Set(list.map((hash) => readId(hash, "info_hash")))];
}

function readId(value: unknown, name: string): string {
  if (value === undefined) throw new TrackerRequestError(`Missing ${name}`);
  if (typeof value === "string" && value.length === 20 && isBinary(value)) return value;
  throw new TrackerRequestError(`Invalid ${name}: must be 20 bytes`);
}

function isBinary(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 255) return false;
  return true;
}

function readEvent(event: unknown): AnnounceEvent {
  switch (event) {
    case "started":
    case "stopped":
    case "completed":
    case "paused":
      return event;
    case undefined:
    case null:
    case "":
    case "update":
      return "none";
    default:
      throw new TrackerRequestError("Invalid event: must be started, stopped or completed");
  }
}

/** JSON knows no Infinity: a peer that doesn't know what is left sends null. */
function readBytes(value: unknown, otherwise: number, name: string): number {
  if (value === undefined || value === null) return otherwise;
  if (typeof value === "number" && value >= 0) return Math.min(Math.floor(value), Number.MAX_SAFE_INTEGER);
  throw new TrackerRequestError(`Invalid ${name}: must be a whole number of bytes`);
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Writes the answer to an announce. `interval` is seconds, the info hash a binary string. */
export function formatWebAnswer(
  answer: { infoHash: string; interval: number; complete: number; incomplete: number },
): string {
  const { complete, incomplete, infoHash, interval } = answer;
  return JSON.stringify({ action: "announce", interval, info_hash: infoHash, complete, incomplete });
}

/** Writes an offer, or the answer to one, for the peer that it is passed on to. `peerId` is the sender's. */
export function formatWebDescription(
  type: "offer" | "answer",
  { infoHash, offerId, peerId, sdp }: WebOffer & { infoHash: string; peerId: string },
): string {
  const description = { type, sdp };
  const carrier = { action: "announce", info_hash: infoHash, peer_id: peerId, offer_id: offerId };
  return JSON.stringify(
    type === "offer" ? { ...carrier, offer: description } : { ...carrier, answer: description },
  );
}

/** Writes the answer to a scrape. Keys are info hashes as binary strings. */
export function formatWebScrape(files: ReadonlyMap<string, ScrapeStats>): string {
  return JSON.stringify({ action: "scrape", files: Object.fromEntries(files) });
}

/** Writes a refusal. The info hash tells a client that shares its socket among torrents which one is meant. */
export function formatWebFailure(reason: string, message?: WebAnnounce | WebScrape): string {
  return JSON.stringify({
    action: message?.action,
    "failure reason": reason,
    info_hash: message?.action === "announce" ? message.infoHash : undefined,
  });
}
