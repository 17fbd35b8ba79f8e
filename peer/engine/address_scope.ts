// How far an IP address reaches, so that a peer from outside can't send us into our own network.
// Ranges of RFC 6890 (special-purpose addresses); mapped addresses count as the IPv4 ones that they are.

import { parseIp } from "../../protocol/compact.ts";

/** From this machine only, from its own network, from everywhere. The order is the reach. */
export type AddressScope = "loopback" | "local" | "global";

const REACH: readonly AddressScope[] = ["loopback", "local", "global"];

/** The scope of an IP address; undefined for what nobody can be dialled at: no address, unspecified, multicast, broadcast. */
export function scopeOf(ip: string): AddressScope | undefined {
  const bytes = parseIp(ip);
  if (bytes === undefined) return undefined;
  return bytes.length === 4 ? scopeOf4(bytes) : scopeOf6(bytes);
}

/** True if who is at `source` may name `ip`: an address that reaches no less far than its own. */
export function mayName(source: string, ip: string): boolean {
  const named = scopeOf(ip);
  if (named === undefined) return false;
  return REACH.indexOf(named) >= REACH.indexOf(scopeOf(source) ?? "global");
}

function scopeOf4(bytes: Uint8Array): AddressScope | undefined {
  const [a, b] = bytes as unknown as [number, number];
  if (a === 0 || a >= 224) return undefined;
  if (a === 127) return "loopback";
  const isLocal = a === 10 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168) ||
    (a === 169 && b === 254) || (a === 100 && b >= 64 && b < 128);
  return isLocal ? "local" : "global";
}

function scopeOf6(bytes: Uint8Array): AddressScope | undefined {
  const [a, b] = bytes as unknown as [number, number];
  if (bytes.subarray(0, 15).every((byte) => byte === 0)) return bytes[15] === 1 ? "loopback" : undefined;
  if (a === 0xff) return undefined;
  const isLocal = (a & 0xfe) === 0xfc || (a === 0xfe && (b & 0xc0) === 0x80);
  return isLocal ? "local" : "global";
}
