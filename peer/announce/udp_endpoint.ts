// Where a UDP tracker is: its URL's host as addresses, at most one of each family. A peer that can be reached over both
// has to announce over both (BEP 7), since a datagram's answer names peers of its own family only.

import { formatIp, parseIp } from "../../protocol/compact.ts";
import { TrackerError } from "../../protocol/errors.ts";

/** One address of a tracker. */
export interface UdpEndpoint {
  /** Canonical text. */
  hostname: string;
  port: number;
  isIp6: boolean;
}

/** All addresses of a host name. Rejects if there are none. */
export type Lookup = (hostname: string) => Promise<string[]>;

/** Asks the system, as connections do: the hosts file counts. */
export async function lookUp(hostname: string): Promise<string[]> {
  // Loaded by those who need it only: a peer without UDP trackers starts sooner.
  const { lookup } = await import("node:dns/promises");
  return (await lookup(hostname, { all: true })).map(({ address }) => address);
}

/**
 * The addresses behind a `udp:` URL, IPv4 first.
 *
 * @param isAllowed Whether an address may be asked; others are left out.
 * @throws {TrackerError} if there is none.
 */
export async function findEndpoints(
  url: string,
  { isAllowed, lookup }: { isAllowed: (ip: string) => boolean; lookup: Lookup },
): Promise<UdpEndpoint[]> {
  const { hostname, port } = new URL(url);
  if (port === "") throw new TrackerError("Cannot reach the tracker: its address has no port");
  const host = hostname.replace(/^\[|\]$/g, "");
  let addresses: string[];
  try {
    addresses = parseIp(host) === undefined ? await lookup(host) : [host];
  } catch {
    throw new TrackerError("Cannot reach the tracker: the host name can't be resolved");
  }
  const endpoints: UdpEndpoint[] = [];
  for (const isIp6 of [false, true]) {
    const bytes = addresses.map(parseIp).find((bytes) => bytes?.length === (isIp6 ? 16 : 4));
    if (bytes === undefined) continue;
    const endpoint = { hostname: formatIp(bytes), port: Number(port), isIp6 };
    if (isAllowed(endpoint.hostname)) endpoints.push(endpoint);
  }
  if (endpoints.length === 0) {
    throw new TrackerError("Cannot reach the tracker: its address must be a public one");
  }
  return endpoints;
}
