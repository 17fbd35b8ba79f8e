// Names of trackers that can't be looked up, or not in time: the peer says so, goes on with what it has, asks again, and
// leaves when it is told to.

import assert from "node:assert/strict";
import { createTorrent } from "../../../peer/mod.ts";
import { projectFolder, taskCommand } from "../../support/drivers/clients/seedling.ts";
import { findOnPath, output, Program } from "../../support/drivers/program.ts";
import { NameServer } from "../../support/name_server.ts";
import { PeerProcess, TrackerProcess } from "../../support/programs.ts";
import { pseudoRandomBytes } from "../../support/random.ts";
import type { TempDir } from "../../support/temp_dir.ts";
import type { Fault } from "./fault.ts";

const SIZE = 1_000_000;
/** Nothing of it is decided by a moment: it is how long a whole part may take at most. */
const LIMIT_MS = 90_000;
/** Exit codes: whoever is told to leave does, and isn't killed, whatever is being looked up. */
const COMPLETE = 0;
const INTERRUPTED = 130;
const [UNKNOWN, LATE, SILENT] = ["unknown.seedling.test", "late.seedling.test", "silent.seedling.test"];

interface Download {
  torrent: string;
  copy: string;
  /** The system's settings for names. */
  settings: string;
}

export const NAME_FAULTS: readonly Fault[] = [
  { name: "trackers' names that nobody knows, answered late, or never; then known", obstacle, attempt },
];

async function obstacle(): Promise<string | undefined> {
  if (Deno.build.os !== "linux" || findOnPath("unshare") === undefined) return "it takes Linux and unshare";
  const folder = await Deno.makeTempDir({ prefix: "seedling-test-names-" });
  try {
    await using _server = new NameServer();
    const command = [...askingUs(await useNameServer(folder)), "true"];
    await output({ name: "unshare", command, cwd: folder });
    return undefined;
  } catch {
    return "it takes the right to port 53 and to mount";
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Writes the system's settings for names, with our name server alone in them. */
async function useNameServer(folder: string): Promise<string> {
  const settings = `${folder}/resolv.conf`;
  await Deno.writeTextFile(settings, "nameserver 127.0.0.1\n");
  return settings;
}

/** Put before a command line to have it use these settings. The mount is the program's own and gone with it. */
function askingUs(settings: string): string[] {
  return ["unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc/resolv.conf && exec "$@"', settings];
}

async function attempt(temp: TempDir): Promise<void> {
  await using names = new NameServer();
  await using tracker = await TrackerProcess.start();
  const path = temp.join("data.bin");
  await Deno.writeFile(path, pseudoRandomBytes(SIZE, 1));
  /** Always the same torrent, by its info hash. */
  const make = async (name: string, ...trackers: string[]): Promise<Download> => {
    const torrent = temp.join(`${name}.torrent`);
    await Deno.writeFile(torrent, await createTorrent({ path, trackers: trackers.map((url) => [url]) }));
    return { torrent, copy: temp.join(name), settings };
  };
  const named = (name: string) =>
    ["http", "udp"].map((scheme) => `${scheme}://${name}:${tracker.port}/announce`) as [string, string];
  const settings = await useNameServer(temp.path);
  names.set(LATE, { ip: "127.0.0.1", afterMs: 3_000 });
  names.set(SILENT, "silence");
  await using seeder = new PeerProcess([(await make("seeder", tracker.announce)).torrent, path]);
  await seeder.event("complete");
  const downloads = [
    await make("unknown", ...named(UNKNOWN)),
    await make("late", named(LATE)[0]),
    await make("silent", ...named(SILENT), tracker.announce),
  ] as const;
  await Promise.all([
    withPeer(downloads[0], async (peer) => {
      for (const scheme of ["http", "udp"]) {
        await peer.line("that it failed", isFailure(`${scheme}://${UNKNOWN}`));
      }
      names.set(UNKNOWN, { ip: "127.0.0.1" });
      for (const scheme of ["http", "udp"]) {
        await peer.line("that it was asked", isAnswer(`${scheme}://${UNKNOWN}`), LIMIT_MS);
      }
      await peer.line("that it is complete", isComplete, LIMIT_MS);
    }),
    withPeer(downloads[1], async (peer) => {
      await peer.line("that it was asked", isAnswer(`http://${LATE}`), LIMIT_MS);
      await peer.line("that it is complete", isComplete, LIMIT_MS);
    }),
    withPeer(downloads[2], async (peer) => {
      await peer.line("that it is complete", isComplete, LIMIT_MS);
      for (const scheme of ["http", "udp"]) {
        await peer.line("that it failed", isFailure(`${scheme}://${SILENT}`), LIMIT_MS);
      }
      // One that has just begun is told to leave while both names are looked up.
      const before = names.asked.get(SILENT) ?? 0;
      const other = { ...downloads[2], copy: temp.join("other") };
      await withPeer(
        other,
        (peer) =>
          peer.reaches("ask", LIMIT_MS, () => Promise.resolve((names.asked.get(SILENT) ?? 0) > before)),
      );
      names.set(SILENT, { ip: "127.0.0.1" });
      await peer.line("that it was asked after all", isAnswer(`http://${SILENT}`), LIMIT_MS);
    }),
  ]);
  for (const { copy } of downloads) assert.deepEqual(await Deno.readFile(copy), await Deno.readFile(path));
}

/** Runs a peer while `act` does, then tells it to leave. */
async function withPeer(
  { copy, settings, torrent }: Download,
  act: (peer: Program) => Promise<unknown>,
): Promise<void> {
  const peer = new Program({
    name: "peer",
    command: [...askingUs(settings), ...taskCommand("peer", "0", torrent, copy, "--json")],
    cwd: projectFolder,
    env: { SEEDLING_RESUME: "false" },
    limitSeconds: 3 * LIMIT_MS / 1000,
    stopSignal: "SIGINT",
  });
  try {
    await act(peer);
  } catch (error) {
    throw new Error(`${error}\n${peer.report()}`);
  } finally {
    await peer.stop();
  }
  const { code } = await peer.ended;
  assert.ok(code === COMPLETE || code === INTERRUPTED, `it left with ${code}:\n${peer.report()}`);
}

function isFailure(tracker: string): (line: string) => boolean {
  return (line) => isAnnounce(line, tracker) && /the host name can't be resolved|no answer within/.test(line);
}

function isAnswer(tracker: string): (line: string) => boolean {
  return (line) => isAnnounce(line, tracker) && JSON.parse(line).ok === true;
}

function isAnnounce(line: string, tracker: string): boolean {
  return line.includes('"type":"announced"') && line.includes(`"tracker":"${tracker}`);
}

function isComplete(line: string): boolean {
  return line.includes('"type":"complete"');
}
