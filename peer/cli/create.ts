// `peer create PATH -o FILE.torrent --announce URL`: makes a torrent of a file or a folder.

import { basename, resolve } from "node:path";
import { parseMetainfo } from "../../protocol/mod.ts";
import { createTorrent, StorageError } from "../mod.ts";
import { CommandError, ExitCode } from "./exit_code.ts";
import { formatBytes, formatPercent, plural, printable } from "./format.ts";
import { describeFileError } from "./read_torrent.ts";
import { Terminal } from "./terminal.ts";

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
  for (const url of [...options.announce ?? [], ...options.webSeed ?? []]) requireUrl(url);
  // Said before the hashing, which may take minutes.
  if (!options.force && await exists(target)) {
    throw new CommandError(
      `Cannot write ${target}: it exists: choose another name or add --force`,
      ExitCode.input,
    );
  }
  const terminal = new Terminal();
  const bytes = await hash(path, options, terminal);
  await save(target, bytes, options.force ?? false);
  const { name, infoHash, totalLength, layout } = await parseMetainfo(bytes);
  terminal.clear();
  terminal.print(
    `${target}: ${printable(name)}, ${formatBytes(totalLength)} in ${plural(layout.pieceCount, "piece")}`,
  );
  terminal.print(`info hash ${infoHash.hex}`);
  return ExitCode.complete;
}

async function hash(path: string, options: CreateCommandOptions, terminal: Terminal): Promise<Uint8Array> {
  try {
    return await createTorrent({
      path,
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
      throw new CommandError(error.message, error.kind === "missing" ? ExitCode.input : ExitCode.disk);
    }
    if (error instanceof Error && error.message.startsWith("Cannot")) {
      throw new CommandError(error.message, ExitCode.input);
    }
    throw error;
  }
}

/** Into a neighbour first, so that a .torrent is there whole or not at all. */
async function save(target: string, bytes: Uint8Array, force: boolean): Promise<void> {
  const partial = `${target}.part`;
  try {
    await Deno.writeFile(partial, bytes, { createNew: !force });
    await Deno.rename(partial, target);
  } catch (error) {
    throw new CommandError(`Cannot write ${target}: ${describeFileError(error)}`, ExitCode.disk);
  }
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

function requireUrl(url: string): void {
  if (!URL.canParse(url)) {
    throw new CommandError(`Cannot use the address ${printable(url)}: it is no URL`, ExitCode.input);
  }
}
