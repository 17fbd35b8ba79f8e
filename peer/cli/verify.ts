// `peer verify FILE.torrent PATH`: says which pieces and files are bad. Reads only.

import type { Metainfo } from "../../protocol/mod.ts";
import { StorageError } from "../storage/errors.ts";
import { verifyData } from "../verify_data.ts";
import { CommandError, ExitCode } from "./exit_code.ts";
import { formatBytes, formatPercent, plural, printable } from "./format.ts";
import { refuseOtherKind } from "./other_kind.ts";
import { readTorrent } from "./read_torrent.ts";
import { Terminal } from "./terminal.ts";

/** Checks the data at `path` and returns the exit code: 0 all is well, 1 something is missing or wrong. */
export async function verify(
  torrentFile: string,
  path: string,
  options: { json?: boolean },
): Promise<number> {
  const metainfo = await readTorrent(torrentFile);
  await refuseOtherKind(metainfo, path, "verify");
  const terminal = new Terminal(!options.json && Deno.stdout.isTerminal());
  const { bad, missingEmpty } = await findBad(metainfo, path, terminal);
  terminal.clear();
  const files = badFiles(metainfo, bad, missingEmpty);
  const isGood = bad.length === 0 && missingEmpty.size === 0;
  const { pieceCount } = metainfo.layout;
  if (options.json) {
    terminal.print(JSON.stringify({ complete: isGood, pieces: pieceCount, badPieces: bad, badFiles: files }));
  } else {
    const pieces = plural(pieceCount, "piece");
    const good = pieceCount === 1 ? "its one piece is good" : `all ${pieces} are good`;
    const empty = `${plural(missingEmpty.size, "empty file")} ${isOrAre(missingEmpty.size)} missing`;
    if (isGood) terminal.print(`${path}: ${good} (${formatBytes(metainfo.totalLength)})`);
    else if (bad.length === 0) terminal.print(`${path}: ${good}, but ${empty}`);
    else {
      const wrong = `${bad.length} of ${pieces} ${isOrAre(bad.length)} missing or wrong: ${ranges(bad)}`;
      terminal.print(`${path}: ${wrong}${missingEmpty.size > 0 ? `, and ${empty}` : ""}`);
    }
    for (const { path, pieces, badPieces } of files) {
      terminal.print(
        `  ${printable(path)}: ${pieces === 0 ? "missing" : `${badPieces} of ${plural(pieces, "piece")}`}`,
      );
    }
  }
  return isGood ? ExitCode.complete : ExitCode.bad;
}

function isOrAre(count: number): string {
  return count === 1 ? "is" : "are";
}

interface Bad {
  /** Pieces that are missing or wrong. */
  bad: number[];
  /** Files without bytes that are missing, by index. */
  missingEmpty: ReadonlySet<number>;
}

async function findBad(metainfo: Metainfo, path: string, terminal: Terminal): Promise<Bad> {
  const missingEmpty = new Set<number>();
  try {
    const have = await verifyData(metainfo, {
      path,
      onProgress: (checked, pieces) => terminal.live(`checking ${formatPercent(checked / pieces)}`),
      onMissingEmpty: (index) => missingEmpty.add(index),
    });
    return { bad: [...have.missing()], missingEmpty };
  } catch (error) {
    if (error instanceof StorageError) throw new CommandError(error.message, ExitCode.disk);
    throw error;
  } finally {
    terminal.clear();
  }
}

interface BadFile {
  path: string;
  /** Pieces that hold a part of the file, and how many of them are bad. No piece holds a part of an empty file. */
  pieces: number;
  badPieces: number;
}

/** Files with a part in a bad piece, and empty ones that are missing. A piece on the border between two files makes both suspect. */
function badFiles(metainfo: Metainfo, bad: number[], missingEmpty: ReadonlySet<number>): BadFile[] {
  const { pieceLength } = metainfo.layout;
  let next = 0;
  const found: BadFile[] = [];
  for (const [index, { path, offset, length, isPadding }] of metainfo.files.entries()) {
    if (missingEmpty.has(index)) found.push({ path: path.join("/"), pieces: 0, badPieces: 0 });
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
