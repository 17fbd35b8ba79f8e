// Registered torrents over HTTP: everybody may look and download, the operator uploads and removes.
//
//   GET    /api/torrents        {"torrents":[{infoHash, name, totalBytes, files, addedAt, magnet, download}]}
//   GET    /api/torrents/HASH   one of them
//   POST   /api/torrents        a .torrent: 201 and what was made of it
//   DELETE /api/torrents/HASH   {"changed":true}
//   GET    /torrents/HASH.torrent   the .torrent as it was uploaded

import { type Context, type Handler, Hono, type MiddlewareHandler } from "hono";
import { formatMagnet, fromHex, InfoHash, MetainfoError, toBinary } from "../protocol/mod.ts";
import { ListError } from "./access_lists.ts";
import type { AppEnv } from "./app.ts";
import type { RegisteredTorrent } from "./data_file.ts";
import { readBody } from "./request_body.ts";
import type { TorrentRegistry } from "./torrent_registry.ts";

/** Larger ones aren't taken: 16 MiB describes a torrent of 800,000 pieces. */
const MAX_METAINFO_BYTES = 16 << 20;
const DEFAULT_LIMIT = 1000;

/** The routes below /api/torrents. `guard` stands before those that change something. */
export function torrentsRoutes(registry: TorrentRegistry, guard: MiddlewareHandler<AppEnv>): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get("/", (c) => {
    const offset = Number(c.req.query("offset") ?? 0) || 0;
    const page = [...registry.all.values()].slice(offset, offset + DEFAULT_LIMIT);
    return c.json({ torrents: page.map((torrent) => describe(c, torrent)), total: registry.all.size });
  });
  app.post("/", guard, async (c) => {
    const metainfo = await readBody(c.req.raw, MAX_METAINFO_BYTES);
    if (metainfo === undefined) {
      return c.json({ error: `Cannot register a torrent: at most ${MAX_METAINFO_BYTES} bytes` }, 413);
    }
    try {
      return c.json(describe(c, await registry.register(metainfo, Date.now())), 201);
    } catch (error) {
      if (error instanceof MetainfoError || error instanceof ListError) {
        return c.json({ error: error.message }, 400);
      }
      throw error;
    }
  });
  app.get("/:hash", (c) => {
    const torrent = registry.get(binaryHash(c.req.param("hash")));
    return torrent === undefined ? notRegistered(c) : c.json(describe(c, torrent));
  });
  app.delete("/:hash", guard, (c) => {
    const infoHash = binaryHash(c.req.param("hash"));
    return infoHash === "" ? notRegistered(c) : c.json({ changed: registry.remove(infoHash) });
  });
  return app;
}

/** GET /torrents/HASH.torrent */
export function torrentDownloadRoute(registry: TorrentRegistry): Handler<AppEnv> {
  return (c) => {
    const name = /^([0-9a-f]{40})\.torrent$/i.exec(c.req.param("file") ?? "");
    const metainfo = name === null ? undefined : registry.metainfo(binaryHash(name[1] ?? ""));
    if (metainfo === undefined) return c.text("404 Not Found\n", 404);
    return c.body(metainfo, 200, {
      "content-type": "application/x-bittorrent",
      "content-disposition": "attachment",
      "x-content-type-options": "nosniff",
    });
  };
}

function describe(c: Context, { addedAt, files, infoHash, name, totalBytes }: RegisteredTorrent) {
  const hash = InfoHash.fromBytes(Uint8Array.from(infoHash, (char) => char.charCodeAt(0)));
  const { origin } = new URL(c.req.url);
  const magnet = formatMagnet({
    infoHash: hash,
    name,
    exactLength: totalBytes,
    trackers: [`${origin}/announce`],
    webSeeds: [],
    peers: [],
  });
  const download = `${origin}/torrents/${hash.hex}.torrent`;
  return { infoHash: hash.hex, name, totalBytes, files, addedAt, magnet, download };
}

function notRegistered(c: Context): Response {
  return c.json({ error: "There is no such torrent" }, 404);
}

/** "" for what is no info hash: no torrent has it. */
function binaryHash(hex: string): string {
  return /^[0-9a-f]{40}$/i.test(hex) ? toBinary(fromHex(hex)) : "";
}
