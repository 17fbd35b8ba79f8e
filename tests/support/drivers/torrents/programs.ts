// The programs that make and read .torrent files, ours among them.

import { dirname } from "node:path";
import { aria2 } from "../clients/aria2.ts";
import { findPython, libtorrent } from "../clients/libtorrent.ts";
import { projectFolder, runPeerCommand, seedling, taskCommand } from "../clients/seedling.ts";
import { findOnPath, type Launch, output } from "../program.ts";
import type { TorrentMaker, TorrentPlan, TorrentReader } from "./torrent_program.ts";

const script = new URL("./libtorrent_torrent.py", import.meta.url).pathname;

export const makers = {
  seedling: {
    name: seedling.name,
    isOurs: true,
    install: seedling.install,
    find: seedling.find,
    launch: (plan) => createLaunch(plan, projectFolder),
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
    launch({ path, output, pieceLength, announce, webSeed, threads }) {
      const exponent = String(Math.log2(pieceLength));
      const seeds = webSeed === undefined ? [] : ["-w", webSeed];
      const lanes = threads === undefined ? [] : ["-t", String(threads)];
      const command = ["mktorrent", ...lanes, ...seeds, "-a", announce, "-l", exponent, "-o", output, path];
      return { name: "mktorrent", command, cwd: dirname(output) };
    },
  },
  transmissionCreate: {
    name: "transmission-create",
    install: "apt-get install transmission-cli",
    find: () => findTransmissionTool("transmission-create"),
    launch({ path, output, pieceLength, announce }) {
      const kib = String(pieceLength / 1024);
      const command = ["transmission-create", "-t", announce, "-s", kib, "-o", output, path];
      return { name: "transmission-create", command, cwd: dirname(output) };
    },
  },
  libtorrent: {
    name: "libtorrent",
    install: libtorrent.install,
    find: libtorrent.find,
    launch({ path, output, pieceLength, announce, webSeed }) {
      const command = [
        ...[findPython() ?? "python3", script],
        ...["make", path, output, String(pieceLength), announce],
        ...(webSeed === undefined ? [] : [webSeed]),
      ];
      return { name: "libtorrent", command, cwd: dirname(output) };
    },
  },
  libtorrentPadded: {
    name: "libtorrent",
    install: libtorrent.install,
    find: libtorrent.find,
    launch({ path, output, pieceLength, announce }) {
      const args = ["make_padded", path, output, String(pieceLength), announce];
      return {
        name: "libtorrent",
        command: [findPython() ?? "python3", script, ...args],
        cwd: dirname(output),
      };
    },
  },
} satisfies { [name: string]: TorrentMaker };

/** Our own `create`, of this checkout or another. */
export function createLaunch(
  { path, output, pieceLength, announce, webSeed }: TorrentPlan,
  checkout: string,
): Launch {
  const args = [path, "-o", output, "--announce", announce, "--piece-length", String(pieceLength)];
  if (webSeed !== undefined) args.push("--web-seed", webSeed);
  return { name: "peer create", command: taskCommand("create", ...args), cwd: checkout };
}

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
        files: files.map(({ path, length }) => ({ path: isSingleFile ? path : `${name}/${path}`, length })),
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
