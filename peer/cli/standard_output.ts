// `peer get TORRENT -o -`: the torrent's only file, or the selected one, on standard output, in order, while it comes. What
// has come out of order waits in a folder that is gone when the program has left.

import { join } from "node:path";
import type { MetainfoFile } from "../../protocol/mod.ts";
import type { Torrent } from "../mod.ts";
import { CommandError, ExitCode } from "./exit_code.ts";
import { OutputThread } from "./output_thread.ts";
import { transfer, type TransferOptions } from "./transfer.ts";

/** Runs to the end and returns the exit code; that of Ctrl-C if the reader has gone before the end. */
export async function getToStandardOutput(
  source: string,
  { port, options }: { port: number; options: TransferOptions },
): Promise<number> {
  if (options.json) {
    throw new CommandError(
      "Cannot print events and data to standard output: leave --json or -o - out, " +
        "or set SEEDLING_JSON=false where a setting says --json",
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
    const { offset, length } = this.#file;
    const end = offset + length;
    using thread = new OutputThread();
    for (let at = offset; at < end;) {
      const to = Math.min(end, await this.#readyEnd(at));
      const result = await thread.copy({ path: this.#path, offset: at - offset, length: to - at });
      if (result === "reader-gone") return ExitCode.interrupted; // whoever read has what he wanted
      if (result !== "written") throw new CommandError(result.failure, ExitCode.disk);
      at = to;
    }
    return ExitCode.complete;
  }

  /** Where the verified pieces end that begin with the one at `at`, as soon as there is one. */
  async #readyEnd(at: number): Promise<number> {
    const { pieceLength } = this.#torrent.metainfo.layout;
    let index = Math.floor(at / pieceLength);
    while (!this.#ready.has(index)) await this.#next();
    while (this.#ready.delete(index)) index++;
    return index * pieceLength;
  }

  async #next(): Promise<void> {
    await this.#wake.promise;
    this.#wake = Promise.withResolvers<void>();
  }
}
