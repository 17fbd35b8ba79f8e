// The built admin page, read once and kept: every file of the folder by its name, and the page itself for "/" and for
// the addresses that the page makes up (/swarms/…). Only the names found at the start are ever served, so no path of a
// request reaches the disk.

import type { Handler } from "hono";
import type { AppEnv } from "./app.ts";

const TYPES: Record<string, string> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  json: "application/json",
  map: "application/json",
  svg: "image/svg+xml",
  png: "image/png",
  ico: "image/x-icon",
  webmanifest: "application/manifest+json",
  woff2: "font/woff2",
  txt: "text/plain; charset=utf-8",
};

// Everything that the page is made of comes from here; nobody may frame it.
const SECURITY_HEADERS = {
  "content-security-policy":
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

const PAGE = "index.html";
/** Names that mean themselves in a route. A build makes no others. */
const SAFE_NAME = /^[\w-]+(\.[\w-]+)+$/;

interface Asset {
  bytes: Uint8Array<ArrayBuffer>;
  headers: Record<string, string>;
}

/** The files of the page, by name. */
export class AdminAssets {
  readonly #assets: ReadonlyMap<string, Asset>;
  /** What to say instead of the page, as plain text. */
  readonly #hint: string;

  private constructor(assets: ReadonlyMap<string, Asset>, hint: string) {
    this.#assets = assets;
    this.#hint = hint;
  }

  /** Reads a folder. One that isn't there makes a page that says how to build it. */
  static async load(folder: string): Promise<AdminAssets> {
    const assets = new Map<string, Asset>();
    let hint = "The admin page isn't built. Run: deno task admin:build, then start the tracker again";
    try {
      for await (const { isDirectory, name } of Deno.readDir(folder)) {
        if (isDirectory || !SAFE_NAME.test(name)) continue;
        assets.set(name, await toAsset(name, await Deno.readFile(`${folder}/${name}`)));
      }
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable) {
        hint = `The admin page needs the flag --allow-read=${folder}`;
      } else if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    return new AdminAssets(assets, `${hint}\n`);
  }

  /** A handler for "/", "/NAME" and the page's own addresses. */
  route(): Handler<AppEnv> {
    return (c) => {
      const name = c.req.path.slice(1);
      const asset = this.#assets.get(name) ?? this.#assets.get(PAGE);
      if (asset === undefined) {
        return c.text(this.#hint, 503, { ...SECURITY_HEADERS, "cache-control": "no-store" });
      }
      if (c.req.header("if-none-match") === asset.headers["etag"]) return c.body(null, 304, asset.headers);
      return c.body(asset.bytes, 200, asset.headers);
    };
  }

  /** The files there are. */
  get names(): string[] {
    return [...this.#assets.keys()];
  }
}

async function toAsset(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<Asset> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const type = TYPES[name.slice(name.lastIndexOf(".") + 1)] ?? "application/octet-stream";
  // "no-cache" keeps a copy but asks each time: a new build shows at the next reload, an old one costs 304.
  const headers = {
    "content-type": type,
    "cache-control": "no-cache",
    "etag": `"${digest.toHex().slice(0, 32)}"`,
  };
  return { bytes, headers: { ...SECURITY_HEADERS, ...headers } };
}
