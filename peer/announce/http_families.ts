// Announces to HTTP trackers over each address family in which peers can call us. https://www.bittorrent.org/beps/bep_0007.html
//
// No name is looked up here: a connection from an IPv4 address goes to one of the tracker's IPv4 addresses, and fails at
// once, without a packet, if it has none. A tracker that is named by its address has one family, and is asked as it is.

import type { AnnounceRequest, AnnounceResponse } from "../../protocol/announce.ts";
import { TrackerError } from "../../protocol/errors.ts";
import { askOverEach, BOTH_FAMILIES, type Families, joinAnswers } from "./families.ts";
import { announceOverHttp, type HttpAnnounceOptions, UNREACHABLE } from "./http_tracker.ts";

/** From where a connection must come to use one family. */
const ANY_ADDRESS = { ip4: "0.0.0.0", ip6: "::" };

/** Asks HTTP trackers for all torrents of a client. */
export class HttpTrackers {
  readonly #families: (keyof Families)[];
  readonly #clients = new Map<keyof Families, Deno.HttpClient>();

  /** @param families Those in which peers can call us. Default: both. */
  constructor(families: Families = BOTH_FAMILIES) {
    this.#families = (["ip4", "ip6"] as const).filter((family) => families[family]);
  }

  /**
   * Announces once, over each family. One that answers is enough.
   *
   * @throws {TrackerError} as announceOverHttp() does
   */
  async announce(
    url: string,
    request: AnnounceRequest,
    { signal, fetch = globalThis.fetch }: HttpAnnounceOptions,
  ): Promise<AnnounceResponse> {
    if (isAddress(url)) return await announceOverHttp(url, request, { signal, fetch });
    try {
      return joinAnswers(
        await askOverEach(this.#families, signal, (family, signal) => {
          const client = this.#clientOf(family);
          const over = (url: string, init: RequestInit) => fetch(url, { ...init, client } as RequestInit);
          return announceOverHttp(url, request, { signal, fetch: over });
        }),
      );
    } catch (error) {
      if (!(error instanceof AggregateError)) throw error;
      const telling = error.errors.find(({ message }) => message !== UNREACHABLE);
      if (telling !== undefined) throw telling;
      // It has an address where we have none that can be called: better known there than not at all.
      if (this.#families.length === 1) return await announceOverHttp(url, request, { signal, fetch });
      throw new TrackerError(UNREACHABLE);
    }
  }

  /** Ends the connections that are kept. Idempotent. */
  close(): void {
    for (const client of this.#clients.values()) client.close();
    this.#clients.clear();
  }

  #clientOf(family: keyof Families): Deno.HttpClient {
    let client = this.#clients.get(family);
    if (client === undefined) {
      // Host: of those who connect by address, and say the name.
      client = Deno.createHttpClient({ localAddress: ANY_ADDRESS[family], allowHost: true });
      this.#clients.set(family, client);
    }
    return client;
  }
}

/** True if the URL's host is an address and no name. */
function isAddress(url: string): boolean {
  return /^(\[.*\]|[\d.]+)$/.test(URL.parse(url)?.hostname ?? "");
}
