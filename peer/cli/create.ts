// `peer create PATH -o FILE.torrent --announce URL`: makes a torrent of a file or a folder.

import { basename, resolve } from "node:path";
import { parseMetainfo } from "../../protocol/metainfo.ts";
import { createTorrent } from "../create_torrent.ts";
import { StorageError, type StorageErrorKind } from "../storage/errors.ts";
import { CommandError, ExitCode } from "./exit_code.ts";
import { formatBytes, formatPercent, plural, printable } from "./format.ts";
import { placesOf, refuseExisting, refuseUnfit, saveTorrent } from "./save_torrent.ts";
import { Terminal } from "./terminal.ts";

/** Another path is wanted, and no disk is to blame. */
const UNFIT: ReadonlySet<StorageErrorKind> = new Set(["missing", "empty", "outside", "special"]);

export interface CreateCommandOptions {
  /** Where the .torrent goes. Default: the name of what it is made of, with ".torrent", in the present folder. */
  output?: string;
  /** Each in a tier of its own, in the order given (BEP 12). */
  announce?: string[];
  /** Bytes. Default: by size. */
  pieceLength?: number;
  private?: boolean;
  comment?: string;
  name?: string;
  webSeed?: string[];
  source?: string;
  /** Overwrite the .torrent if it is there. */
  force?: boolean;
}

/** Makes the .torrent and returns the exit code. */
export async function create(path: string, options: CreateCommandOptions): Promise<number> {
  const target = options.output ?? `${basename(resolve(path))}.torrent`;
  const force = options.force ?? false;
  // Before the hashing, which may take minutes.
  await refuseUnfit(target);
  await refuseExisting(target, { force });
  const terminal = new Terminal();
  // Which may lie in the folder itself, from the last time: what is replaced afterwards can't be a part of the torrent.
  const exclude = Object.values(await placesOf(target));
  const bytes = await hash(path, exclude, options, terminal);
  await saveTorrent(target, bytes, { force });
  const { name, infoHash, totalLength, layout } = await parseMetainfo(bytes);
  terminal.clear();
  terminal.print(
    `${target}: ${printable(name)}, ${formatBytes(totalLength)} in ${plural(layout.pieceCount, "piece")}`,
  );
  terminal.print(`info hash ${infoHash.hex}`);
  return ExitCode.complete;
}

async function hash(
  path: string,
  exclude: string[],
  options: CreateCommandOptions,
  terminal: Terminal,
): Promise<Uint8Array> {
  try {
    return await createTorrent({
      path,
      exclude,
      ...(options.name === undefined ? {} : { name: options.name }),
      ...(options.pieceLength === undefined ? {} : { pieceLength: options.pieceLength }),
      ...(options.announce === undefined ? {} : { trackers: options.announce.map((url) => [url]) }),
      ...(options.webSeed === undefined ? {} : { webSeeds: options.webSeed }),
      ...(options.comment === undefined ? {} : { comment: options.comment }),
      ...(options.source === undefined ? {} : { source: options.source }),
      ...(options.private ? { isPrivate: true } : {}),
      onProgress: (done, total) => terminal.live(`hashing ${formatPercent(total === 0 ? 1 : done / total)}`),
    });
  } catch (error) {
    terminal.clear();
    if (error instanceof StorageError) {
      throw new CommandError(error.message, UNFIT.has(error.kind) ? ExitCode.input : ExitCode.disk);
    }
    if (error instanceof Error && error.message.startsWith("Cannot")) {
      throw new CommandError(error.message, ExitCode.input);
    }
    throw error;
  }
}
