// The peer as a library: a client, its torrents, what they report, and the making of torrents.

export { Client, type ClientOptions } from "./client.ts";
export { type CreateOptions, createTorrent } from "./create_torrent.ts";
export type * from "./events.ts";
export type { FilePriority } from "./file_priorities.ts";
export type { Log } from "./message_log.ts";
export type { Found } from "./found.ts";
export { MetadataSearch, type SearchOptions } from "./metadata_search.ts";
export type { Encryption, Protection } from "./net/encryption.ts";
export { ListenError, PortInUseError } from "./net/errors.ts";
export type { RateLimits } from "./net/rate_limiter.ts";
export { type ScrapeOptions, scrapeTracker } from "./scrape_tracker.ts";
export { StorageError, type StorageErrorKind } from "./storage/errors.ts";
export { DiskPool, type DiskPoolOptions } from "./storage/worker_pool.ts";
export { Torrent } from "./torrent.ts";
export type { TorrentHost, TorrentOptions } from "./torrent_options.ts";
export { verifyData, type VerifyOptions } from "./verify_data.ts";
