// The flags of every command that downloads or seeds, in one place.

import { choice, type FlagsFor, nonEmpty, repeated, toggle, valued } from "./flags.ts";
import type { TransferOptions } from "./transfer.ts";
import { parseCount, parseDuration, parseHttpUrl, parseRate, parseRatio } from "./values.ts";

/** What commands that download take, and those that only seed do not. */
export type DownloadSaid = Pick<TransferOptions, "select" | "high" | "low" | "sequential">;

/** What all of them take. */
export type TransferSaid = Omit<TransferOptions, keyof DownloadSaid | "exit" | "configFile"> & {
  config?: string;
};

export const TRANSFER_FLAGS: FlagsFor<TransferSaid> = {
  seedRatio: valued("ratio", "leave when so many times the download has been given, in all runs", parseRatio),
  seedTime: valued("time", "leave so long after completion: 90, 90s, 30m, 12h, 7d", parseDuration),
  seedIdle: valued("time", "leave when nobody has taken anything for so long", parseDuration),
  superSeeding: toggle("give each piece once, for first seeders with a slow line (BEP 16)"),
  json: toggle("print events as JSON, one object a line"),
  verbose: toggle("log connections and messages to standard error"),
  host: nonEmpty("address", "listen on this address only"),
  limitDown: valued("rate", "receive so many bytes a second at most: 800k, 1.5M; 0 for no limit", parseRate),
  limitUp: valued("rate", "send so many bytes a second at most", parseRate),
  torrentLimitDown: valued("rate", "the same for each torrent by itself", parseRate),
  torrentLimitUp: valued("rate", "the same for each torrent by itself", parseRate),
  maxConnections: valued("number", "connections of all torrents at most (default: 500)", parseCount),
  encryption: choice("policy", "encrypt connections: off, allowed (default), preferred or required", [
    "off",
    "allowed",
    "preferred",
    "required",
  ]),
  noWebSeeds: toggle("download from peers only, not from the torrents' web servers"),
  publicOnly: toggle("ask web seeds, trackers, peers only if their addresses are public"),
  recheck: toggle("read all that is on the disk, also what has not changed since"),
  stateDir: nonEmpty("folder", "what the next start shall know (default: ~/.local/state/seedling)"),
  noResume: toggle("keep nothing for the next start, and read everything at this one"),
  onComplete: valued("url", "post a JSON object to this address when a torrent is complete", parseHttpUrl),
  config: nonEmpty("file", "a config file (default: ~/.config/seedling/config.json)"),
};

export const DOWNLOAD_FLAGS: FlagsFor<DownloadSaid> = {
  select: repeated("files", "only these: numbers as in info (0,2-5) or a pattern (*.flac)"),
  high: repeated("files", "fetch these before the others"),
  low: repeated("files", "fetch these after the others"),
  sequential: toggle("fetch the pieces in their order, which is slower for everybody"),
};

/** To keep nothing for the next start, or to say where. */
export const TRANSFER_CONTRARIES = [["noResume", "stateDir"]] as const;

/** These, and to leave when complete, or to seed first. */
export const DOWNLOAD_CONTRARIES = [
  ["exit", "seedRatio"],
  ["exit", "seedTime"],
  ["exit", "seedIdle"],
  ...TRANSFER_CONTRARIES,
] as const;
