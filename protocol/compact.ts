// Addresses as text and as compact bytes: 4 or 16 bytes of IP and 2 of port, big-endian.
// https://www.bittorrent.org/beps/bep_0023.html (IPv4), https://www.bittorrent.org/beps/bep_0007.html (IPv6);
// text forms by RFC 4291, canonical form by RFC 5952. Names are not resolved here, nor is it judged whom to dial.

/** Where a peer listens. */
export interface PeerAddress {
  /** Canonical text: dotted for IPv4 (and for IPv4-mapped IPv6), RFC 5952 for IPv6. */
  ip: string;
  /** 0 to 65535. */
  port: number;
}

/** Bytes of a compact IPv4 peer. */
export const COMPACT4_LENGTH = 6;
/** Bytes of a compact IPv6 peer. */
export const COMPACT6_LENGTH = 18;

/** Longest text of an IP: eight groups, the last two dotted. */
const MAX_IP_TEXT = 45;

const DOT = 0x2e;
const COLON = 0x3a;

/**
 * Reads an IP address. IPv4 must be four plain decimal numbers (no leading zeros, which some read as octal); IPv6 may
 * take every form of RFC 4291, but no zone ("%eth0") and no brackets. An IPv4-mapped IPv6 address comes back as IPv4.
 *
 * @returns 4 or 16 bytes, or undefined if the text is not an address.
 */
export function parseIp(text: string): Uint8Array | undefined {
  if (text.length > MAX_IP_TEXT) return undefined;
  if (!text.includes(":")) {
    const bytes = new Uint8Array(4);
    return parseIp4(text, 0, bytes, 0) ? bytes : undefined;
  }
  const bytes = parseIp6(text);
  return bytes !== undefined && isMapped(bytes, 0) ? bytes.slice(12) : bytes;
}

/**
 * Writes an IP address canonically: RFC 5952 for 16 bytes, dotted for 4 and for IPv4-mapped ones.
 *
 * @throws {RangeError} if there are not 4 or 16 bytes.
 */
export function formatIp(bytes: Uint8Array): string {
  if (bytes.length === 4) return formatIp4(bytes, 0);
  if (bytes.length === 16) return formatIp6(bytes, 0);
  throw new RangeError(`Cannot format an IP address: must be 4 or 16 bytes: got ${bytes.length}`);
}

/** Address and port as people write them: `192.0.2.1:6881`, `[2001:db8::1]:6881`. */
export function formatPeerAddress({ ip, port }: PeerAddress): string {
  return ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`;
}

/** Lays out the IPv4 peers of a list, 6 bytes each (BEP 23). Other addresses, names included, are left out. */
export function encodeCompact4(peers: readonly PeerAddress[]): Uint8Array {
  return encodeCompact(peers, 4);
}

/** Lays out the IPv6 peers of a list, 18 bytes each (BEP 7). Other addresses, names included, are left out. */
export function encodeCompact6(peers: readonly PeerAddress[]): Uint8Array {
  return encodeCompact(peers, 16);
}

/** Reads compact IPv4 peers (BEP 23). An incomplete one at the end is ignored, as every client does. */
export function decodeCompact4(bytes: Uint8Array): PeerAddress[] {
  const peers: PeerAddress[] = [];
  for (let at = 0; at + COMPACT4_LENGTH <= bytes.length; at += COMPACT4_LENGTH) {
    peers.push({ ip: formatIp4(bytes, at), port: portAt(bytes, at + 4) });
  }
  return peers;
}

/** Reads compact IPv6 peers (BEP 7). An incomplete one at the end is ignored, as every client does. */
export function decodeCompact6(bytes: Uint8Array): PeerAddress[] {
  const peers: PeerAddress[] = [];
  for (let at = 0; at + COMPACT6_LENGTH <= bytes.length; at += COMPACT6_LENGTH) {
    peers.push({ ip: formatIp6(bytes, at), port: portAt(bytes, at + 16) });
  }
  return peers;
}

function encodeCompact(peers: readonly PeerAddress[], ipLength: 4 | 16): Uint8Array {
  const bytes = new Uint8Array(peers.length * (ipLength + 2));
  let at = 0;
  for (const { ip, port } of peers) {
    const address = parseIp(ip);
    if (address?.length !== ipLength) continue;
    bytes.set(address, at);
    bytes[at + ipLength] = port >>> 8;
    bytes[at + ipLength + 1] = port;
    at += ipLength + 2;
  }
  return at === bytes.length ? bytes : bytes.slice(0, at);
}

function portAt(bytes: Uint8Array, at: number): number {
  return (byteAt(bytes, at) << 8) | byteAt(bytes, at + 1);
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] as number;
}

/** Reads four dotted numbers from `from` to the end of `text`. */
function parseIp4(text: string, from: number, into: Uint8Array, at: number): boolean {
  let value = -1; // -1: no digit yet
  let parts = 0;
  for (let i = from; i <= text.length; i++) {
    const code = i < text.length ? text.charCodeAt(i) : DOT;
    if (code === DOT) {
      if (value < 0 || parts === 4) return false;
      into[at + parts++] = value;
      value = -1;
    } else {
      const digit = code - 0x30;
      if (digit < 0 || digit > 9 || value === 0) return false;
      value = value < 0 ? digit : value * 10 + digit;
      if (value > 255) return false;
    }
  }
  return parts === 4;
}

/** Reads an IPv6 address: groups of hex, at most one "::", perhaps a dotted tail. */
function parseIp6(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(16);
  let at = 0;
  let gap = -1; // where "::" stands, in bytes
  let i = 0;
  if (text.startsWith("::")) {
    gap = 0;
    i = 2;
  }
  while (i < text.length) {
    if (at === 16) return undefined;
    const from = i;
    let group = 0;
    let code = -1;
    for (; i < text.length; i++) {
      code = text.charCodeAt(i);
      const digit = hexDigit(code);
      if (digit < 0) break;
      group = (group << 4) | digit;
      if (i - from === 4) return undefined;
    }
    if (i < text.length && code === DOT) {
      if (at > 12 || !parseIp4(text, from, bytes, at)) return undefined;
      at += 4;
      break;
    }
    if (i === from) return undefined;
    bytes[at++] = group >>> 8;
    bytes[at++] = group;
    if (i === text.length) break;
    if (code !== COLON) return undefined;
    if (++i === text.length) return undefined; // a single colon ends nothing
    if (text.charCodeAt(i) === COLON) {
      if (gap >= 0) return undefined;
      gap = at;
      i++;
    }
  }
  if (gap < 0) return at === 16 ? bytes : undefined;
  if (at === 16) return undefined; // "::" stands for at least one group
  bytes.copyWithin(16 - (at - gap), gap, at);
  bytes.fill(0, gap, 16 - (at - gap));
  return bytes;
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** True for ::ffff:0:0/96, the way in which a dual-stack socket names an IPv4 peer. */
function isMapped(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < 10; i++) {
    if (bytes[at + i] !== 0) return false;
  }
  return bytes[at + 10] === 0xff && bytes[at + 11] === 0xff;
}

function formatIp4(bytes: Uint8Array, at: number): string {
  return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`;
}

function formatIp6(bytes: Uint8Array, at: number): string {
  if (isMapped(bytes, at)) return formatIp4(bytes, at + 12);
  // The longest run of two or more zero groups becomes "::", the first one if several are as long.
  let gap = -1;
  let gapLength = 1;
  for (let i = 0; i < 8; i++) {
    let length = 0;
    while (i + length < 8 && portAt(bytes, at + 2 * (i + length)) === 0) length++;
    if (length > gapLength) {
      gap = i;
      gapLength = length;
    }
    i += length;
  }
  let text = "";
  for (let i = 0; i < 8; i++) {
    if (i === gap) {
      text += "::";
      i += gapLength - 1;
    } else {
      if (text !== "" && !text.endsWith(":")) text += ":";
      text += portAt(bytes, at + 2 * i).toString(16);
    }
  }
  return text;
}
