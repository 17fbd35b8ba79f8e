// Files and folders that may not be read or written: what was attempted, what is wrong and what to do is said, nothing is
// lost, and with the right given all goes on.

import assert from "node:assert/strict";
import { createTorrent } from "../../../peer/mod.ts";
import { projectFolder, taskCommand } from "../../support/drivers/clients/seedling.ts";
import { Program } from "../../support/drivers/program.ts";
import { ADMIN, PeerProcess, TrackerProcess } from "../../support/programs.ts";
import { pseudoRandomBytes } from "../../support/random.ts";
import type { TempDir } from "../../support/temp_dir.ts";
import { withoutRights } from "../../support/without_rights.ts";
import type { Fault } from "./fault.ts";
import { PIECE_LENGTH, PIECES, Swarm } from "./swarm.ts";

const INPUT_ERROR = 2;
const DISK_ERROR = 3;
const READ_ONLY = 0o500;
const CLOSED = 0o000;
const OPEN = 0o700;
const FILES = 20;

export const RIGHTS_FAULTS: readonly Fault[] = [
  {
    name: "an output folder that may not be written",
    async attempt(temp) {
      await using swarm = await Swarm.start(temp);
      const folder = await makeFolder(temp, READ_ONLY);
      await refuses(DISK_ERROR, [`${folder}/copy`, "permission denied: check who owns it"], [
        ...["0", swarm.made.torrent, `${folder}/copy`, "--exit"],
      ]);
      await Deno.chmod(folder, OPEN);
      await swarm.completes(`${folder}/copy`);
    },
  },
  {
    name: "an output folder that may not be entered",
    async attempt(temp) {
      await using swarm = await Swarm.start(temp);
      const folder = await makeFolder(temp, CLOSED);
      await refuses(DISK_ERROR, [folder, "permission denied: check who owns it"], [
        ...["0", swarm.made.torrent, `${folder}/copy`, "--exit"],
      ]);
      await Deno.chmod(folder, OPEN);
      await swarm.completes(`${folder}/copy`);
    },
  },
  {
    name: "a file in the output's place that may not be written",
    async attempt(temp, random) {
      await using swarm = await Swarm.start(temp);
      const copy = temp.join("copy");
      const before = random.bytes(PIECE_LENGTH);
      await Deno.writeFile(copy, before, { mode: 0o400 });
      await refuses(DISK_ERROR, [copy, "permission denied: check who owns it"], [
        ...["0", swarm.made.torrent, copy, "--exit"],
      ]);
      assert.deepEqual(await Deno.readFile(copy), before);
      await Deno.chmod(copy, 0o600);
      await swarm.completes(copy);
    },
  },
  { name: "folders that lose the right to be written during a download", attempt: closeFolderMeanwhile },
  {
    name: "data to seed that may not be read",
    async attempt(temp) {
      await using swarm = await Swarm.start(temp);
      const copy = temp.join("copy");
      await Deno.copyFile(swarm.made.path, copy);
      await Deno.chmod(copy, CLOSED);
      await refuses(DISK_ERROR, [copy, "permission denied: check who owns it"], [
        ...["seed", swarm.made.torrent, copy],
      ]);
    },
  },
  {
    name: "a torrent and a config file that may not be read",
    async attempt(temp) {
      await using swarm = await Swarm.start(temp);
      const config = temp.join("config.json");
      await Deno.writeTextFile(config, "{}", { mode: CLOSED });
      const line = ["0", swarm.made.torrent, temp.join("copy"), "--exit"];
      await refuses(INPUT_ERROR, [config], [...line, "--config", config]);
      await Deno.chmod(swarm.made.torrent, CLOSED);
      await refuses(INPUT_ERROR, [swarm.made.torrent], line);
    },
  },
  { name: "a state folder and a state that may not be used", attempt: keepNoState },
  { name: "a tracker's data folder that loses its rights and gets them again", attempt: closeTrackersFolder },
];

async function makeFolder(temp: TempDir, mode: number): Promise<string> {
  const folder = temp.join("folder");
  await Deno.mkdir(folder);
  await Deno.chmod(folder, mode);
  return folder;
}

/** Runs the peer as somebody for whom permissions hold. */
function startPeer(args: readonly string[]): Program {
  return new Program({
    name: "peer",
    command: [...withoutRights(), ...taskCommand("peer", ...args)],
    cwd: projectFolder,
    // No state but where a fault says so.
    env: args.includes("--state-dir") ? {} : { SEEDLING_RESUME: "false" },
    limitSeconds: 90,
  });
}

/** It leaves with this code, says these words, and nothing that is for us and not for its user. */
async function refuses(code: number, words: readonly string[], args: readonly string[]): Promise<void> {
  const program = startPeer(args);
  const ended = await program.ended;
  const said = program.lines.join("\n");
  assert.equal(ended.code, code, said);
  for (const word of words) assert.ok(said.includes(word), `"${word}" isn't said:\n${said}`);
  assert.doesNotMatch(said, /^ +at /m);
}

/** Files are made by their first piece: from some moment on that isn't allowed any more. */
async function closeFolderMeanwhile(temp: TempDir): Promise<void> {
  const original = temp.join("original");
  await Deno.mkdir(original);
  for (let i = 0; i < FILES; i++) {
    await Deno.writeFile(`${original}/${i}`, pseudoRandomBytes(PIECES / FILES * PIECE_LENGTH, i));
  }
  await using tracker = await TrackerProcess.start();
  const torrent = temp.join("many.torrent");
  await Deno.writeFile(
    torrent,
    await createTorrent({ path: original, trackers: [[tracker.announce]], pieceLength: PIECE_LENGTH }),
  );
  await using seeder = new PeerProcess([torrent, original]);
  await seeder.event("complete");
  const copy = temp.join("copy");
  const flags = ["--exit", "--json", "--sequential", "--limit-down", "4M"];
  const line = ["0", torrent, copy, ...flags, "--state-dir", temp.join("copy-state")];
  const first = startPeer(line);
  const isPiece = (line: string) => line.includes('"type":"piece"') && JSON.parse(line).have > PIECES / 4;
  await first.line("a quarter of the pieces", isPiece);
  await Deno.chmod(copy, READ_ONLY);
  const { code } = await first.ended;
  assert.equal(code, DISK_ERROR, first.report());
  const [fatal] = eventsOf(first).filter(({ type, fatal }) => type === "error" && fatal);
  assert.match(`${fatal?.message}`, /permission denied: check who owns it/);
  assert.ok(`${fatal?.message}`.includes(copy), `${fatal?.message}`);
  const had = Math.max(...eventsOf(first).map(({ type, have }) => type === "piece" ? have as number : 0));
  await Deno.chmod(copy, OPEN);
  const second = startPeer(line);
  assert.equal((await second.ended).code, 0, second.report());
  const checked = eventsOf(second).find(({ type }) => type === "checked");
  assert.ok(Number(checked?.have) >= had, `${checked?.have} pieces are here: ${had} were verified`);
  for (let i = 0; i < FILES; i++) {
    assert.deepEqual(await Deno.readFile(`${copy}/${i}`), await Deno.readFile(`${original}/${i}`));
  }
}

/** A download doesn't need a state; that there will be none is said once, with the path. */
async function keepNoState(temp: TempDir): Promise<void> {
  await using swarm = await Swarm.start(temp);
  const [copy, state] = [temp.join("copy"), await makeFolder(temp, READ_ONLY)];
  const line = ["0", swarm.made.torrent, copy, "--exit", "--json", "--state-dir", state];
  const warned = async (expected: RegExp) => {
    const peer = startPeer(line);
    assert.equal((await peer.ended).code, 0, peer.report());
    const told = eventsOf(peer).filter(({ type }) => type === "error");
    assert.equal(told.length, 1, peer.report());
    assert.match(`${told[0]?.message}`, expected);
    assert.ok(`${told[0]?.message}`.includes(state));
    assert.equal(await swarm.made.sha1(copy), await swarm.made.sha1(swarm.made.path));
  };
  await warned(/^Cannot write saved state: permission denied/i);
  await Deno.chmod(state, OPEN);
  assert.equal((await startPeer(line).ended).code, 0);
  for await (const { name } of Deno.readDir(state)) await Deno.chmod(`${state}/${name}`, CLOSED);
  await warned(/^Cannot read saved state: permission denied.*: checking everything/i);
}

/** A change that can't be kept is not answered with 200, announces are answered; later all is as before. */
async function closeTrackersFolder(temp: TempDir): Promise<void> {
  const folder = await makeFolder(temp, READ_ONLY);
  const data = `${folder}/t.sqlite`;
  const allowed = [`--allow-read=admin/dist,torrents,${folder}`, `--allow-write=${folder}`];
  const args = ["--host", "127.0.0.1", "--admin-token", "token-of-the-tests", "--data", data, "--port", "0"];
  const command = taskCommand("tracker");
  const start = () =>
    new Program({
      name: "tracker",
      command: [...withoutRights(), ...command.slice(0, -1), ...allowed, ...command.slice(-1), ...args],
      cwd: projectFolder,
      limitSeconds: 90,
      stopSignal: "SIGINT",
    });
  const refused = start();
  const { code } = await refused.ended;
  assert.notEqual(code, 0);
  assert.ok(refused.lines.some((line) => line.includes(data)), refused.report());
  assert.doesNotMatch(refused.lines.join("\n"), /^ +at /m);
  await Deno.chmod(folder, OPEN);
  const kept: string[] = [];
  const put = async (origin: string, n: number) => {
    const entry = n.toString(16).padStart(40, "0");
    const response = await fetch(`${origin}/api/lists/deny/${entry}`, { method: "PUT", headers: ADMIN });
    await response.bytes();
    if (response.status === 200) kept.push(entry);
  };
  const list = async (origin: string) => {
    const response = await fetch(`${origin}/api/lists/deny?limit=100`, { headers: ADMIN });
    return (await response.json()).entries.toSorted();
  };
  const first = start();
  try {
    const origin = await originOf(first);
    await put(origin, 1);
    assert.equal(kept.length, 1);
    await Deno.chmod(folder, READ_ONLY);
    await put(origin, 2); // it may be able to: its files are open
    const query = `info_hash=${"%aa".repeat(20)}&peer_id=-XX0000-000000000001&port=1024&left=1`;
    assert.match(await (await fetch(`${origin}/announce?${query}`)).text(), /8:intervali/);
    await Deno.chmod(folder, OPEN);
    await put(origin, 3);
    assert.ok(kept.includes((3).toString(16).padStart(40, "0")), first.report());
    assert.deepEqual(await list(origin), kept.toSorted());
  } finally {
    await first.stop();
  }
  const second = start();
  try {
    assert.deepEqual(await list(await originOf(second)), kept.toSorted());
  } finally {
    await second.stop();
  }
}

async function originOf(tracker: Program): Promise<string> {
  const line = await tracker.line("its port", (line) => /Using (fixed|free) port \d+/.test(line));
  return `http://127.0.0.1:${/port (\d+)/.exec(line)?.[1]}`;
}

function eventsOf(program: Program): Record<string, unknown>[] {
  return program.lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
}
