// kill -9 of a tracker in the middle of announces and changes of its lists; each next run must serve, and have every
// entry whose change was answered.

import { ADMIN, TrackerProcess } from "../../support/programs.ts";
import type { SeededRandom } from "../../support/random.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

const MOST_MS = 250;
const LOADERS = 4;

/** What was lost in all these lives. */
export async function crashTracker(
  times: number,
  random: SeededRandom,
): Promise<{ lost: string[]; note: string }> {
  await using temp = await makeTempDir();
  const args = ["--data", temp.join("t.sqlite"), "--host", "127.0.0.1", "--rate-limit", "0"];
  const flags = [`--allow-read=admin/dist,torrents,${temp.path}`, `--allow-write=${temp.path}`];
  const lost: string[] = [];
  /** What is in the list for sure, and what may be: its change was not answered before the end. */
  const entries = new Set<string>();
  let [made, unsure] = [0, new Set<string>()];
  for (let life = 0; life <= times; life++) {
    const say = (what: string) => lost.push(`life ${life}: ${what}`);
    await using tracker = await TrackerProcess.start(0, args, flags);
    const origin = `http://127.0.0.1:${tracker.port}`;
    const found = await deniedBy(origin);
    for (const entry of entries) if (!found.has(entry) && !unsure.has(entry)) say(`${entry} is gone`);
    for (const entry of found) if (!entries.has(entry) && !unsure.has(entry)) say(`${entry} has come back`);
    for (const entry of unsure) found.has(entry) ? entries.add(entry) : entries.delete(entry);
    unsure = new Set();
    if (life < times) {
      let isOver = false;
      const loads = Array.from({ length: LOADERS }, (_, i) => load(origin, i, () => isOver));
      const changes = (async () => {
        while (!isOver) {
          const remove = entries.size > 20 && random.below(3) === 0;
          const entry = remove ? [...entries][random.below(entries.size)] as string : name(made++);
          unsure.add(entry);
          const method = remove ? "DELETE" : "PUT";
          const response = await fetch(`${origin}/api/lists/deny/${entry}`, { method, headers: ADMIN }).catch(
            () => undefined,
          );
          const isDone = await response?.bytes().then(() => true, () => false);
          if (isDone !== true) break; // killed before it had answered
          if (response?.status !== 200) say(`${method} was answered with ${response?.status}`);
          unsure.delete(entry);
          remove ? entries.delete(entry) : entries.add(entry);
        }
      })();
      await new Promise((resolve) => setTimeout(resolve, random.next() * MOST_MS));
      tracker.process.signal("SIGKILL");
      isOver = true;
      await Promise.all([changes, ...loads, tracker.process.exited]);
    } else if (await tracker.process.stop() !== 0) say("it did not end in order");
    if (tracker.process.complaints !== "") say(tracker.process.complaints);
  }
  return { lost, note: `${made} entries, ${entries.size} at the end` };
}

async function deniedBy(origin: string): Promise<Set<string>> {
  const response = await fetch(`${origin}/api/lists/deny?limit=10000`, { headers: ADMIN });
  const { entries } = await response.json();
  return new Set(entries);
}

/** Announces without end, so that swarms and counts are being written as well. */
async function load(origin: string, seed: number, isOver: () => boolean): Promise<void> {
  for (let n = seed; !isOver(); n += LOADERS) {
    const peer = `-XX0000-${String(n).padStart(12, "0")}`;
    const query = `info_hash=${"%aa".repeat(20)}&peer_id=${peer}&port=${1024 + n % 60_000}&left=${n % 2}`;
    const response = await fetch(`${origin}/announce?${query}`).catch(() => undefined);
    await response?.bytes().catch(() => {});
  }
}

function name(n: number): string {
  return n.toString(16).padStart(40, "0");
}
