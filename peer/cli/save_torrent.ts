// Writes a .torrent that a command has made or changed.

import { CommandError, ExitCode } from "./exit_code.ts";
import { printable } from "./format.ts";
import { describeFileError } from "./read_torrent.ts";

/**
 * Writes into a neighbour first, so that a .torrent is there whole or not at all.
 *
 * @throws {CommandError} if something is there already, without `force`, or it can't be written
 */
export async function saveTorrent(
  target: string,
  bytes: Uint8Array,
  { force = false }: { force?: boolean },
): Promise<void> {
  await refuseExisting(target, force);
  const partial = partialOf(target);
  try {
    if (force) await Deno.remove(partial).catch(() => {}); // what stays is in the way, as the next line finds
    await Deno.writeFile(partial, bytes, { createNew: true });
    await Deno.rename(partial, target);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) throw inTheWay(target);
    await Deno.remove(partial).catch(() => {});
    throw new CommandError(`Cannot write ${target}: ${describeFileError(error)}`, ExitCode.disk);
  }
}

/** The neighbour that it is written into. */
export function partialOf(target: string): string {
  return `${target}.part`;
}

/** Nobody's file is overwritten unasked, nor what may be the neighbour of a run that is under way. */
export async function refuseExisting(target: string, force: boolean): Promise<void> {
  if (force) return;
  if (await exists(target)) {
    throw new CommandError(
      `Cannot write ${target}: it exists: choose another name or add --force`,
      ExitCode.input,
    );
  }
  if (await exists(partialOf(target))) throw inTheWay(target);
}

function inTheWay(target: string): CommandError {
  return new CommandError(
    `Cannot write ${target}: ${partialOf(target)} is in the way, perhaps of a run that was ended: remove it`,
    ExitCode.input,
  );
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

/** What is written as an address must be one. */
export function requireUrls(urls: readonly string[]): void {
  const wrong = urls.find((url) => !URL.canParse(url));
  if (wrong === undefined) return;
  throw new CommandError(`Cannot use the address ${printable(wrong)}: it is no URL`, ExitCode.input);
}
