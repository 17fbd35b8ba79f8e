// Magnet links: a torrent named by its info hash in a URI, with hints where its peers are.
// https://www.bittorrent.org/beps/bep_0009.html ("magnet URI format"), BEP 53 (`so`). Fetches nothing: the info dictionary
// behind the hash comes from peers.

import { fromBinary, toUtf8 } from "./bytes.ts";
import { formatIp, formatPeerAddress, parseIp, type PeerAddress } from "./compact.ts";
import { MagnetError } from "./errors.ts";
import { InfoHash } from "./info_hash.ts";
import { quote } from "./quote.ts";

/** What a magnet link says. */
export interface Magnet {
  /** `xt`: the torrent. */
  infoHash: InfoHash;
  /** `dn`: a name to show until the real one is known. Not made safe to be a file's. */
  name?: string | undefined;
  /** `tr`: announce URLs. */
  trackers: string[];
  /** `ws`: URLs that serve the files over HTTP (BEP 19). */
  webSeeds: string[];
  /** `x.pe`: peers to try. `ip` may be a host name here. */
  peers: PeerAddress[];
  /** `xl`: bytes of all files. */
  exactLength?: number | undefined;
  /** `so`: the files that are wanted, as ranges of their numbers from 0, ends included (BEP 53). All, if not there. */
  select?: [from: number, to: number][] | undefined;
}

/** The longest link that is read, in chars. */
const MAX_LENGTH = 64 * 1024;
/** The greatest number of a file in `so`. */
const MAX_FILE_INDEX = 0x7fffffff;

const BTIH = "urn:btih:";
const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";

/**
 * Reads a magnet link (BEP 9). The info hash may be 40 hex digits or 32 of base32; of several the first counts. Parameters
 * may be numbered (`tr.1`). Those not known, and hints that make no sense, are left out.
 *
 * @throws {MagnetError} if it is no magnet link, has no info hash of version 1, or `so` can't be read.
 */
export function parseMagnet(uri: string): Magnet {
  if (uri.length > MAX_LENGTH) {
    throw new MagnetError(`Cannot parse magnet link: must be at most ${MAX_LENGTH} chars: got ${uri.length}`);
  }
  const link = uri.trim();
  if (!/^magnet:\?/i.test(link)) {
    throw new MagnetError(`Cannot parse magnet link: must begin with "magnet:?": got ${quote(link)}`);
  }
  const values = parameters(link.slice("magnet:?".length));
  const all = (name: string) => values.get(name) ?? [];
  const exactLength = all("xl").map(wholeNumber).find((length) => length !== undefined);
  const wanted = all("so");
  return {
    infoHash: infoHashOf(all("xt")),
    name: all("dn").find((name) => name !== ""),
    trackers: [...new Set(all("tr").filter((url) => URL.canParse(url)))],
    webSeeds: [...new Set(all("ws").filter((url) => URL.canParse(url)))],
    peers: all("x.pe").map(peerAddress).filter((peer) => peer !== undefined),
    exactLength,
    select: wanted.length === 0 ? undefined : wanted.flatMap(fileRanges),
  };
}

/** Writes a magnet link that `parseMagnet()` reads back (BEP 9), the info hash as hex. */
export function formatMagnet(magnet: Magnet): string {
  const parts = [`xt=${BTIH}${magnet.infoHash.hex}`];
  const add = (name: string, value: string) => parts.push(`${name}=${encodeText(value)}`);
  if (magnet.name !== undefined) add("dn", magnet.name);
  if (magnet.exactLength !== undefined) add("xl", String(magnet.exactLength));
  for (const url of magnet.trackers) add("tr", url);
  for (const url of magnet.webSeeds) add("ws", url);
  for (const peer of magnet.peers) parts.push(`x.pe=${formatPeerAddress(peer)}`);
  if (magnet.select !== undefined) {
    parts.push(`so=${magnet.select.map(([from, to]) => from === to ? from : `${from}-${to}`).join()}`);
  }
  return `magnet:?${parts.join("&")}`;
}

/** The values of each parameter in their order, decoded; `tr.1`, `tr.2` count as `tr`. */
function parameters(query: string): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const part of query.split("&")) {
    const equals = part.indexOf("=");
    if (equals < 0) continue;
    // "&amp;" stays in links that were copied out of a page's source.
    const name = part.slice(0, equals).toLowerCase().replace(/^amp;/, "").replace(/\.\d+$/, "");
    const raw = part.slice(equals + 1);
    const list = values.get(name) ?? [];
    list.push(decodeEscapes(name === "dn" ? raw.replaceAll("+", " ") : raw));
    values.set(name, list);
  }
  return values;
}

function infoHashOf(topics: string[]): InfoHash {
  for (const topic of topics) {
    if (!topic.toLowerCase().startsWith(BTIH)) continue;
    const hash = topic.slice(BTIH.length);
    if (/^[0-9a-f]{40}$/i.test(hash)) return InfoHash.fromHex(hash);
    if (/^[a-z2-7]{32}$/i.test(hash)) return InfoHash.fromBytes(fromBase32(hash));
    throw new MagnetError(
      `Cannot parse magnet link: "xt" must have an info hash of 40 hex or 32 base32 chars: got ${
        quote(hash)
      }`,
    );
  }
  const [topic] = topics;
  const found = topic === undefined ? "nothing" : quote(topic);
  throw new MagnetError(`Cannot parse magnet link: "xt" must be "${BTIH}" and an info hash: got ${found}`);
}

/** 32 chars of RFC 4648 are 20 bytes with no bit left over. */
function fromBase32(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 5 / 8);
  let bits = 0;
  let count = 0;
  let at = 0;
  for (const char of text.toLowerCase()) {
    bits = ((bits << 5) | BASE32.indexOf(char)) & 0xfff; // at most 7 + 5 bits matter
    count += 5;
    if (count >= 8) {
      count -= 8;
      bytes[at++] = bits >>> count;
    }
  }
  return bytes;
}

/** "host:port", an IPv6 address in brackets; undefined if it is neither. */
function peerAddress(text: string): PeerAddress | undefined {
  const [, bracketed, host, digits] = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+)):(\d{1,5})$/i.exec(text) ?? [];
  const port = Number(digits);
  if (!(port > 0 && port <= 0xffff)) return undefined;
  const address = parseIp(bracketed ?? host ?? "");
  if (address !== undefined) return { ip: formatIp(address), port };
  // A name that is only digits and dots is a mistaken address.
  return host === undefined || /^[\d.]+$/.test(host) ? undefined : { ip: host, port };
}

/** "0,2,4-6" as ranges. To pass over what can't be read would fetch what nobody asked for. */
function fileRanges(text: string): [from: number, to: number][] {
  return text.split(",").map((part) => {
    const [, first, last] = /^(\d{1,10})(?:-(\d{1,10}))?$/.exec(part) ?? [];
    const from = Number(first);
    const to = Number(last ?? first);
    if (!(from <= to && to <= MAX_FILE_INDEX)) {
      throw new MagnetError(`Cannot parse magnet link: "so" must be numbers and ranges: got ${quote(part)}`);
    }
    return [from, to];
  });
}

function wholeNumber(text: string): number | undefined {
  return /^\d+$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : undefined;
}

/** Decodes "%C3%A9" as UTF-8; a "%" with no two hex digits after it stays. Never throws. */
function decodeEscapes(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => {
    const binary = run.slice(1).split("%").map((hex) => String.fromCharCode(parseInt(hex, 16))).join("");
    return toUtf8(fromBinary(binary));
  });
}

/** A lone surrogate has no UTF-8 and would throw. */
function encodeText(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
