// A web server on loopback that has one torrent's files, and does what a test tells it besides.

import type { MadeTorrent } from "./make_torrent.ts";

export interface WebServerOptions {
  /** Whole files only, as if it knew no ranges. */
  withoutRanges?: boolean;
  /** Answers in the server's place; undefined for what it would do itself. `n` counts all requests from 1. */
  answer?(path: string, request: Request, n: number): Response | undefined | Promise<Response | undefined>;
}

/** A request as the server saw it: path, and range in bytes. */
export interface SeenRequest {
  path: string;
  range: string | null;
}

/** Serves until the end of the scope. */
export class WebServer implements AsyncDisposable {
  readonly requests: SeenRequest[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #files: Map<string, Uint8Array<ArrayBuffer>>;

  /** Has `torrent`'s files at /made/PATH, or the only one at /made. */
  constructor(torrent: MadeTorrent, options: WebServerOptions = {}) {
    const { metainfo: { files, isSingleFile }, content } = torrent;
    this.#files = new Map(
      files.filter((file) => !file.isPadding).map(({ path, offset, length }) => [
        isSingleFile ? "/made" : `/made/${path.join("/")}`,
        content.slice(offset, offset + length),
      ]),
    );
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
      const path = decodeURIComponent(new URL(request.url).pathname);
      const range = request.headers.get("range");
      this.requests.push({ path, range });
      return await options.answer?.(path, request, this.requests.length) ??
        this.#answer(path, options.withoutRanges ? null : range);
    });
  }

  /** The folder in which the torrent is: the web seed's URL, with a slash at its end. */
  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/`;
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
