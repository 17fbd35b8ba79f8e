// A certificate and its key in files: read at the start, and again when they have changed, for who connects from then on.

import { TrackerStartError } from "./errors.ts";
import { FileWatch } from "./file_watch.ts";
import type { HttpServer, TlsPair } from "./http_server.ts";
import { readTextFile, readTextFileAgain } from "./text_file.ts";

/** Where the two are, in PEM. */
export interface TlsFiles {
  cert: string;
  key: string;
}

/** The files of one server. */
export class Certificate {
  readonly #files: TlsFiles;
  readonly #watch: FileWatch;
  readonly #log: (line: string) => void;

  constructor(files: TlsFiles, log: (line: string) => void) {
    this.#files = files;
    this.#watch = new FileWatch([files.cert, files.key]);
    this.#log = log;
  }

  /**
   * What they hold.
   *
   * @throws {TrackerStartError} if they can't be read.
   */
  read(): TlsPair {
    return readPair(this.#files, readTextFile);
  }

  /** Gives it to the server; what can't be used is said, and the former stays. */
  renew(server: Pick<HttpServer, "renew">): void {
    try {
      server.renew?.(readPair(this.#files, readTextFileAgain));
      this.#log("Certificate read again");
    } catch (error) {
      if (!(error instanceof TrackerStartError)) throw error;
      this.#log(`${error.message}. The certificate stays as it was`);
    }
  }

  /** Does so if the files have changed. Call it every few seconds. */
  async watch(server: Pick<HttpServer, "renew">): Promise<void> {
    if (await this.#watch.hasChanged()) this.renew(server);
  }
}

function readPair({ cert, key }: TlsFiles, read: (path: string) => string): TlsPair {
  try {
    return { cert: read(cert), key: read(key) };
  } catch (error) {
    const isNotCapable = error instanceof Deno.errors.NotCapable;
    const reason = isNotCapable
      ? `permission is missing. Add --allow-read of ${cert} and ${key}`
      : error instanceof Error
      ? error.message
      : String(error);
    throw new TrackerStartError(`Cannot serve HTTPS: ${reason}`, isNotCapable ? "permission" : "tls", {
      cause: error,
    });
  }
}
