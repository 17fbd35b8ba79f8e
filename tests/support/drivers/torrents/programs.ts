// The programs that make and read .torrent files, ours among them.

import { aria2 } from "../clients/aria2.ts";
import { findPython, libtorrent } from "../clients/libtorrent.ts";
import { runPeerCommand, seedling } from "../clients/seedling.ts";
import { findOnPath, output } from "../program.ts";
import type { TorrentMaker, TorrentReader } from "./torrent_program.ts";

const script = new URL("./libtorrent_torrent.py", import.meta.url).pathname;

export const makers = {
  seedling: {
    name: seedling.name,
    isOurs: true,
    install: seedling.install,
    find: seedling.find,
    async make(_stage, { path, output, pieceLength, announce }) {
      await runPeerCommand(
        "create",
        path,
        "-o",
        output,
        "--announce",
        announce,
        "--piece-length",
        String(pieceLength),
      );
    },
  },
  mktorrent: {
    name: "mktorrent",
    install: "apt-get install mktorrent",
    async find() {
      if (findOnPath("mktorrent") === undefined) return undefined;
      return /mktorrent ([\d.]+)/.exec(
        await output({ name: "mktorrent", command: ["mktorrent", "-h"], cwd: "." }),
      )?.[1];
    },
    async make(stage, plan) {
      const exponent = String(Math.log2(plan.pieceLength));
      await output({
        name: "mktorrent",
        command: ["mktorrent", "-a", plan.announce, "-l", exponent, "-o", plan.output, plan.path],
        cwd: stage.folder,
      });
    },
  },
  transmissionCreate: {
    name: "transmission-create",
    install: "apt-get install transmission-cli",
    find: () => findTransmissionTool("transmission-create"),
    async make(stage, plan) {
      const kib = String(plan.pieceLength / 1024);
      await output({
        name: "transmission-create",
        command: ["transmission-create", "-t", plan.announce, "-s", kib, "-o", plan.output, plan.path],
        cwd: stage.folder,
      });
    },
  },
  libtorrent: {
    name: "libtorrent",
    install: libtorrent.install,
    find: libtorrent.find,
    async make(stage, plan) {
      await output({
        name: "libtorrent",
        command: [
          ...[findPython() ?? "python3", script],
          ...["make", plan.path, plan.output, String(plan.pieceLength), plan.announce],
        ],
        cwd: stage.folder,
      });
    },
  },
} satisfies { [name: string]: TorrentMaker };

export const readers = {
  seedling: {
    name: seedling.name,
    isOurs: true,
    install: seedling.install,
    find: seedling.find,
    async read(_stage, torrent) {
      const info = JSON.parse(await runPeerCommand("info", torrent, "--json"));
      const { infoHash, name, totalLength, pieceLength, pieceCount, trackers } = info;
      const files: { path: string; length: number }[] = info.files;
      const isSingleFile = files.length === 1 && files[0]?.path === name;
      return {
        infoHash,
        name,
        totalLength,
        pieceLength,
        pieceCount,
        files: isSingleFile ? files : files.map(({ path, length }) => ({ path: `${name}/${path}`, length })),
        trackers: trackers.flat(),
      };
    },
  },
  libtorrent: {
    name: "libtorrent",
    install: libtorrent.install,
    find: libtorrent.find,
    async read(stage, torrent) {
      const command = [findPython() ?? "python3", script, "read", torrent];
      return JSON.parse(await output({ name: "libtorrent", command, cwd: stage.folder }));
    },
  },
  transmissionShow: {
    name: "transmission-show",
    install: "apt-get install transmission-cli",
    find: () => findTransmissionTool("transmission-show"),
    async read(stage, torrent) {
      const text = await output({
        name: "transmission-show",
        command: ["transmission-show", torrent],
        cwd: stage.folder,
      });
      const [, files = ""] = /^FILES\n\n([^]*)/m.exec(text) ?? [];
      return {
        infoHash: field(text, /^ {2}Hash: (\w+)$/m),
        name: field(text, /^ {2}Name: (.*)$/m),
        pieceCount: Number(field(text, /^ {2}Piece Count: (\d+)$/m)),
        files: [...files.matchAll(/^ {2}(.*) \([\d.]+ \w+\)$/gm)].map(([, path = ""]) => ({ path })),
        trackers: [...text.matchAll(/^ {2}(http\S+)$/gm)].map(([, url = ""]) => url),
      };
    },
  },
  aria2: {
    name: "aria2",
    install: aria2.install,
    find: aria2.find,
    async read(stage, torrent) {
      const text = await output({ name: "aria2c -S", command: ["aria2c", "-S", torrent], cwd: stage.folder });
      const length = (digits: string | undefined) => Number((digits ?? "").replaceAll(",", ""));
      return {
        infoHash: field(text, /^Info Hash: (\w+)$/m),
        name: field(text, /^Name: (.*)$/m),
        totalLength: length(field(text, /^Total Length: \S+ \(([\d,]+)\)$/m)),
        pieceCount: Number(field(text, /^The Number of Pieces: (\d+)$/m)),
        files: [...text.matchAll(/^ +\d+\|(.*)\n +\|\S+ \(([\d,]+)\)$/gm)].map(([, path = "", digits]) => ({
          path: path.replace("./", ""),
          length: length(digits),
        })),
        trackers: [...text.matchAll(/^ *(http\S+)$/gm)].map(([, url = ""]) => url),
      };
    },
  },
} satisfies { [name: string]: TorrentReader };

function field(text: string, pattern: RegExp): string {
  const value = pattern.exec(text)?.[1];
  if (value === undefined) {
    throw new Error(`Cannot read the program's output: nothing matches ${pattern}: got\n${text}`);
  }
  return value;
}

async function findTransmissionTool(name: string): Promise<string | undefined> {
  if (findOnPath(name) === undefined) return undefined;
  const { stderr } = await new Deno.Command(name, { args: ["--version"] }).output();
  return /([\d.]+)/.exec(new TextDecoder().decode(stderr))?.[1] ?? "unknown";
}
