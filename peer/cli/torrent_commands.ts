// The commands that make, show, check and change torrents, as they are said. Their code is loaded when they are called.

import { type Command, describe, word } from "./command.ts";
import type { CreateCommandOptions } from "./create.ts";
import type { EditOptions } from "./edit.ts";
import { nonEmpty, repeated, text, toggle, valued } from "./flags.ts";
import { parseHttpUrl, parseNonEmpty, parsePieceLength, parseTrackerUrl } from "./values.ts";

const TORRENT = word("torrent-file", "the .torrent", parseNonEmpty);
const JSON_FLAG = toggle("as JSON");

export function createCommand(): Command {
  return describe<CreateCommandOptions & { config?: string }, [string]>({
    brief: "make a torrent of a file or a folder",
    flags: {
      output: nonEmpty("file", "the .torrent to write (default: the path's name with .torrent)"),
      announce: repeated("url", "a tracker; repeat it for more, in order of preference", parseTrackerUrl),
      pieceLength: valued(
        "bytes",
        "a power of two from 16k, such as 1M (default: by size)",
        parsePieceLength,
      ),
      name: text("name", "the name inside the torrent (default: the path's)"),
      comment: text("text", "a comment for people"),
      webSeed: repeated("url", "an HTTP server that has the data; repeat it for more", parseHttpUrl),
      source: text("text", "a mark that changes the info hash, as private trackers want it"),
      private: toggle("only trackers may name peers (BEP 27)"),
      force: toggle("overwrite the .torrent"),
      config: nonEmpty("file", "a config file (JSON: flags without their dashes)"),
    },
    shorts: { o: "output", a: "announce", l: "pieceLength", n: "name", c: "comment", w: "webSeed" },
    words: { kind: "tuple", parameters: [word("path", "the file or folder", parseNonEmpty)] },
    run: async (options, path) => {
      const { create } = await import("./create.ts");
      return await create(path, options);
    },
  });
}

export function infoCommand(): Command {
  return describe<{ json?: boolean }, [string]>({
    brief: "show what a .torrent says",
    flags: { json: JSON_FLAG },
    words: { kind: "tuple", parameters: [TORRENT] },
    run: async (options, torrent) => {
      const { info } = await import("./info.ts");
      return await info(torrent, options);
    },
  });
}

export function verifyCommand(): Command {
  return describe<{ json?: boolean }, [string, string]>({
    brief: "check data against a torrent: exit code 0 if all is good, 1 if not",
    flags: { json: JSON_FLAG },
    words: {
      kind: "tuple",
      parameters: [TORRENT, word("path", "the file or folder with the data", parseNonEmpty)],
    },
    run: async (options, torrent, path) => {
      const { verify } = await import("./verify.ts");
      return await verify(torrent, path, options);
    },
  });
}

export function magnetCommand(): Command {
  return describe<Record<never, never>, [string]>({
    brief: "print the magnet link of a torrent",
    flags: {},
    words: { kind: "tuple", parameters: [TORRENT] },
    hasNoSettings: true,
    run: async (_, torrent) => {
      const { magnet } = await import("./magnet.ts");
      return await magnet(torrent);
    },
  });
}

export function editCommand(): Command {
  return describe<EditOptions, [string]>({
    brief: "change what stands in a .torrent around its info hash",
    flags: {
      output: nonEmpty("file", "write it here (default: in its place)"),
      announce: repeated("url", "these trackers instead, in order of preference", parseTrackerUrl),
      noAnnounce: toggle("no trackers"),
      webSeed: repeated("url", "these web seeds instead", parseHttpUrl),
      noWebSeed: toggle("no web seeds"),
      comment: text("text", "this comment instead"),
      noComment: toggle("no comment"),
      private: toggle("only trackers may name peers (BEP 27); changes the info hash"),
      noPrivate: toggle("peers may come from anywhere; changes the info hash"),
      allowNewInfoHash: toggle("let the info hash change: it is another torrent then"),
    },
    contraries: [
      ["announce", "noAnnounce"],
      ["webSeed", "noWebSeed"],
      ["comment", "noComment"],
      ["private", "noPrivate"],
    ],
    shorts: { o: "output", a: "announce", w: "webSeed", c: "comment" },
    words: { kind: "tuple", parameters: [TORRENT] },
    // What was set for other commands must change no torrent.
    hasNoSettings: true,
    run: async (options, torrent) => {
      const { edit } = await import("./edit.ts");
      return await edit(torrent, options);
    },
  });
}
