// `peer info FILE.torrent [--json]`: shows what a .torrent says.

import type { Metainfo } from "../../protocol/mod.ts";
import { ExitCode } from "./exit_code.ts";
import { formatBytes, formatCount, plural, printable } from "./format.ts";
import { readTorrent } from "./read_torrent.ts";
import { Terminal } from "./terminal.ts";

/** Prints it and returns the exit code. */
export async function info(torrentFile: string, options: { json?: boolean }): Promise<number> {
  const metainfo = await readTorrent(torrentFile);
  const terminal = new Terminal(false);
  if (options.json) terminal.print(JSON.stringify(describe(metainfo), null, 2));
  else for (const line of lines(metainfo)) terminal.print(line);
  return ExitCode.complete;
}

/** What is told, and in the JSON form how: README names the fields. */
function describe(metainfo: Metainfo) {
  const {
    name,
    infoHash,
    totalLength,
    layout,
    isPrivate,
    trackers,
    webSeeds,
    comment,
    createdBy,
    createdAt,
    source,
  } = metainfo;
  return {
    name,
    infoHash: infoHash.hex,
    totalLength,
    pieceLength: layout.pieceLength,
    pieceCount: layout.pieceCount,
    private: isPrivate,
    files: dataFiles(metainfo),
    trackers,
    webSeeds,
    comment,
    createdBy,
    createdAt: createdAt?.toISOString(),
    source,
  };
}

function lines(metainfo: Metainfo): string[] {
  const told = describe(metainfo);
  const facts: [string, string | undefined][] = [
    ["name", told.name],
    ["info hash", told.infoHash],
    ["size", `${formatBytes(told.totalLength)} (${formatCount(told.totalLength)} bytes)`],
    ["pieces", `${formatCount(told.pieceCount)} of ${formatBinary(told.pieceLength)}`],
    ["private", told.private ? "yes" : undefined],
    ["comment", told.comment],
    ["created", told.createdAt],
    ["by", told.createdBy],
    ["source", told.source],
    ...told.trackers.map((tier, i): [string, string] => [i === 0 ? "trackers" : "", tier.join("  ")]),
    ...told.webSeeds.map((url, i): [string, string] => [i === 0 ? "web seeds" : "", url]),
  ];
  const shown = facts.flatMap(([label, value]) =>
    value === undefined ? [] : [`${label.padEnd(10)} ${printable(value)}`]
  );
  if (metainfo.isSingleFile) return shown;
  return [
    ...shown,
    `${"files".padEnd(10)} ${plural(told.files.length, "file")}`,
    ...told.files.map(({ index, path, length }) =>
      `${`${index}`.padStart(10)} ${printable(path)} (${formatBytes(length)})`
    ),
  ];
}

/** With their numbers, as `--select` and magnet links have them (BEP 53). Padding (BEP 47) is nobody's file. */
function dataFiles({ files }: Metainfo): { index: number; path: string; length: number }[] {
  return files.flatMap(({ path, length, isPadding }, index) =>
    isPadding ? [] : [{ index, path: path.join("/"), length }]
  );
}

/** Piece lengths are powers of two nearly always: 262144 → "256 KiB". */
function formatBinary(bytes: number): string {
  if (bytes % (1 << 20) === 0) return `${bytes / (1 << 20)} MiB`;
  if (bytes % (1 << 10) === 0) return `${bytes / (1 << 10)} KiB`;
  return `${formatCount(bytes)} bytes`;
}
