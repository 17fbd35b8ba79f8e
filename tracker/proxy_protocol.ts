// What a proxy says of its client before the client's own bytes: HAProxy's PROXY protocol, as text (version 1) and binary
// (version 2). https://www.haproxy.org/download/2.8/doc/proxy-protocol.txt — bytes in, an address out; from whom it is
// believed is gate_server.ts's business.

import { formatIp, parseIp } from "../protocol/mod.ts";
import { quote } from "../protocol/quote.ts";

/**
 * Longest head that is read. One of version 1 has 107 bytes at most; one of version 2 is followed by values of which none
 * is used here, and that take a few hundred bytes where the proxy tells of a client's certificate.
 */
export const MAX_PROXY_HEAD_BYTES = 4096;

const MAX_TEXT_BYTES = 107;
const PREFIX = bytesOf("PROXY ");
const SIGNATURE = bytesOf("\r\n\r\n\0\r\nQUIT\n");
/** Signature, version and command, family and protocol, length. */
const BINARY_HEAD = 16;
const LF = 0x0a;

/** Bytes that are no head. */
export class ProxyProtocolError extends Error {
  override name = "ProxyProtocolError";
}

/** Where a connection comes from. */
export interface ProxiedClient {
  hostname: string;
  port: number;
}

/** A whole head. */
export interface ProxyHead {
  /** Bytes that it takes; the client's follow. */
  length: number;
  /** Undefined if the proxy speaks for itself (a health check), or of what is neither IPv4 nor IPv6. */
  client: ProxiedClient | undefined;
}

/**
 * Reads the head that `bytes` begin with.
 *
 * @returns undefined as long as its end isn't there.
 * @throws {ProxyProtocolError} if they begin otherwise.
 */
export function parseProxyHead(bytes: Uint8Array): ProxyHead | undefined {
  if (bytes.length === 0) return undefined;
  if (bytes[0] === SIGNATURE[0]) return parseBinary(bytes);
  return parseText(bytes);
}

function parseText(bytes: Uint8Array): ProxyHead | undefined {
  expect(bytes, PREFIX);
  const end = bytes.subarray(0, MAX_TEXT_BYTES).indexOf(LF);
  if (end < 0) {
    if (bytes.length < MAX_TEXT_BYTES) return undefined;
    throw new ProxyProtocolError(`Cannot read a PROXY head: no line ends within ${MAX_TEXT_BYTES} bytes`);
  }
  const line = String.fromCharCode(...bytes.subarray(0, end));
  const length = end + 1;
  // A proxy that doesn't know may add what it likes.
  if (/^PROXY UNKNOWN( .*)?\r$/.test(line)) return { length, client: undefined };
  const [, family, from = "", to = "", fromPort, toPort] =
    /^PROXY TCP([46]) (\S+) (\S+) (\d{1,5}) (\d{1,5})\r$/.exec(line) ?? [];
  const port = Number(fromPort);
  const source = addressOf(family, from);
  const isRight = addressOf(family, to) !== undefined && port <= 65535 && Number(toPort) <= 65535;
  if (source === undefined || !isRight) {
    throw new ProxyProtocolError(`Cannot read a PROXY head: got ${quote(line)}`);
  }
  return { length, client: { hostname: formatIp(source), port } };
}

function parseBinary(bytes: Uint8Array): ProxyHead | undefined {
  expect(bytes, SIGNATURE);
  if (bytes.length < BINARY_HEAD) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const command = view.getUint8(12);
  const family = view.getUint8(13);
  const rest = view.getUint16(14);
  const length = BINARY_HEAD + rest;
  if (command !== 0x20 && command !== 0x21) {
    throw new ProxyProtocolError(`Cannot read a PROXY head: version and command are ${command}`);
  }
  if (length > MAX_PROXY_HEAD_BYTES) {
    throw new ProxyProtocolError(
      `Cannot read a PROXY head: must not be longer than ${MAX_PROXY_HEAD_BYTES} bytes: got ${length}`,
    );
  }
  if (bytes.length < length) return undefined;
  // 0x20: the proxy for itself. 0x11 and 0x21: TCP over IPv4 and IPv6, for others the address is unknown to us.
  const size = family === 0x11 ? 4 : family === 0x21 ? 16 : 0;
  if (command === 0x20 || size === 0) return { length, client: undefined };
  if (rest < 2 * size + 4) {
    throw new ProxyProtocolError(`Cannot read a PROXY head: ${rest} bytes hold no addresses`);
  }
  const hostname = formatIp(bytes.subarray(BINARY_HEAD, BINARY_HEAD + size));
  return { length, client: { hostname, port: view.getUint16(BINARY_HEAD + 2 * size) } };
}

/** IPv4 in IPv6 form stays IPv6 where a proxy calls it so. */
function addressOf(family: string | undefined, text: string): Uint8Array | undefined {
  return text.includes(":") === (family === "6") ? parseIp(text) : undefined;
}

/** Throws unless all that is there of `beginning` is right. */
function expect(bytes: Uint8Array, beginning: Uint8Array): void {
  if (beginning.subarray(0, bytes.length).every((byte, i) => bytes[i] === byte)) return;
  throw new ProxyProtocolError("Cannot read a PROXY head: there is none");
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
