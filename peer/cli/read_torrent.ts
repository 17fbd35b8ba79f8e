// A .torrent or magnet link named on the command line, with what can be wrong about it said in one line.

import type { Magnet, Metainfo } from "../../protocol/mod.ts";
import { concat } from "../../protocol/bytes.ts";
import { MagnetError, MetainfoError } from "../../protocol/errors.ts";
import { parseMagnet } from "../../protocol/magnet.ts";
import { parseMetainfo } from "../../protocol/metainfo.ts";
import { CommandError, ExitCode } from "./exit_code.ts";
import { describeFileError } from "./file_error.ts";

/** Nobody's .torrent is larger; a file that is was named by mistake. */
const MAX_TORRENT_BYTES = 128 * 1024 * 1024;

/**
 * Reads and parses a .torrent.
 *
 * @throws {CommandError} with the file's name and what is wrong
 */
export async function readTorrent(path: string): Promise<Metainfo> {
  return await parseTorrent(path, await readTorrentBytes(path));
}

/**
 * Parses what is in a .torrent.
 *
 * @throws {CommandError} with the file's name and what is wrong
 */
export async function parseTorrent(path: string, bytes: Uint8Array): Promise<Metainfo> {
  try {
    return await parseMetainfo(bytes);
  } catch (error) {
    if (error instanceof MetainfoError) throw new CommandError(`${path}: ${error.message}`, ExitCode.input);
    throw error;
  }
}

/** True if it is meant as a magnet link, not as a file's name. */
export function isMagnet(text: string): boolean {
  return /^magnet:/i.test(text);
}

/**
 * Reads a magnet link.
 *
 * @throws {CommandError} with what is wrong
 */
export function readMagnet(text: string): Magnet {
  try {
    return parseMagnet(text);
  } catch (error) {
    if (error instanceof MagnetError) throw new CommandError(error.message, ExitCode.input);
    throw error;
  }
}

/**
 * What is in a .torrent, if it may be one by its size.
 *
 * @throws {CommandError} with the file's name and what is wrong
 */
export async function readTorrentBytes(path: string): Promise<Uint8Array> {
  try {
    const { isDirectory, isFile, size } = await Deno.stat(path);
    if (isDirectory) {
      throw new CommandError(`Cannot read ${path}: it is a folder: name a .torrent file`, ExitCode.input);
    }
    refuseTooLarge(size);
    if (isFile && size > 0) return await Deno.readFile(path);
    // Of a pipe, or a device, nobody knows how much will come.
    return await collectTorrent((await Deno.open(path)).readable);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const isAddress = error instanceof Deno.errors.NotFound && /^(magnet|https?|ftp|file):/i.test(path);
    const reason = isAddress ? "an address is no file: name a .torrent file" : describeFileError(error);
    throw new CommandError(`Cannot read ${path}: ${reason}`, ExitCode.input);
  }
}

/**
 * All that comes, if it may be a .torrent by its length: no more is taken.
 *
 * @throws {Error} whose message is a sentence's end
 */
export async function collectTorrent(parts: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const taken: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop ends what they come from.
  for await (const part of parts) {
    length += part.length;
    refuseTooLarge(length);
    taken.push(part);
  }
  return concat(taken);
}

function refuseTooLarge(length: number): void {
  if (length > MAX_TORRENT_BYTES) throw new Error(`it is too large for a .torrent: got ${length} bytes`);
}
