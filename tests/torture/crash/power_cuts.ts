// Power cuts at random moments, of what keeps its state: the peer's resume file, the tracker's lists and its snapshot. The
// programs run once, recorded; what a cut would have left is thought out (power_cut.ts) and given to the next start.

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ROOT } from "../../../peer/demo/program_process.ts";
import { ResumeFile } from "../../../peer/storage/resume_file.ts";
import { ADMIN } from "../../support/programs.ts";
import type { SeededRandom } from "../../support/random.ts";
import { subject } from "../../support/resume_sample.ts";
import { makeTempDir, type TempDir } from "../../support/temp_dir.ts";
import { AdminChanges, keptIn } from "./admin_changes.ts";
import { afterCut, type Step } from "./power_cut.ts";
import { Recording } from "./recording.ts";

export interface CutsOutcome {
  lost: string[];
  note: string;
}

/** How many saves, or changes of a list, the cuts fall among. */
const SAVES = 20;
const CHANGES = 40;
/** Announces are answered with other types. */
const ANSWER = /^HTTP\/1\.1 200 [^]*application\/json/;

/** Cuts among saves of a download's state: what was there before the last save that returned is there, and can be read. */
export async function cutPeerStates(cuts: number, random: SeededRandom): Promise<CutsOutcome> {
  await using temp = await makeTempDir();
  const steps = await record(temp, (folder) => [
    ...[Deno.execPath(), "run", "-q", "--no-check", "--config", `${ROOT}deno.json`, "-P=torture"],
    ...[fileURLToPath(new URL("save_states.ts", import.meta.url)), folder, `${SAVES}`],
  ]);
  const said = (step: Step) => /^saved (\d+)\n/.exec(saidText(step))?.[1];
  const lost: string[] = [];
  for (let n = 0; n < cuts; n++) {
    const cut = random.below(steps.length + 1);
    const returned = steps.slice(0, cut).map(said).filter((number) => number !== undefined).length;
    const place = await lay(temp, afterCut(steps, cut, random));
    const found = await new ResumeFile(place, subject).load().catch(String);
    const say = (what: string) => lost.push(`cut ${n}, before step ${cut} of ${steps.length}: ${what}`);
    // Nothing syncs the folder: the new name of the last one may be lost, of those before it not.
    if (typeof found === "string") say(found);
    else if ((found?.downloaded ?? 0) < returned - 1) {
      say(`state ${found?.downloaded}, though ${returned} had been saved`);
    }
    await Deno.remove(place, { recursive: true });
  }
  return { lost, note: `${SAVES} saves, ${syncs(steps)} syncs` };
}

/** Cuts of a tracker while its lists are changed and when it writes a snapshot at its end. */
export async function cutTracker(cuts: number, random: SeededRandom): Promise<CutsOutcome> {
  await using temp = await makeTempDir();
  const changes = new AdminChanges();
  const token = ADMIN.authorization.slice("Bearer ".length);
  const steps = await record(temp, (folder) => [
    ...[Deno.execPath(), "run", "-q", "--config", `${ROOT}deno.json`, "-P=tracker"],
    ...[`--allow-read=admin/dist,torrents,${folder}`, `--allow-write=${folder}`, `${ROOT}tracker/main.ts`],
    ...["--port", "0", "--host", "127.0.0.1", "--admin-token", token, "--data", join(folder, "t.sqlite")],
  ], async (line, recording) => {
    const port = /Using free port (\d+)/.exec(line)?.[1];
    if (port === undefined) return;
    await change(`http://127.0.0.1:${port}`, changes, random);
    recording.interrupt();
  });
  const lost: string[] = [];
  const snapshots = snapshotsOf(steps);
  for (let n = 0; n < cuts; n++) {
    const cut = random.below(steps.length + 1);
    const answered = steps.slice(0, cut).filter((step) => ANSWER.test(saidText(step))).length;
    const files = afterCut(steps, cut, random);
    const place = await lay(temp, files);
    const say = (what: string) => lost.push(`cut ${n}, before step ${cut} of ${steps.length}: ${what}`);
    try {
      const { kept, noted } = keptIn(join(place, "t.sqlite"));
      if (kept !== changes.keptAfter(answered) && kept !== changes.keptAfter(answered + 1)) {
        say(`${answered} changes were answered, and there is ${kept}`);
      }
      if (noted < answered) say(`${answered} changes were answered, and ${noted} are in the audit log`);
    } catch (error) {
      say(String(error));
    }
    const snapshot = files.get("t.sqlite.swarms");
    if (snapshot !== undefined && !snapshots.has(snapshot.toHex())) {
      say(`a snapshot of ${snapshot.length} bytes is not whole`);
    }
    await Deno.remove(place, { recursive: true });
  }
  return { lost, note: `${changes.count} changes, ${syncs(steps)} syncs, ${snapshots.size} snapshots` };
}

/** Runs a program over a folder, and returns what it did there. */
async function record(
  temp: TempDir,
  command: (folder: string) => string[],
  onLine: (line: string, recording: Recording) => void = () => {},
): Promise<Step[]> {
  const [folder, records] = [temp.join("state"), temp.join("records")];
  await Deno.mkdir(folder);
  await Deno.mkdir(records);
  const recording: Recording = new Recording({
    ...{ command: command(folder), folder, records },
    onLine: (line) => onLine(line, recording),
  });
  return await recording.steps;
}

/** Announces, and changes something, by turns. */
async function change(origin: string, changes: AdminChanges, random: SeededRandom): Promise<void> {
  for (let n = 0; n < CHANGES; n++) {
    const query = `info_hash=${"%aa".repeat(20)}&peer_id=-XX0000-${String(n).padStart(12, "0")}&port=${
      6881 + n
    }`;
    await (await fetch(`${origin}/announce?${query}&left=${n % 2}`)).bytes();
    await changes.make(origin, random);
  }
}

/** Every snapshot that took its place, whole. */
function snapshotsOf(steps: readonly Step[]): Set<string> {
  const whole = new Set<string>();
  for (const [n, step] of steps.entries()) {
    if (step.kind !== "rename" || step.to !== "t.sqlite.swarms") continue;
    const begin = steps.slice(0, n).findLastIndex(({ kind, ...rest }) =>
      (kind === "create" || kind === "truncate") && "path" in rest && rest.path === step.path
    );
    const writes = steps.slice(begin, n).filter((each) => each.kind === "write" && each.path === step.path);
    whole.add(writes.map((each) => each.kind === "write" ? each.bytes.toHex() : "").join(""));
  }
  return whole;
}

/** Puts files into a new folder. */
async function lay(temp: TempDir, files: ReadonlyMap<string, Uint8Array>): Promise<string> {
  const folder = await Deno.makeTempDir({ dir: temp.path });
  for (const [path, bytes] of files) await Deno.writeFile(join(folder, path), bytes);
  return folder;
}

function syncs(steps: readonly Step[]): number {
  return steps.filter(({ kind }) => kind === "sync").length;
}

function saidText(step: Step): string {
  return step.kind === "said" ? new TextDecoder().decode(step.bytes) : "";
}
