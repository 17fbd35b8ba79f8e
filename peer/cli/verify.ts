// `peer verify FILE.torrent PATH`: says which pieces and files are bad. Reads only.

import type { Metainfo } from "../../protocol/mod.ts";
import { StorageError } from "../storage/errors.ts";
import { verifyData } from "../verify_data.ts";
import { CommandError, ExitCode } from "./exit_code.ts";
import { formatBytes, formatPercent, plural, printable } from "./format.ts";
import { readTorrent } from "./read_torrent.ts";
import { Terminal } from "./terminal.ts";

/** Checks the data at `path` and returns the exit code: 0 all is well, 1 something is missing or wrong. */
export async function verify(
  torrentFile: string,
  path: string,
  options: { json?: boolean },
): Promise<number> {
  const metainfo = await readTorrent(torrentFile);
  const terminal = new Terminal(!options.json && Deno.stdout.isTerminal());
  const bad = await findBadPieces(metainfo, path, terminal);
  terminal.clear();
  const files = badFiles(metainfo, bad);
  const isGood = bad.length === 0;
  const { pieceCount } = metainfo.layout;
  if (options.json) {
    terminal.print(JSON.stringify({ complete: isGood, pieces: pieceCount, badPieces: bad, badFiles: files }));
  } else if (isGood) {
    terminal.print(
      `${path}: all ${plural(pieceCount, "piece")} are good (${formatBytes(metainfo.totalLength)})`,
    );
  } else {
    terminal.print(
      `${path}: ${bad.length} of ${plural(pieceCount, "piece")} are missing or wrong: ${ranges(bad)}`,
    );
    for (const file of files) {
      terminal.print(`  ${printable(file.path)}: ${file.badPieces} of ${plural(file.pieces, "piece")}`);
    }
  }
  return isGood ? ExitCode.complete : ExitCode.bad;
}

async function findBadPieces(metainfo: Metainfo, path: string, terminal: Terminal): Promise<number[]> {
  try {
    const have = await verifyData(metainfo, {
      path,
      onProgress: (checked, pieces) => terminal.live(`checking ${formatPercent(checked / pieces)}`),
    });
    return [...have.missing()];
  } catch (error) {
    if (error instanceof StorageError) throw new CommandError(error.message, ExitCode.disk);
    throw error;
  } finally {
    terminal.clear();
  }
}

interface BadFile {
  path: string;
  /** Pieces that hold a part of the file, and how many of them are bad. */
  pieces: number;
  badPieces: number;
}

/** Files with a part in a bad piece. A piece on the border between two files makes both suspect. */
function badFiles(metainfo: Metainfo, bad: number[]): BadFile[] {
  const { pieceLength } = metainfo.layout;
  let next = 0;
  const found: BadFile[] = [];
  for (const { path, offset, length, isPadding } of metainfo.files) {
    if (isPadding || length === 0) continue;
    const first = Math.floor(offset / pieceLength);
    const last = Math.floor((offset + length - 1) / pieceLength);
    while (next < bad.length && (bad[next] ?? 0) < first) next++;
    let end = next;
    while (end < bad.length && (bad[end] ?? 0) <= last) end++;
    if (end > next) found.push({ path: path.join("/"), pieces: last - first + 1, badPieces: end - next });
  }
  return found;
}

/** `[1, 2, 3, 7]` → `"1-3, 7"`, cut after twenty ranges. */
export function ranges(indexes: number[]): string {
  const parts: string[] = [];
  for (let i = 0; i < indexes.length;) {
    let last = i;
    while (last + 1 < indexes.length && indexes[last + 1] === (indexes[last] ?? 0) + 1) last++;
    parts.push(last === i ? `${indexes[i]}` : `${indexes[i]}-${indexes[last]}`);
    i = last + 1;
  }
  const shown = parts.slice(0, 20);
  return shown.join(", ") +
    (parts.length > shown.length ? ` and ${parts.length - shown.length} more ranges` : "");
}
