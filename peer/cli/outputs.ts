// Where torrents go, of which no two may go to the same place.

import type { Metainfo } from "../../protocol/mod.ts";
import { CommandError, ExitCode } from "./exit_code.ts";
import { isMetainfo, type TorrentSource } from "./torrent_source.ts";
import type { Job } from "./transfer.ts";

/** Two in one place would write over each other, so none is let in twice. */
export class Outputs {
  readonly #paths = new Map<string, Job>();

  /** Refuses what can be seen before anything is begun. */
  constructor(jobs: readonly Job[], sources: readonly TorrentSource[]) {
    const hashes = sources.map(({ infoHash }) => infoHash.hex);
    const again = hashes.find((hash, i) => hashes.indexOf(hash) !== i);
    if (again !== undefined) throw twice("info hash", again);
    for (const [i, source] of sources.entries()) {
      if (isMetainfo(source)) this.pathFor(jobs[i] as Job, source);
    }
  }

  /** The file or folder for a job's torrent. */
  pathFor(job: Job, metainfo: Metainfo): string {
    const path = job.pathFor(metainfo);
    const other = this.#paths.get(path);
    if (other !== undefined && other !== job) throw twice("output", path);
    this.#paths.set(path, job);
    return path;
  }
}

function twice(what: string, value: string): CommandError {
  return new CommandError(`Cannot get two torrents with the same ${what}: got ${value}`, ExitCode.input);
}
