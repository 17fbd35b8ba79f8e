// Who asks through a proxy. Each proxy adds the address that it was asked from, so only what trusted ones have added is
// believed: read from the right, the first address that is no trusted proxy's is the asker's. What stands left of it
// anybody may have written. https://www.rfc-editor.org/rfc/rfc7239 (`Forwarded`), and X-Forwarded-For.

import { parseIp } from "../protocol/mod.ts";
import { parseClientAddress } from "./client_address.ts";
import type { Subnets } from "./subnets.ts";

/** Addresses that are looked at: no chain of proxies is longer. */
const MAX_HOPS = 16;

/** Tells from where requests come. */
export class AskerAddresses {
  readonly #trusted: Subnets;

  constructor(trusted: Subnets) {
    this.#trusted = trusted;
  }

  /**
   * The asker's address. `hostname`: where the connection comes from, as the socket tells it. The request's headers are looked
   * at only where a proxy is trusted.
   *
   * @returns 4 or 16 bytes, borrowed until the next call; undefined if there is none.
   */
  read(hostname: string, request: Pick<Request, "headers">): Uint8Array | undefined {
    const from = parseClientAddress(hostname);
    if (from === undefined || !this.#trusted.has(from)) return from;
    return askerBehind(from, {
      xForwardedFor: request.headers.get("x-forwarded-for") ?? undefined,
      forwarded: request.headers.get("forwarded") ?? undefined,
    }, this.#trusted);
  }
}

/** What proxies say, as it stands in a request's headers. */
export interface ForwardedHeaders {
  /** `X-Forwarded-For`. */
  xForwardedFor: string | undefined;
  /** `Forwarded`; counts where there is no other. */
  forwarded: string | undefined;
}

/**
 * The asker's address. `from`: the address that the request came from, which must be a trusted proxy's.
 *
 * @returns 4 or 16 bytes; undefined if what a trusted proxy has added is no address.
 */
export function askerBehind(
  from: Uint8Array,
  { forwarded, xForwardedFor }: ForwardedHeaders,
  trusted: Subnets,
): Uint8Array | undefined {
  const hops = xForwardedFor !== undefined ? xForwardedFor.split(",") : forwardedFor(forwarded ?? "");
  let asker: Uint8Array = from;
  for (const hop of hops.slice(-MAX_HOPS).reverse()) {
    const address = parseHop(hop.trim());
    if (address === undefined) return undefined;
    asker = address;
    if (!trusted.has(asker)) break;
  }
  return asker;
}

/** The `for` of each element of a Forwarded header; "" where there is none. */
function forwardedFor(header: string): string[] {
  if (header === "") return [];
  return header.split(",").map((element) => {
    for (const pair of element.split(";")) {
      const [, value] = /^\s*for="?([^"]*)"?\s*$/i.exec(pair) ?? [];
      if (value !== undefined) return value;
    }
    return "";
  });
}

/** An address with or without a port, IPv6 with or without brackets. */
function parseHop(text: string): Uint8Array | undefined {
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(text)?.[1];
  if (bracketed !== undefined) return parseIp(bracketed);
  const withPort = /^([\d.]+):\d+$/.exec(text)?.[1];
  return parseIp(withPort ?? text);
}
