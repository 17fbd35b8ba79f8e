// The peer as a library: a client, its torrents, what they report, and the making of torrents.

export { Client, type ClientOptions } from "./client.ts";
export { type CreateOptions, createTorrent } from "./create_torrent.ts";
export type * from "./events.ts";
export type { Log } from "./message_log.ts";
export { ListenError, PortInUseError } from "./net/errors.ts";
export { StorageError } from "./storage/errors.ts";
export { Torrent, type TorrentOptions } from "./torrent.ts";
export { verifyData, type VerifyOptions } from "./verify_data.ts";
