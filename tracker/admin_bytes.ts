// Bytes of the admin page and of its API that are sent to many: compressed once, when the first asks for it who takes that.
// Not every tracker has a reader.

import { gzipSync } from "node:zlib";
import type { Context } from "hono";

/** Below, compressing makes nothing shorter that matters. */
const LEAST_GZIP_BYTES = 500;

/** One answer's bytes. */
export class AdminBytes {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #level: number | undefined;
  readonly #isZippable: boolean;
  #zipped: Uint8Array<ArrayBuffer> | undefined;

  /** `level` is zlib's, 1 to 9. What is drawn or packed already isn't text. */
  constructor(
    bytes: Uint8Array<ArrayBuffer>,
    { isText = true, level }: { isText?: boolean; level?: number } = {},
  ) {
    this.#bytes = bytes;
    this.#level = level;
    this.#isZippable = isText && bytes.length >= LEAST_GZIP_BYTES;
  }

  /** Headers that an answer with these bytes needs beside its own. */
  get headers(): Record<string, string> {
    return this.#isZippable ? { vary: "accept-encoding" } : {};
  }

  /** Answers with them. */
  send(c: Context, headers: Record<string, string> = {}): Response {
    if (!this.#isZippable || !/\bgzip\b/.test(c.req.header("accept-encoding") ?? "")) {
      return c.body(this.#bytes, 200, headers);
    }
    const options = this.#level === undefined ? {} : { level: this.#level };
    this.#zipped ??= new Uint8Array(gzipSync(this.#bytes, options));
    return c.body(this.#zipped, 200, { ...headers, "content-encoding": "gzip" });
  }
}
