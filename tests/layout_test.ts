// The rooms of the project and who may import whom: ARCHITECTURE.md's directions in executable form. Import and export
// statements are read with a simple expression, which is enough for code that `deno fmt` has laid out.

import assert from "node:assert/strict";
import { dirname, join, normalize } from "node:path";

const ROOT = normalize(join(import.meta.dirname ?? ".", ".."));
const NOTE_LINES = 300;
const MOST_LINES = 400;
const TOP_FOLDERS = new Set(["protocol", "tracker", "peer", "admin", "tests"]);
// Made by the project's own commands or named in its permissions, and no part of it.
const MADE_FOLDERS = new Set(["data", "dist", "torrents", "node_modules"]);

/** What the files of one room may reach. The first room whose `files` match is a file's room. */
interface Room {
  name: string;
  files: RegExp;
  /** Files of ours, by path from the top. */
  ours: RegExp;
  /** More files of ours, by `import type` only. */
  types?: RegExp;
  /** Packages and built-in modules. */
  packages?: RegExp;
  /** Uses no `Deno.*`. */
  isPure?: boolean;
}

const NODE = /^node:/;
const TRACKER_FRONTEND =
  "(main|mod|app|store\\/redis_\\w+|\\w+_routes?|\\w+_server|admin_(access|answers|app|assets|bytes|guard|records|server|service|token|token_command)|command_line|help|query|torrent_folder|torrent_registry|data_file|database|keeper|snapshot_file|settings|request_log|relay|tls_files|text_file|file_watch|reload|program_log|patient_print)\\.ts$";

const ROOMS: Room[] = [
  { name: "protocol", files: /^protocol\//, ours: /^protocol\//, isPure: true },
  { name: "peer/engine", files: /^peer\/engine\//, ours: /^(peer\/engine|protocol)\//, isPure: true },
  {
    name: "peer/storage",
    files: /^peer\/storage\//,
    ours: /^(peer\/storage|protocol)\//,
    types: /^peer\/engine\/ports\.ts$/,
    packages: NODE,
  },
  { name: "peer/net", files: /^peer\/net\//, ours: /^(peer\/net|peer\/engine|protocol)\//, packages: NODE },
  { name: "peer/announce", files: /^peer\/announce\//, ours: /^(peer\/announce|protocol)\//, packages: NODE },
  {
    // Not through the mod.ts: a command reads no more code than it uses, which is most of a short command's time.
    name: "peer/cli",
    files: /^peer\/(cli\/|main\.ts$)/,
    ours: /^(peer\/cli\/|peer\/\w+\.ts$|peer\/(net|storage)\/errors\.ts$|protocol\/)/,
    packages: /^(@stricli\/core$|get-east-asian-width$|picomatch$|node:)/,
  },
  {
    name: "peer/demo",
    files: /^peer\/demo\//,
    ours: /^(peer\/demo\/|peer\/cli\/|peer\/mod\.ts$|protocol\/mod\.ts$)/,
    packages: NODE,
  },
  {
    name: "peer, where its parts meet",
    files: /^peer\/\w+\.ts$/,
    ours: /^(peer\/(?!cli\/|demo\/|main\.ts)|protocol\/)/,
    packages: NODE,
  },
  {
    name: "tracker frontends",
    files: new RegExp(`^tracker/${TRACKER_FRONTEND}`),
    ours: /^(tracker|protocol)\//,
    packages: /^(hono($|\/)|@stricli\/core$|@redis\/client$|node:)/,
  },
  {
    name: "tracker core",
    files: /^tracker\//,
    ours: new RegExp(`^(protocol/|tracker/(?!${TRACKER_FRONTEND}))`),
    isPure: true,
  },
  {
    name: "admin",
    files: /^admin\//,
    ours: /^admin\//,
    types: /^tracker\/admin_api\.ts$/,
    packages: /^(preact($|\/)|@preact\/signals$|d3-(array|shape|time)$)/,
    isPure: true,
  },
  { name: "mod.ts", files: /^mod\.ts$/, ours: /^(protocol|tracker|peer)\/mod\.ts$/ },
  { name: "tests", files: /^tests\//, ours: /^/, packages: /^/ },
];

/** Which files may open sockets. */
const SOCKETS =
  /^(peer\/net\/|tracker\/(udp|gate)_server\.ts|peer\/announce\/udp_socket\.ts|peer\/demo\/|tests\/)/;
/** Which files may reach torrent data: the ones that use positioned file access. */
const TORRENT_DATA = /^(peer\/storage\/|peer\/create_torrent\.ts|tests\/)/;

interface Import {
  /** Path from the top, or the package's name. */
  target: string;
  isOurs: boolean;
  isType: boolean;
}

interface Source {
  path: string;
  /** Without its comments. */
  code: string;
  lines: number;
  imports: Import[];
}

const sources = await readSources();

Deno.test("every folder at the top is one that was agreed on", async () => {
  const folders = [];
  for await (const { name, isDirectory } of Deno.readDir(ROOT)) {
    if (isDirectory && !name.startsWith(".") && !MADE_FOLDERS.has(name)) folders.push(name);
  }
  assert.deepEqual(folders.filter((name) => !TOP_FOLDERS.has(name)), []);
});

Deno.test("every source file has a room, and its name is in snake_case", () => {
  assert.deepEqual(sources.filter(({ path }) => roomOf(path) === undefined).map(({ path }) => path), []);
  assert.deepEqual(sources.map(({ path }) => path).filter((path) => !/^[a-z0-9_./]+$/.test(path)), []);
});

for (const room of ROOMS) {
  Deno.test(`${room.name} imports only what it may`, () => {
    const strangers = sources.filter(({ path }) => roomOf(path) === room).flatMap(({ path, imports }) =>
      imports.filter((each) => !isAllowed(room, each)).map((each) => `${path} → ${each.target}`)
    );
    assert.deepEqual(strangers, []);
  });
}

Deno.test("pure rooms do not use Deno", () => {
  const users = sources.filter(({ path, code }) => roomOf(path)?.isPure && /\bDeno\b/.test(code));
  assert.deepEqual(users.map(({ path }) => path), []);
});

Deno.test("only peer/net, the UDP files and the demo's port check open sockets", () => {
  const users = sources.filter(({ path, code }) =>
    !SOCKETS.test(path) && /\bDeno\.(listen|connect|listenDatagram|listenTls|connectTls)\b/.test(code)
  );
  assert.deepEqual(users.map(({ path }) => path), []);
});

Deno.test("only peer/storage and create_torrent.ts use node:fs", () => {
  const users = sources.filter(({ path, imports }) =>
    !TORRENT_DATA.test(path) && imports.some(({ target, isType }) => target === "node:fs" && !isType)
  );
  assert.deepEqual(users.map(({ path }) => path), []);
});

Deno.test("no import goes in a circle", () => {
  assert.deepEqual(findCircle(), undefined);
});

Deno.test(`no file of the programs has more than ${MOST_LINES} lines`, () => {
  const long = sources.filter(({ lines }) => lines > NOTE_LINES).toSorted((a, b) => b.lines - a.lines);
  if (long.length > 0) {
    const list = long.map(({ path, lines }) => `  ${lines} ${path}`).join("\n");
    console.log(`Longer than ${NOTE_LINES} lines: which two nouns share the room?\n${list}`);
  }
  const tooLong = long.filter(({ path, lines }) => lines > MOST_LINES && !path.startsWith("tests/"));
  assert.deepEqual(tooLong.map(({ path }) => path), []);
});

function roomOf(path: string): Room | undefined {
  return ROOMS.find(({ files }) => files.test(path));
}

function isAllowed(room: Room, { target, isOurs, isType }: Import): boolean {
  if (!isOurs) return room.packages?.test(target) ?? false;
  return room.ours.test(target) || (isType && (room.types?.test(target) ?? false));
}

/** The first circle of imports found, as a list of paths. Type-only imports are gone when the code runs. */
function findCircle(): string[] | undefined {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const isDone = new Set<string>();
  const visit = (path: string, trail: string[]): string[] | undefined => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (isDone.has(path)) return undefined;
    for (const { target, isOurs, isType } of byPath.get(path)?.imports ?? []) {
      const circle = isOurs && !isType ? visit(target, [...trail, path]) : undefined;
      if (circle !== undefined) return circle;
    }
    isDone.add(path);
    return undefined;
  };
  for (const path of byPath.keys()) {
    const circle = visit(path, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

async function readSources(): Promise<Source[]> {
  const found: Source[] = [];
  const visit = async (folder: string): Promise<void> => {
    for await (const { name, isDirectory } of Deno.readDir(join(ROOT, folder))) {
      const path = folder === "" ? name : `${folder}/${name}`;
      if (isDirectory) {
        if (folder === "" ? TOP_FOLDERS.has(name) : name !== "dist" && name !== "node_modules") {
          await visit(path);
        }
      } else if (/\.tsx?$/.test(name)) {
        found.push(readSource(path, await Deno.readTextFile(join(ROOT, path))));
      }
    }
  };
  await visit("");
  return found.toSorted((a, b) => a.path < b.path ? -1 : 1);
}

function readSource(path: string, text: string): Source {
  const code = text.replaceAll(/^\s*\/\*\*[^]*?\*\//gm, "").replaceAll(/(^|\s)\/\/.*$/gm, "$1");
  const statements = code.matchAll(/^(?:import|export)\s+(type\s)?(?:[^"';]*?\sfrom\s+)?"([^"]+)"/gm);
  const calls = code.matchAll(/\bimport\(\s*()"([^"]+)"/g);
  const imports = [...statements, ...calls].map(([, type, specifier = ""]): Import => {
    const isOurs = specifier.startsWith(".");
    const target = isOurs ? join(dirname(path), specifier) : specifier;
    return { target, isOurs, isType: (type ?? "") !== "" };
  });
  return { path, code, lines: text.split("\n").length - 1, imports };
}
