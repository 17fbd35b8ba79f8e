/**
 * BitTorrent for Deno: the protocol's values and messages, a peer that downloads and seeds, and a tracker.
 *
 * @example Download a torrent, then seed it
 * ```ts
 * import { Client } from "@seedling/seedling";
 *
 * const client = new Client({ port: 0 }); // any free one; 6881 is the usual
 * const torrent = await client.add(await Deno.readFile("video.torrent"), { path: "video.mkv" });
 * await torrent.completed(); // from here on it seeds
 * await client.close();
 * ```
 *
 * @module
 */

export * from "./protocol/mod.ts";
export * from "./peer/mod.ts";
export * from "./tracker/mod.ts";
