// What a frontend asks for when it has read an announce or a scrape. The tracker's own memory answers at once; a store that
// several trackers share answers later. Frontends take both: a value goes straight out, a promise is waited for.

import type { AnnounceAnswer, AnnounceRequest, DictionaryPeer, ScrapeStats } from "../protocol/mod.ts";

/** A store that trackers share. */
export interface SharedStore {
  readonly swarms: Answers;
  /** Why it can't be used, in a few words; undefined while it can. */
  readonly trouble: string | undefined;
}

/** A value, or one to come. */
export type Soon<T> = T | Promise<T>;

/** An answer in dictionary form. */
export type DictionaryAnswer = Omit<AnnounceAnswer, "peers" | "peers6"> & { peers: DictionaryPeer[] };

/** Answers announces and scrapes. All methods throw, or reject with, a `TrackerRequestError`: the failure reason. */
export interface Answers {
  /** Answers an announce that came from `from`, 4 or 16 bytes, in compact form. */
  announce(request: AnnounceRequest, from: Uint8Array, now: number): Soon<AnnounceAnswer>;
  /** As announce(), with peers of the address family that the asker asks over. */
  announceOneFamily(request: AnnounceRequest, from: Uint8Array, now: number): Soon<AnnounceAnswer>;
  /** As announce(), in dictionary form. */
  announceDictionary(request: AnnounceRequest, from: Uint8Array, now: number): Soon<DictionaryAnswer>;
  /** Answers a scrape of info hashes, binary strings. */
  scrape(infoHashes: readonly string[], now: number): Soon<Map<string, ScrapeStats>>;
}
