// Registered torrents over HTTP: the operator looks, uploads and removes; everybody may download.
//
//   GET    /api/torrents        TorrentsAnswer, from ?offset= on, of those that ?search= finds
//   GET    /api/torrents/HASH   one of them
//   POST   /api/torrents        a .torrent: 201 and what was made of it; several as multipart/form-data: UploadsAnswer
//   DELETE /api/torrents/HASH   Removed
//   GET    /torrents/HASH.torrent   the .torrent as it was uploaded

import { type Context, type Handler, Hono } from "hono";
import { formatMagnet, fromHex, InfoHash, MetainfoError, toBinary } from "../protocol/mod.ts";
import { ListError } from "./access_lists.ts";
import type { Removed, Torrent, TorrentsAnswer, UploadsAnswer } from "./admin_api.ts";
import { type AdminEnv, fail, whoOf } from "./admin_guard.ts";
import type { AppEnv } from "./app.ts";
import type { AuditLog } from "./audit_log.ts";
import type { RegisteredTorrent } from "./data_file.ts";
import { nextTurn } from "./next_turn.ts";
import { announceUrl, origin, searchOf, wholeNumber } from "./query.ts";
import { readBody, readFiles } from "./request_body.ts";
import { Slices } from "./sliced_order.ts";
import type { TorrentRegistry } from "./torrent_registry.ts";
import type { UndoShelf } from "./undo_shelf.ts";

/** Larger ones aren't taken: 16 MiB describes a torrent of 800,000 pieces. */
const MAX_METAINFO_BYTES = 16 << 20;
/** Of several together. */
const MAX_UPLOAD_BYTES = 64 << 20;
const MAX_UPLOADS = 1000;
/** Torrents in one answer. */
const LIMIT = 1000;

/** What the routes need. */
export interface TorrentsParts {
  about: { announcePort: number | null };
  registry: TorrentRegistry;
  audit: AuditLog;
  undo: UndoShelf;
  clocks: () => { now: number; unix: number };
}

/** The routes below /api/torrents, behind signedIn(). */
export function torrentsRoutes({ about, audit, clocks, registry, undo }: TorrentsParts): Hono<AdminEnv> {
  const app = new Hono<AdminEnv>();
  app.get("/", async (c) => {
    const offset = wholeNumber(c.req.query("offset"), 0, Number.MAX_SAFE_INTEGER);
    if (offset === undefined) return fail(c, 400, "Cannot read the query: offset must be a whole number");
    // A hundred thousand are looked through, and a thousand described, between announces.
    const slices = new Slices({ now: () => clocks().now, pause: nextTurn });
    const found = await registry.find(searchOf(c), slices);
    const torrents: Torrent[] = [];
    for (const torrent of found.slice(offset, offset + LIMIT)) {
      torrents.push(describe(c, torrent, about));
      await slices.rest();
    }
    return c.json<TorrentsAnswer>({ torrents, total: found.length, all: registry.all.size });
  });
  app.post("/", async (c) => {
    if (c.req.header("content-type")?.startsWith("multipart/form-data")) return await upload(c);
    const metainfo = await readBody(c.req.raw, MAX_METAINFO_BYTES);
    if (metainfo === undefined) return fail(c, 413, tooLarge(MAX_METAINFO_BYTES));
    const made = await register(c, metainfo);
    return typeof made === "string" ? fail(c, 400, made) : c.json(made, 201);
  });
  app.get("/:hash", (c) => {
    const torrent = registry.get(binaryHash(c.req.param("hash")));
    return torrent === undefined ? notRegistered(c) : c.json(describe(c, torrent, about));
  });
  app.delete("/:hash", (c) => {
    const infoHash = binaryHash(c.req.param("hash"));
    if (infoHash === "") return notRegistered(c);
    const torrent = registry.get(infoHash);
    const metainfo = registry.metainfo(infoHash);
    if (torrent === undefined || metainfo === undefined) {
      return c.json<Removed>({ changed: false, undo: null });
    }
    registry.remove(infoHash);
    const hex = c.req.param("hash").toLowerCase();
    audit.note(whoOf(c), "torrent-removed", hex, torrent.name);
    const restore = () => registry.restore(metainfo, torrent.addedAt);
    const thing = { bytes: metainfo.length, subject: `torrent ${hex}`, restore };
    return c.json<Removed>({ changed: true, undo: undo.put(thing, clocks().now) });
  });
  return app;

  async function upload(c: Context<AdminEnv>): Promise<Response> {
    const files = await readFiles(c.req.raw, MAX_UPLOAD_BYTES);
    if (files === "too-large") return fail(c, 413, tooLarge(MAX_UPLOAD_BYTES));
    if (files === "malformed") return fail(c, 400, "Cannot read the upload: it is no multipart/form-data");
    if (files.length > MAX_UPLOADS) {
      return fail(c, 413, `Cannot register so many torrents together: at most ${MAX_UPLOADS}`);
    }
    const results: UploadsAnswer["results"] = [];
    for (const { bytes, name } of files) {
      const made = bytes.length > MAX_METAINFO_BYTES
        ? tooLarge(MAX_METAINFO_BYTES)
        : await register(c, bytes);
      results.push(typeof made === "string" ? { file: name, error: made } : { file: name, torrent: made });
    }
    return c.json<UploadsAnswer>({ results });
  }

  /** What was made of a .torrent, or why it can't be one. */
  async function register(c: Context<AdminEnv>, metainfo: Uint8Array): Promise<Torrent | string> {
    try {
      const torrent = describe(c, await registry.register(metainfo, clocks().unix), about);
      audit.note(whoOf(c), "torrent-added", torrent.infoHash, torrent.name);
      return torrent;
    } catch (error) {
      if (error instanceof MetainfoError || error instanceof ListError) return error.message;
      throw error;
    }
  }
}

function tooLarge(most: number): string {
  return `Cannot register a torrent: at most ${most} bytes`;
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

function describe(
  c: Context,
  { addedAt, files, infoHash, name, totalBytes }: RegisteredTorrent,
  { announcePort }: TorrentsParts["about"],
): Torrent {
  const hash = InfoHash.fromBinary(infoHash);
  const magnet = formatMagnet({
    infoHash: hash,
    name,
    exactLength: totalBytes,
    trackers: [announceUrl(c, announcePort)],
    webSeeds: [],
    peers: [],
  });
  const download = `${origin(c)}/torrents/${hash.hex}.torrent`;
  return { infoHash: hash.hex, name, totalBytes, files, addedAt, magnet, download };
}

function notRegistered(c: Context): Response {
  return fail(c, 404, "There is no such torrent");
}

/** "" for what is no info hash: no torrent has it. */
function binaryHash(hex: string): string {
  return /^[0-9a-f]{40}$/i.test(hex) ? toBinary(fromHex(hex)) : "";
}
