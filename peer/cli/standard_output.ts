// `peer get TORRENT -o -`: the torrent's only file, or the selected one, on standard output, in order, while it comes. What
// has come out of order waits in a folder that is gone when the program has left.

import { join } from "node:path";
import type { MetainfoFile } from "../../protocol/mod.ts";
import type { Torrent } from "../mod.ts";
import { CommandError, ExitCode } from "./exit_code.ts";
import { writePatiently } from "./patient_write.ts";
import { unwritable } from "./terminal.ts";
import { transfer, type TransferOptions } from "./transfer.ts";

const CHUNK_BYTES = 1024 * 1024;

/** Runs to the end and returns the exit code; that of Ctrl-C if the reader has gone before the end. */
export async function getToStandardOutput(
  source: string,
  { port, options }: { port: number; options: TransferOptions },
): Promise<number> {
  if (options.json) {
    throw new CommandError(
      "Cannot print events and data to standard output: leave --json or -o - out",
      ExitCode.input,
    );
  }
  // Nothing of the one file changes while it is being written.
  const { configFile: _, ...rest } = options;
  let folder: string | undefined;
  // Not before the torrent is here: until then there is nothing to put there.
  const pathFor = () => join(folder ??= Deno.makeTempDirSync({ prefix: "seedling-" }), "data");
  try {
    return await transfer({
      port,
      jobs: [{
        source,
        pathFor,
        onAdded: (torrent) => {
          const file = onlyFile(torrent); // refused before anything is begun
          const place = torrent.metainfo.isSingleFile ? pathFor() : join(pathFor(), ...file.path);
          return new OrderedOutput(torrent, file, place).finished;
        },
      }],
      options: { ...rest, noResume: true, sequential: true },
      isDataOut: true,
    });
  } finally {
    if (folder !== undefined) await Deno.remove(folder, { recursive: true });
  }
}

/** The torrent's file, or the one that was selected, be it by the magnet link (BEP 53). */
function onlyFile(torrent: Torrent): MetainfoFile {
  const { files, name } = torrent.metainfo;
  const wanted = files.filter(({ isPadding }, index) => !isPadding && torrent.priority(index) !== "skip");
  const [file] = wanted;
  if (file !== undefined && wanted.length === 1) return file;
  throw new CommandError(
    `Cannot write ${name} to standard output: must be one file: got ${wanted.length} (--select one, or use --dir)`,
    ExitCode.input,
  );
}

/** Copies pieces in their order, each as soon as it and all before it are on the disk. */
class OrderedOutput {
  /** Resolves with the exit code when everything is written, or can't be. */
  readonly finished: Promise<number>;
  readonly #torrent: Torrent;
  readonly #file: MetainfoFile;
  readonly #path: string;
  /** Verified pieces that are not written yet. */
  readonly #ready = new Set<number>();
  #wake = Promise.withResolvers<void>();

  /** `path` is where `file` lies. */
  constructor(torrent: Torrent, file: MetainfoFile, path: string) {
    this.#torrent = torrent;
    this.#file = file;
    this.#path = path;
    torrent.subscribe((event) => {
      if (event.type === "piece") this.#ready.add(event.index);
      this.#wake.resolve();
    });
    this.finished = this.#copy();
  }

  async #copy(): Promise<number> {
    const { pieceLength } = this.#torrent.metainfo.layout;
    const { offset, length } = this.#file;
    const end = offset + length;
    const chunk = new Uint8Array(Math.min(CHUNK_BYTES, pieceLength));
    try {
      for (let at = offset; at < end;) {
        const index = Math.floor(at / pieceLength);
        while (!this.#ready.delete(index)) await this.#next();
        const to = Math.min(end, (index + 1) * pieceLength);
        using file = await Deno.open(this.#path);
        await file.seek(at - offset, Deno.SeekMode.Start);
        await this.#copyBytes(file, to - at, chunk);
        at = to;
      }
      return ExitCode.complete;
    } catch (error) {
      // Whoever read has what he wanted.
      if (error instanceof Deno.errors.BrokenPipe) return ExitCode.interrupted;
      throw error;
    }
  }

  async #next(): Promise<void> {
    await this.#wake.promise;
    this.#wake = Promise.withResolvers<void>();
  }

  async #copyBytes(file: Deno.FsFile, length: number, chunk: Uint8Array): Promise<void> {
    for (let left = length; left > 0;) {
      const n = await file.read(chunk.subarray(0, left));
      if (n === null) throw new Error(`Cannot read ${this.#path}: it ends too early`);
      await writeAll(chunk.subarray(0, n));
      left -= n;
    }
  }
}

/**
 * Writes it all, however long the reader takes.
 *
 * @throws {CommandError} if it can't be written; `BrokenPipe` if the reader has gone
 */
async function writeAll(bytes: Uint8Array): Promise<void> {
  try {
    await writePatiently(Deno.stdout, bytes);
  } catch (error) {
    throw error instanceof Deno.errors.BrokenPipe ? error : unwritable(error);
  }
}
