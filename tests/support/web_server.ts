// A web server on loopback that has some files, and does what a test tells it besides.

import type { MadeTorrent } from "./make_torrent.ts";

export interface WebServerOptions {
  /** Whole files only, as if it knew no ranges. */
  withoutRanges?: boolean;
  /** Serves over TLS, both in PEM. */
  tls?: { cert: string; key: string };
  /** Answers in the server's place; undefined for what it would do itself. `n` counts all requests from 1. */
  answer?(path: string, request: Request, n: number): Response | undefined | Promise<Response | undefined>;
}

/** A request as the server saw it: path, and range in bytes. */
export interface SeenRequest {
  path: string;
  range: string | null;
}

/** What it has, by path: "/album/01.flac". */
export type ServedFiles = ReadonlyMap<string, Uint8Array<ArrayBuffer>>;

/** `torrent`'s files at /made/PATH, or the only one at /made. */
export function filesOf({ metainfo: { files, isSingleFile }, content }: MadeTorrent): ServedFiles {
  const real = files.filter((file) => !file.isPadding);
  return new Map(real.map(({ path, offset, length }) => [
    isSingleFile ? "/made" : `/made/${path.join("/")}`,
    content.slice(offset, offset + length) as Uint8Array<ArrayBuffer>,
  ]));
}

/** Serves until the end of the scope. */
export class WebServer implements AsyncDisposable {
  readonly requests: SeenRequest[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #files: ServedFiles;
  readonly #scheme: string;

  constructor(files: ServedFiles, options: WebServerOptions = {}) {
    this.#files = files;
    this.#scheme = options.tls === undefined ? "http" : "https";
    const listen = { hostname: "127.0.0.1", port: 0, onListen: () => {}, ...options.tls };
    this.#server = Deno.serve(listen, async (request) => {
      const path = decodeURIComponent(new URL(request.url).pathname);
      const range = request.headers.get("range");
      this.requests.push({ path, range });
      return await options.answer?.(path, request, this.requests.length) ??
        this.#answer(path, options.withoutRanges ? null : range);
    });
  }

  /** Its root, with a slash at the end. */
  get url(): string {
    return `${this.#scheme}://127.0.0.1:${this.#server.addr.port}/`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  #answer(path: string, range: string | null): Response {
    const file = this.#files.get(path);
    if (file === undefined) return new Response(null, { status: 404 });
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range ?? "")?.map(Number) ?? [];
    if (first === undefined || last === undefined) return new Response(file);
    if (first >= file.length) return new Response(null, { status: 416 });
    const body = file.subarray(first, last + 1);
    const headers = { "content-range": `bytes ${first}-${first + body.length - 1}/${file.length}` };
    return new Response(body, { status: 206, headers });
  }
}
