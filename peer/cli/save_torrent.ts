// Writes a .torrent that a command has made or changed.

import { dirname } from "node:path";
import { CommandError, ExitCode } from "./exit_code.ts";
import { describeFileError } from "./file_error.ts";

const NO_FOLDER = "there is no such folder: make it first";

/** What is to happen to what is there already. */
export interface SaveOptions {
  /** It is replaced. Default false. */
  force?: boolean;
  /** Else: what the person may do. */
  advice?: string;
}

/**
 * Writes into a neighbour first, so that a .torrent is there whole or not at all. What is replaced keeps its mode, and its
 * place if a link leads there.
 *
 * @throws {CommandError} if something is there already, without `force`, or it can't be written
 */
export async function saveTorrent(target: string, bytes: Uint8Array, options: SaveOptions): Promise<void> {
  await refuseExisting(target, options);
  const { force = false } = options;
  const { place, partial } = await placesOf(target);
  try {
    const mode = await modeOf(place);
    if (force) await Deno.remove(partial).catch(() => {}); // what stays is in the way, as the next line finds
    await Deno.writeFile(partial, bytes, { createNew: true, ...mode });
    await Deno.rename(partial, place);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) throw inTheWay(target, partial);
    await Deno.remove(partial).catch(() => {});
    throw unwritable(target, error instanceof Deno.errors.NotFound ? NO_FOLDER : describeFileError(error));
  }
}

/** Where it is to be, whatever links lead there, and the neighbour that it is written into first. */
export async function placesOf(target: string): Promise<{ place: string; partial: string }> {
  const place = await Deno.realPath(target).catch(() => target);
  return { place, partial: `${place}.part` };
}

/** Nobody's file is overwritten unasked, nor what may be the neighbour of a run that is under way. */
export async function refuseExisting(
  target: string,
  { force = false, advice = "choose another name or add --force" }: SaveOptions,
): Promise<void> {
  if (target === "-") {
    throw new CommandError(
      "Cannot write a .torrent to standard output: name a file: ./- for one of that name",
      ExitCode.input,
    );
  }
  if (force) return;
  if (await exists(target)) {
    throw new CommandError(`Cannot write ${target}: it exists: ${advice}`, ExitCode.input);
  }
  const { partial } = await placesOf(target);
  if (await exists(partial)) throw inTheWay(target, partial);
}

/** Where no .torrent can be, whatever is overwritten: without its folder, and in a folder's place. */
export async function refuseUnfit(target: string): Promise<void> {
  const { place } = await placesOf(target);
  if (await isFolder(place)) throw unwritable(target, "it is a folder: name a file");
  if (!await exists(dirname(place))) throw unwritable(target, NO_FOLDER);
}

function unwritable(target: string, reason: string): CommandError {
  return new CommandError(`Cannot write ${target}: ${reason}`, ExitCode.disk);
}

function inTheWay(target: string, partial: string): CommandError {
  return new CommandError(
    `Cannot write ${target}: ${partial} is in the way, perhaps of a run that was ended: remove it`,
    ExitCode.input,
  );
}

/** A .torrent with a passkey in it may be for its owner's eyes alone. */
async function modeOf(path: string): Promise<{ mode?: number }> {
  const mode = await Deno.stat(path).then((found) => found.isFile ? found.mode : null, () => null);
  return mode === null ? {} : { mode: mode & 0o777 };
}

async function isFolder(path: string): Promise<boolean> {
  return await Deno.stat(path).then(({ isDirectory }) => isDirectory, () => false);
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}
