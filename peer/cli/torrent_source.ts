// A torrent as the command line names it: a .torrent file, the http(s) address of one, or a magnet link.

import type { Magnet, Metainfo } from "../../protocol/mod.ts";
import { MetainfoError } from "../../protocol/errors.ts";
import { parseMetainfo } from "../../protocol/metainfo.ts";
import { CommandError, ExitCode } from "./exit_code.ts";
import { printable } from "./format.ts";
import { collectTorrent, isMagnet, readMagnet, readTorrent } from "./read_torrent.ts";

/** A server has so long for all of a .torrent. */
const FETCH_TIMEOUT_MS = 30_000;

/** A torrent, or what names one. */
export type TorrentSource = Metainfo | Magnet;

/** True if the info dictionary is here. */
export function isMetainfo(source: TorrentSource): source is Metainfo {
  return "infoBytes" in source;
}

/**
 * Reads or fetches a torrent. Of a magnet link only the link.
 *
 * @throws {CommandError} with the source and what is wrong
 */
export async function loadTorrent(source: string): Promise<TorrentSource> {
  if (isMagnet(source)) return readMagnet(source);
  if (!/^https?:\/\//i.test(source)) return await readTorrent(source);
  const name = printable(source);
  try {
    return await parseMetainfo(await fetchBytes(source));
  } catch (error) {
    if (error instanceof MetainfoError) throw new CommandError(`${name}: ${error.message}`, ExitCode.input);
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(`Cannot fetch ${name}: ${printable(reason)}`, ExitCode.network);
  }
}

async function fetchBytes(url: string): Promise<Uint8Array> {
  const response = await fetch(url, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`the server says ${response.status} ${response.statusText}`.trimEnd());
  }
  return response.body === null ? new Uint8Array() : await collectTorrent(response.body);
}
