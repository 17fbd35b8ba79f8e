// Faults of disks, and of those who tamper with files that a peer or a tracker works with.

import assert from "node:assert/strict";
import { ADMIN, PeerProcess, TrackerProcess } from "../../support/programs.ts";
import { pseudoRandomBytes, type SeededRandom } from "../../support/random.ts";
import { writeAll } from "../../support/socket_pair.ts";
import type { TempDir } from "../../support/temp_dir.ts";
import { mountTinyDisk, type TinyDisk, whyNoTinyDisk } from "../../support/tiny_disk.ts";
import type { Fault } from "./fault.ts";
import { PIECE_LENGTH, PIECES, Swarm } from "./swarm.ts";

const DISK_ERROR = 3;

/** As long as the torrent's file, and nothing of it. */
const NOISE = pseudoRandomBytes(PIECES * PIECE_LENGTH, 53);
/** Bytes a second: what is done to a file is done long before all of it has come. */
const SLOWLY = ["--limit-down", "3M"];

/** What is done to a file behind a program's back. */
const TAMPERINGS: [name: string, tamper: (path: string, random: SeededRandom) => Promise<void>][] = [
  ["truncated", (path, random) => Deno.truncate(path, random.below(PIECES * PIECE_LENGTH))],
  ["deleted", (path) => Deno.remove(path)],
  ["replaced by another", async (path) => {
    await Deno.writeFile(`${path}.new`, NOISE);
    await Deno.rename(`${path}.new`, path);
  }],
  ["overwritten in its place", async (path) => {
    using file = await Deno.open(path, { write: true, truncate: true });
    // For longer than a tick of the file system's clock: within one nobody could tell (write_watch.ts).
    for (let at = 0; at < NOISE.length; at += PIECE_LENGTH) {
      await writeAll(file, NOISE.subarray(at, at + PIECE_LENGTH));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }],
  ["replaced by a folder", async (path) => {
    await Deno.remove(path);
    await Deno.mkdir(path);
  }],
];

export const DISK_FAULTS: readonly Fault[] = [
  {
    name: "a disk that gets full at some stage of a download",
    obstacle: whyNoTinyDisk,
    async attempt(temp, random) {
      await using swarm = await Swarm.start(temp);
      await using disk = await mount(temp);
      const copy = `${disk.path}/copy`;
      // From no room at all to nearly enough.
      await Deno.writeFile(
        `${disk.path}/ballast`,
        new Uint8Array((4 + random.below(PIECES)) * PIECE_LENGTH).fill(1),
      );
      await using first = new PeerProcess([swarm.made.torrent, copy]);
      assert.equal(await first.exited(), DISK_ERROR, first.process.complaints);
      const [error] = first.all("error").filter(({ fatal }) => fatal);
      assert.equal(error?.kind, "disk");
      assert.ok(error.message.includes(copy), error.message);
      await Deno.remove(`${disk.path}/ballast`);
      await swarm.completes(copy);
    },
  },
  {
    name: "a disk that turns read-only during a download",
    obstacle: whyNoTinyDisk,
    async attempt(temp, random) {
      await using swarm = await Swarm.start(temp);
      await using disk = await mount(temp);
      const copy = `${disk.path}/copy`;
      await using first = new PeerProcess([swarm.made.torrent, copy, "--limit-down", "8M"]);
      const after = 1 + random.below(PIECES / 4);
      await first.event("piece", ({ have }) => have >= after);
      first.process.signal("SIGSTOP"); // a file system with files open for writing can't be made read-only
      first.process.signal("SIGKILL");
      await first.exited();
      await disk.makeReadOnly();
      await using second = new PeerProcess([swarm.made.torrent, copy]);
      assert.equal(await second.exited(), DISK_ERROR, second.process.complaints);
      assert.ok(second.all("error").some(({ message }) => message.includes(copy)));
    },
  },
  {
    name: "a full disk in the place of the state folder",
    obstacle: whyNoTinyDisk,
    async attempt(temp) {
      await using swarm = await Swarm.start(temp);
      await using disk = await mount(temp);
      await fill(disk);
      await using peer = new PeerProcess([
        swarm.made.torrent,
        temp.join("copy"),
        "--exit",
        "--state-dir",
        disk.path,
      ]);
      assert.equal(await peer.exited(), 0, peer.process.complaints);
      assert.equal(await swarm.made.sha1(temp.join("copy")), await swarm.made.sha1(swarm.made.path));
      await swarm.completes(temp.join("copy"), ["--state-dir", disk.path]);
    },
  },
  {
    name: "a full disk in the place of the tracker's data",
    obstacle: whyNoTinyDisk,
    attempt: fillTrackersDisk,
  },
  ...TAMPERINGS.flatMap(([name, tamper]): Fault[] => [{
    name: `a file ${name} while it is seeded`,
    async attempt(temp, random) {
      await using swarm = await Swarm.start(temp);
      // Another seeder with a file of its own, which is tampered with once it has been checked.
      const other = temp.join("other.bin");
      await Deno.copyFile(swarm.made.path, other);
      await using seeder = new PeerProcess([
        swarm.made.torrent,
        other,
        "--state-dir",
        temp.join("other-state"),
      ]);
      await seeder.event("complete");
      await tamper(other, random);
      await swarm.completes(temp.join("copy"));
      const lies = seeder.all("error").filter(({ kind }) => kind === "internal");
      assert.deepEqual(lies, []);
      assert.equal(seeder.process.complaints, "");
    },
  }, {
    name: `a file ${name} while it is downloaded`,
    async attempt(temp, random) {
      await using swarm = await Swarm.start(temp);
      const copy = temp.join("copy");
      await using first = new PeerProcess([swarm.made.torrent, copy, ...SLOWLY]);
      const after = 1 + random.below(PIECES / 2);
      await first.event("piece", ({ have }) => have >= after);
      await tamper(copy, random);
      const isComplete = await Promise.race([
        first.event("complete").then(() => true, () => false),
        first.exited().then(() => false),
      ]);
      // It may be lucky: what it says is complete is. Or it says what is wrong, and leaves.
      if (isComplete) assert.equal(await swarm.made.sha1(copy), await swarm.made.sha1(swarm.made.path));
      else assert.equal(await first.exited(), DISK_ERROR, first.process.complaints);
      await first.process.stop();
      assert.deepEqual(first.all("error").filter(({ kind }) => kind === "internal"), []);
      if (name === "replaced by a folder") await Deno.remove(copy, { recursive: true });
      await swarm.completes(copy);
    },
  }]),
];

async function mount(temp: TempDir): Promise<TinyDisk> {
  await Deno.mkdir(temp.join("disk"));
  return await mountTinyDisk(temp.join("disk"), PIECES * PIECE_LENGTH / 1024 + 256);
}

async function fill(disk: TinyDisk): Promise<void> {
  using file = await Deno.open(`${disk.path}/ballast`, { write: true, create: true });
  const some = new Uint8Array(4096).fill(1);
  try {
    for (;;) await file.write(some);
  } catch (error) {
    assert.match(String(error), /No space/);
  }
}

/** A change that can't be kept is not answered with 200, announces are; with room again all goes on. */
async function fillTrackersDisk(temp: TempDir): Promise<void> {
  await using disk = await mount(temp);
  const args = ["--data", `${disk.path}/t.sqlite`, "--host", "127.0.0.1"];
  const flags = [`--allow-read=admin/dist,torrents,${disk.path}`, `--allow-write=${disk.path}`];
  const kept: string[] = [];
  {
    await using tracker = await TrackerProcess.start(0, args, flags);
    const origin = `http://127.0.0.1:${tracker.port}`;
    const put = async (n: number) => {
      const entry = n.toString(16).padStart(40, "0");
      const response = await fetch(`${origin}/api/lists/deny/${entry}`, { method: "PUT", headers: ADMIN });
      await response.bytes();
      if (response.status === 200) kept.push(entry);
      return response.status;
    };
    assert.equal(await put(1), 200);
    await fill(disk);
    // Some may still fit into what the data file has.
    let refused = false;
    for (let n = 2; n < 2000 && !refused; n++) refused = await put(n) !== 200;
    assert.ok(refused, "two thousand changes were answered though the disk is full");
    const query = `info_hash=${"%aa".repeat(20)}&peer_id=-XX0000-000000000001&port=1024&left=1`;
    const answer = await (await fetch(`${origin}/announce?${query}`)).text();
    assert.match(answer, /8:intervali/);
    await Deno.remove(`${disk.path}/ballast`);
    assert.equal(await put(5000), 200);
    assert.equal(await tracker.process.stop(), 0);
  }
  await using second = await TrackerProcess.start(0, args, flags);
  const response = await fetch(`http://127.0.0.1:${second.port}/api/lists/deny?limit=10000`, {
    headers: ADMIN,
  });
  assert.deepEqual((await response.json()).entries.toSorted(), kept.toSorted());
}
