// The commands that download and seed, as they are said. Their code is loaded when they are called: most of a start's time
// goes into reading code.

import { type Command, describe, word } from "./command.ts";
import { nonEmpty, toggle, valued } from "./flags.ts";
import type { GetOptions } from "./get.ts";
import type { SeedOptions } from "./seed.ts";
import {
  DOWNLOAD_CONTRARIES,
  DOWNLOAD_FLAGS,
  type DownloadSaid,
  TRANSFER_CONTRARIES,
  TRANSFER_FLAGS,
  type TransferSaid,
} from "./transfer_flags.ts";
import type { TransferOptions } from "./transfer.ts";
import { parseNonEmpty, parsePort } from "./values.ts";

const SOURCE = "the .torrent, its http(s) address, or a magnet link";
const PORT = valued("port", "TCP port for incoming peers (default: a free one)", parsePort);

/** The one without a name. `about` is what its help says. */
export function transferCommand(about: () => string): Command {
  return describe<TransferSaid & DownloadSaid & Pick<TransferOptions, "exit">, [number, string, string]>({
    brief: "download what is missing, then seed",
    about,
    moreUsage: ["<command> --help"],
    contraries: DOWNLOAD_CONTRARIES,
    flags: {
      exit: toggle("leave when complete instead of seeding"),
      ...DOWNLOAD_FLAGS,
      ...TRANSFER_FLAGS,
    },
    words: {
      kind: "tuple",
      parameters: [
        word("listen-port", "TCP port for incoming peers; 0 takes a free one", parsePort),
        word("torrent-file", SOURCE, parseNonEmpty),
        word("output", "the file to write; the folder for a torrent of several files", parseNonEmpty),
      ],
    },
    run: async (options, port, source, output) => {
      const { transfer } = await import("./transfer.ts");
      return await transfer({ port, jobs: [{ source, pathFor: () => output }], options });
    },
  });
}

type GetSaid = TransferSaid & DownloadSaid & Pick<GetOptions, "dir" | "output" | "port" | "seed" | "exit">;

export function getCommand(): Command {
  return describe<GetSaid, string[]>({
    brief: "download torrents, each under its own name, and leave: a wget for torrents",
    flags: {
      dir: nonEmpty("folder", "where they go, each by its name (default: the present folder)"),
      output: nonEmpty("path", "instead, of one torrent: its file or folder; - for standard output"),
      port: PORT,
      seed: toggle("go on as a seeder until Ctrl-C"),
      exit: toggle("leave when complete, which it does anyway unless told to seed"),
      ...DOWNLOAD_FLAGS,
      ...TRANSFER_FLAGS,
    },
    contraries: [...DOWNLOAD_CONTRARIES, ["exit", "seed"], ["output", "dir"]],
    shorts: { d: "dir", o: "output", p: "port" },
    words: {
      kind: "array",
      minimum: 1,
      parameter: word("torrent", ".torrent files, their http(s) addresses, or magnet links", parseNonEmpty),
    },
    run: async (options, ...sources) => {
      const { get } = await import("./get.ts");
      return await get(sources, options);
    },
  });
}

export function seedCommand(): Command {
  return describe<TransferSaid & Pick<SeedOptions, "port">, [string, string]>({
    brief: "give what is there to others until Ctrl-C; exit code 1 if something is missing",
    flags: { port: PORT, ...TRANSFER_FLAGS },
    contraries: TRANSFER_CONTRARIES,
    shorts: { p: "port" },
    words: {
      kind: "tuple",
      parameters: [
        word("torrent", SOURCE, parseNonEmpty),
        word("path", "the file or folder with the data", parseNonEmpty),
      ],
    },
    run: async (options, source, path) => {
      const { seed } = await import("./seed.ts");
      return await seed(source, path, options);
    },
  });
}
