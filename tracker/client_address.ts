// Where a request comes from: the text that a socket gives, as bytes, and whether that is a machine of our own network.
// A dual-stack socket names IPv4 clients "::ffff:192.0.2.1" (RFC 4291): they are IPv4 here. No I/O.

import { parseIp } from "../protocol/mod.ts";
import { Reach, reachOf } from "./reach.ts";

const MAPPED = "::ffff:";
const DOT = 0x2e;

// One for all IPv4 clients: an array each would be the dearest thing on the way of a request.
const ip4 = new Uint8Array(4);

/** 4 or 16 bytes, borrowed until the next call; undefined if the text is no address (a Unix socket's, say). */
export function parseClientAddress(hostname: string): Uint8Array | undefined {
  const from = hostname.startsWith(MAPPED) ? MAPPED.length : 0;
  return readDotted(hostname, from) ? ip4 : parseIp(withoutZone(hostname));
}

/** Loopback, private (RFC 1918, RFC 4193) or link-local: nobody reaches us from there through the internet. */
export function isLocalAddress(address: Uint8Array): boolean {
  return reachOf(address, 0, address.length) !== Reach.everywhere;
}

/** The zone of a link-local address ("%eth0") means nothing to other machines. */
function withoutZone(hostname: string): string {
  const percent = hostname.indexOf("%");
  return percent < 0 ? hostname : hostname.slice(0, percent);
}

// Four decimal numbers, written by the runtime. parseIp() would do; this runs for every request.
function readDotted(text: string, from: number): boolean {
  let value = 0;
  let dots = 0;
  for (let i = from; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === DOT) {
      ip4[dots++] = value;
      value = 0;
    } else if (code >= 0x30 && code <= 0x39) {
      value = value * 10 + code - 0x30;
      if (value > 255) return false;
    } else {
      return false;
    }
  }
  ip4[3] = value;
  return dots === 3;
}
