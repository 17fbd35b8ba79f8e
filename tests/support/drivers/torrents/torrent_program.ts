// What every driver of a program that makes or reads .torrent files offers the rows.

import type { Needed } from "../needed.ts";
import type { Launch } from "../program.ts";
import type { Stage } from "../stage.ts";

/** How a torrent is to be made. */
export interface TorrentPlan {
  /** The file or folder. */
  path: string;
  /** The .torrent to write. */
  output: string;
  /** A power of two. */
  pieceLength: number;
  announce: string;
  /** A web server that has it (BEP 19). */
  webSeed?: string | undefined;
  /** How many threads shall hash, where a program can be told. Default: what it thinks best. */
  threads?: number;
}

export interface TorrentMaker extends Needed {
  /** The command that makes it and leaves. */
  launch(plan: TorrentPlan): Launch;
}

/** What a program tells of a torrent; what it does not tell, or only rounded, is left out. */
export interface TorrentFacts {
  infoHash: string;
  name: string;
  totalLength?: number;
  pieceLength?: number;
  pieceCount?: number;
  /** Paths that begin with the torrent's name; a single file's path is the name itself. */
  files: { path: string; length?: number }[];
  trackers?: string[];
}

export interface TorrentReader extends Needed {
  read(stage: Stage, torrent: string): Promise<TorrentFacts>;
}
