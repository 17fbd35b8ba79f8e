// `peer magnet FILE.torrent`: prints the torrent's magnet link (BEP 9).

import { formatMagnet } from "../../protocol/magnet.ts";
import { ExitCode } from "./exit_code.ts";
import { readTorrent } from "./read_torrent.ts";
import { Terminal } from "./terminal.ts";

/** Prints it and returns the exit code. */
export async function magnet(torrentFile: string): Promise<number> {
  const { infoHash, name, totalLength, trackers, webSeeds } = await readTorrent(torrentFile);
  new Terminal(false).print(formatMagnet({
    infoHash,
    name,
    exactLength: totalLength,
    trackers: trackers.flat(),
    webSeeds,
    peers: [],
  }));
  return ExitCode.complete;
}
