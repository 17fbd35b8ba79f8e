// Little of everything: file descriptors, memory.

import assert from "node:assert/strict";
import { join } from "node:path";
import { createTorrent } from "../../../peer/mod.ts";
import { ROOT } from "../../../peer/demo/program_process.ts";
import { PeerProcess, TrackerProcess } from "../../support/programs.ts";
import { pseudoRandomBytes } from "../../support/random.ts";
import type { TempDir } from "../../support/temp_dir.ts";
import type { Fault } from "./fault.ts";

const FILES = 300;
/** As macOS has it. With none left at all the runtime itself gives up (Deno 2.9.6), which no program can prevent. */
const DESCRIPTORS = 256;
const HEAP_MIB = 32;

export const LIMIT_FAULTS: readonly Fault[] = [
  {
    name: `${DESCRIPTORS} file descriptors for ${FILES} files`,
    obstacle: () => Promise.resolve(Deno.build.os === "linux" ? undefined : "prlimit is Linux'"),
    attempt: (temp) => downloadFolder(temp, ["prlimit", `--nofile=${DESCRIPTORS}`], []),
  },
  {
    name: `a heap of ${HEAP_MIB} MiB`,
    attempt: (temp) => downloadFolder(temp, [], [`--v8-flags=--max-old-space-size=${HEAP_MIB}`]),
  },
];

/** Downloads many files with a peer that is started in a certain way; all must be right. */
async function downloadFolder(temp: TempDir, before: string[], flags: string[]): Promise<void> {
  const folder = temp.join("folder");
  await Deno.mkdir(folder);
  for (let i = 0; i < FILES; i++) {
    await Deno.writeFile(join(folder, `${i}`), pseudoRandomBytes(20_000 + i, i));
  }
  await using tracker = await TrackerProcess.start();
  const torrent = temp.join("folder.torrent");
  await Deno.writeFile(
    torrent,
    await createTorrent({ path: folder, trackers: [[tracker.announce]], pieceLength: 64 * 1024 }),
  );
  await using seeder = new PeerProcess([torrent, folder]);
  await seeder.event("complete");
  const copy = temp.join("copy");
  const [program = "", ...args] = [
    ...before,
    ...[Deno.execPath(), "run", "-q", "--no-prompt", "--config", `${ROOT}deno.json`, "-P=peer", ...flags],
    ...[
      `${ROOT}peer/main.ts`,
      "0",
      torrent,
      copy,
      "--json",
      "--exit",
      "--state-dir",
      temp.join("copy-state"),
    ],
  ];
  const { code, stderr, stdout } = await new Deno.Command(program, { args, stdin: "null" }).output();
  const said = new TextDecoder().decode(stderr) + new TextDecoder().decode(stdout).slice(-2000);
  assert.equal(code, 0, said);
  for (let i = 0; i < FILES; i++) {
    assert.deepEqual(await Deno.readFile(join(copy, `${i}`)), pseudoRandomBytes(20_000 + i, i), `file ${i}`);
  }
}
