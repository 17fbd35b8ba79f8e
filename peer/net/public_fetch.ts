// Keeps what a torrent names from reaching into our own network: a fetch that asks for the address first and refuses one
// that is not public. For web seeds and HTTP trackers, whose URLs come from strangers, and each redirect of theirs.
//
// Whoever owns a name can let it resolve to another address a moment later (DNS rebinding). So over http: the address that
// was looked at is the one that is connected to, and the name is only said to the server. Over https: the runtime resolves
// the name once more, for the certificate's sake; a server that can't show that name's certificate gets no request.

import { parseIp } from "../../protocol/compact.ts";
import type { Fetch } from "./http_range.ts";

/** All addresses of a host name. Rejects if there are none. */
export type Resolve = (hostname: string) => Promise<string[]>;

/** A server that must not be asked, or whose address can't be found out. The message says why, without the URL. */
class NotPublicError extends Error {
  override readonly name = "NotPublicError";
}

export interface PublicFetchOptions {
  /** Default: the platform's. */
  fetch?: Fetch;
  /** Default: as the system resolves names for connections. */
  resolve?: Resolve;
  /** Default: isPublicIp(). */
  isAllowed?: (ip: string) => boolean;
}

/** What a fetch may be told beside the web's own: which connections to use. */
type Init = RequestInit & { client?: Deno.HttpClient };

/** Fetches from servers with public addresses only. One for all torrents of a client. */
export class PublicFetch {
  readonly #fetch: Fetch;
  readonly #resolve: Resolve;
  readonly #isAllowed: (ip: string) => boolean;
  #client: Deno.HttpClient | undefined;

  constructor({ fetch, resolve, isAllowed }: PublicFetchOptions = {}) {
    this.#fetch = fetch ?? ((url, init) => globalThis.fetch(url, init));
    this.#resolve = resolve ?? lookUp;
    this.#isAllowed = isAllowed ?? isPublicIp;
  }

  /** Stands in for `fetch`. Follows no redirect by itself, as the next address must be looked at. A `client` must allow Host. */
  readonly fetch = async (url: string, init: Init): Promise<Response> => {
    const { hostname, protocol } = new URL(url);
    const host = hostname.replace(/^\[|\]$/g, "");
    const isName = parseIp(host) === undefined;
    const addresses = isName ? await within(this.#resolve(host), init.signal) : [host];
    const inside = addresses.find((address) => !this.#isAllowed(address));
    if (inside !== undefined || addresses.length === 0) {
      throw new NotPublicError(`its address must be a public one: got ${inside ?? "none"}`);
    }
    const manual: Init = { ...init, redirect: "manual" };
    if (!isName || protocol !== "http:") return await this.#fetch(url, manual);
    return await this.#fetchAt(addresses, url, manual);
  };

  /** Ends the connections that are kept. Idempotent. */
  close(): void {
    this.#client?.close();
    this.#client = undefined;
  }

  /** Tries one address after the other, as a connection by name does. */
  async #fetchAt(addresses: readonly string[], url: string, init: Init): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set("host", new URL(url).host);
    const client = init.client ?? (this.#client ??= Deno.createHttpClient({ allowHost: true }));
    const failures: unknown[] = [];
    for (const address of addresses) {
      const at = new URL(url);
      at.hostname = address.includes(":") ? `[${address}]` : address;
      try {
        return await this.#fetch(at.href, { ...init, headers, client } as RequestInit);
      } catch (error) {
        if (init.signal?.aborted || !/client error \(Connect\)/.test(textOf(error))) throw error;
        failures.push(error);
      }
    }
    // That there is no way to one family of addresses says less than what became of the other.
    throw failures.find((error) => !NO_WAY.test(textOf(error))) ?? failures[0];
  }
}

const NO_WAY = /unreachable|no route to host|cannot assign requested address|address family not supported/i;

/** What the runtime says of an error of fetch(): the kind stands in its cause. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

/** IPv4 networks that are not the public internet (RFC 6890 and its registry): first byte first, and bits. */
const PRIVATE_4: [first: number, bits: number][] = [
  [ip4(0, 0, 0, 0), 8],
  [ip4(10, 0, 0, 0), 8],
  [ip4(100, 64, 0, 0), 10], // behind a carrier's NAT
  [ip4(127, 0, 0, 0), 8],
  [ip4(169, 254, 0, 0), 16], // the link; clouds answer with secrets there
  [ip4(172, 16, 0, 0), 12],
  [ip4(192, 0, 0, 0), 24],
  [ip4(192, 0, 2, 0), 24],
  [ip4(192, 88, 99, 0), 24],
  [ip4(192, 168, 0, 0), 16],
  [ip4(198, 18, 0, 0), 15],
  [ip4(198, 51, 100, 0), 24],
  [ip4(203, 0, 113, 0), 24],
  [ip4(224, 0, 0, 0), 4],
  [ip4(240, 0, 0, 0), 4],
];

/** True if `ip` is an address of the public internet. False for anything else, also for what is no address. */
export function isPublicIp(ip: string): boolean {
  const bytes = parseIp(ip);
  if (bytes === undefined) return false;
  if (bytes.length === 4) return isPublic4(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
  const [head, second] = [view.getUint16(0), view.getUint16(2)];
  // IPv4 inside: translated (NAT64), and 6to4.
  if (head === 0x64 && second === 0xff9b && view.getBigUint64(4) === 0n) return isPublic4(bytes.subarray(12));
  if (head === 0x2002) return isPublic4(bytes.subarray(2, 6));
  if (head === 0x2001 && second < 0x200) return false; // Teredo and other protocols' own
  if (head === 0x2001 && second === 0xdb8) return false; // documentation
  return head >>> 13 === 1; // 2000::/3 is all that has been given out
}

function isPublic4(bytes: Uint8Array): boolean {
  const [a = 0, b = 0, c = 0, d = 0] = bytes;
  const ip = ip4(a, b, c, d);
  return !PRIVATE_4.some(([first, bits]) => (ip ^ first) >>> (32 - bits) === 0);
}

function ip4(a: number, b: number, c: number, d: number): number {
  return (a << 24 | b << 16 | c << 8 | d) >>> 0;
}

/** A look-up can't be ended, but need not be waited for. */
async function within<T>(lookingUp: Promise<T>, signal: AbortSignal | null | undefined): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal?.reason);
  signal?.addEventListener("abort", onAbort);
  if (signal?.aborted) onAbort();
  try {
    return await Promise.race([lookingUp, aborted]);
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}

async function lookUp(hostname: string): Promise<string[]> {
  // Loaded by those who need it only: it takes a program's start 10 ms.
  const { lookup } = await import("node:dns/promises");
  try {
    return (await lookup(hostname, { all: true })).map(({ address }) => address);
  } catch {
    throw new NotPublicError("the host name can't be resolved");
  }
}
