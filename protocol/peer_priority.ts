// Whom to keep when there are more peers than places: a number that both ends of a connection get out of their two
// addresses, so that all agree, and that nobody can choose freely. https://www.bittorrent.org/beps/bep_0040.html

import { parseIp, type PeerAddress } from "./compact.ts";

const MASK = 0x55;
/** By length of an address: bytes at its front that always count; how many more than the equal ones count. */
const KEPT_BYTES = new Map([[4, { least: 2, beyondEqual: 1 }], [16, { least: 6, beyondEqual: 2 }]]);

/**
 * The priority of a connection between two addresses (BEP 40), 0 to 2³² - 1: the higher goes first. 0 if they are of
 * different families, or host names.
 *
 * @example
 * ```ts
 * import { peerPriority } from "@seedling/seedling";
 *
 * peerPriority({ ip: "123.213.32.10", port: 6881 }, { ip: "98.76.54.32", port: 6881 }); // 0xec2d7224
 * ```
 */
export function peerPriority(a: PeerAddress, b: PeerAddress): number {
  const [first, second] = [parseIp(a.ip), parseIp(b.ip)];
  if (first === undefined || second === undefined || first.length !== second.length) return 0;
  let equal = 0;
  while (equal < first.length && first[equal] === second[equal]) equal++;
  if (equal === first.length) return hashInOrder(portBytes(a.port), portBytes(b.port));
  const { least, beyondEqual } = KEPT_BYTES.get(first.length) as { least: number; beyondEqual: number };
  const kept = Math.max(least, equal + beyondEqual);
  const mask = (byte: number, i: number) => i < kept ? byte : byte & MASK;
  return hashInOrder(first.map(mask), second.map(mask));
}

/** Of both, the smaller one first. */
function hashInOrder(a: Uint8Array, b: Uint8Array): number {
  const isInOrder = a.toHex() <= b.toHex();
  return crc32c(isInOrder ? [...a, ...b] : [...b, ...a]);
}

function portBytes(port: number): Uint8Array {
  return Uint8Array.of(port >>> 8, port);
}

/** CRC-32 with Castagnoli's polynomial, reflected. */
function crc32c(bytes: Iterable<number>): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return ~crc >>> 0;
}
