// The built admin page, read once and kept: every file of the folder by its name, and the page itself for "/" and for
// the addresses that the page makes up (/swarms/…). Only the names found at the start are ever served, so no path of a
// request reaches the disk. The style sheet stands in the page itself: what the first paint needs comes with one answer.

import { createHash } from "node:crypto";
import type { Handler } from "hono";
import type { AppEnv } from "./app.ts";
import { AdminBytes } from "./admin_bytes.ts";

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
const POLICY =
  "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const SECURITY_HEADERS = {
  "content-security-policy": POLICY,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
};

/** Takes the page out of the hands of a site that opened it, which could send its tab elsewhere later. */
const APART = { "cross-origin-opener-policy": "same-origin" };
/** Nobody has opened the page but its reader, or the page itself. The browser says so; no script can. */
const NO_OPENER = ["none", "same-origin"];

const PAGE = "index.html";
/** Colours that a reader has chosen, in a cookie that the page sets; the system's without one. */
const THEME_COOKIE = /(?:^|;\s*)seedling_theme=(light|dark)(?:;|$)/;
const THEMES = ["light", "dark"];
/** Where the page names its style sheet. */
const STYLE_LINK = /<link rel="stylesheet" href="\/([\w.-]+)">/;
const IS_TEXT = /^text\/|json|svg/;
/** Names that mean themselves in a route. A build makes no others. */
const SAFE_NAME = /^[\w-]+(\.[\w-]+)+$/;

interface Asset {
  bytes: Uint8Array<ArrayBuffer>;
  body: AdminBytes;
  headers: Record<string, string>;
}

/** The files of the page, by name. */
export class AdminAssets {
  readonly #assets: ReadonlyMap<string, Asset>;
  /** The page itself by the colours that were chosen; "" for none. */
  readonly #pages = new Map<string, Asset>();
  /** What to say instead of the page, as plain text. */
  readonly #hint: string;

  private constructor(assets: Map<string, Asset>, hint: string) {
    this.#assets = assets;
    this.#hint = hint;
    const page = assets.get(PAGE);
    if (page === undefined) return;
    const html = new TextDecoder().decode(page.bytes);
    for (const theme of ["", ...THEMES]) this.#pages.set(theme, toPage(html, theme, assets));
    assets.delete(PAGE);
  }

  /** Reads a folder. One that isn't there makes a page that says how to build it. */
  static async load(folder: string): Promise<AdminAssets> {
    const assets = new Map<string, Asset>();
    let hint = "The admin page isn't built. Run: deno task admin:build, then start the tracker again";
    try {
      for await (const { isDirectory, name } of Deno.readDir(folder)) {
        if (isDirectory || !SAFE_NAME.test(name)) continue;
        assets.set(name, toAsset(name, await Deno.readFile(`${folder}/${name}`)));
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
      const asset = this.#assets.get(c.req.path.slice(1)) ?? this.#pageFor(c.req.header("cookie"));
      if (asset === undefined) {
        return c.text(this.#hint, 503, { ...SECURITY_HEADERS, ...APART, "cache-control": "no-store" });
      }
      // For a page that is to be apart the browser starts a process first: 75 ms of waiting, where it protects nobody.
      const isApart = !NO_OPENER.includes(c.req.header("sec-fetch-site") ?? "");
      const headers = isApart ? { ...asset.headers, ...APART } : asset.headers;
      if (c.req.header("if-none-match") === headers["etag"]) return c.body(null, 304, headers);
      return asset.body.send(c, headers);
    };
  }

  /** The files there are. */
  get names(): string[] {
    return [...this.#assets.keys(), ...(this.#pages.size > 0 ? [PAGE] : [])];
  }

  #pageFor(cookie = ""): Asset | undefined {
    return this.#pages.get(THEME_COOKIE.exec(cookie)?.[1] ?? "");
  }
}

/** The page in the colours that were chosen, with the style sheet that it names inside, which is the only one it may have. */
function toPage(html: string, theme: string, assets: ReadonlyMap<string, Asset>): Asset {
  const [link = "", name = ""] = STYLE_LINK.exec(html) ?? [];
  const sheet = assets.get(name);
  let page = theme === "" ? html : html.replace("<html ", `<html data-theme="${theme}" `);
  let policy = POLICY;
  if (sheet !== undefined) {
    const style = new TextDecoder().decode(sheet.bytes);
    page = page.replace(link, () => `<style>${style}</style>`);
    policy += `; style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`;
  }
  const headers = { "content-security-policy": policy, "vary": "accept-encoding, cookie, sec-fetch-site" };
  return toAsset(PAGE, new TextEncoder().encode(page), headers);
}

function toAsset(name: string, bytes: Uint8Array<ArrayBuffer>, more: Record<string, string> = {}): Asset {
  const type = TYPES[name.slice(name.lastIndexOf(".") + 1)] ?? "application/octet-stream";
  const body = new AdminBytes(bytes, { isText: IS_TEXT.test(type), level: 9 });
  // "no-cache" keeps a copy but asks each time: a new build shows at the next reload, an old one costs 304.
  const headers = {
    "content-type": type,
    "cache-control": "no-cache",
    "etag": `W/"${createHash("sha256").update(bytes).digest("hex").slice(0, 32)}"`,
    ...body.headers,
  };
  return { bytes, body, headers: { ...SECURITY_HEADERS, ...headers, ...more } };
}
