// The mains fail: what was not synced is on the disk or not, in any mixture, and so are the times of the last writes. What
// the next start believes of the state that is left must be true of the files that are left. The disk is a simulated one,
// so that each mixture can be had, thousands of times.

import assert from "node:assert/strict";
import { PeerPool } from "../../peer/engine/peer_pool.ts";
import { Resume, type ResumeDisk } from "../../peer/resume.ts";
import type { FileStamp } from "../../peer/storage/file_stamp.ts";
import { resolveFiles } from "../../peer/storage/file_map.ts";
import { ResumeFile } from "../../peer/storage/resume_file.ts";
import type { ResumeState } from "../../peer/storage/resume_state.ts";
import { trustIn } from "../../peer/storage/resume_trust.ts";
import { Bitfield } from "../../protocol/bitfield.ts";
import type { Metainfo } from "../../protocol/mod.ts";
import { makeTorrent } from "../support/make_torrent.ts";
import { SeededRandom } from "../support/random.ts";
import { makeTempDir } from "../support/temp_dir.ts";

/** Piece 4 lies in the first two files, the others in one each. */
const FILES = [45_000, 35_000, 20_000];
const PIECES = 10;
const RUNS = 40;
const STEPS = 60;
/** Power cuts that are thought of after each step. */
const CUTS = 4;
/** Longer than a file waits for its sync. */
const MOST_PAUSE_MS = 30_000;

/** Remembers for each part of a piece in a file whether it is written, and whether it is more than that. */
class ForgetfulDisk implements ResumeDisk {
  readonly prepared: number[] = [];
  readonly writing: number[] = [];
  readonly stampsNow: FileStamp[] = FILES.map((length) => ({ length, modifiedMs: 1_001 }));
  readonly checkedStamps = [...this.stampsNow];
  /** Times of writes that the disk itself may have, the oldest first. */
  readonly #times = FILES.map(() => [1_001]);
  readonly #written = FILES.map(() => new Set<number>());
  readonly #synced = FILES.map(() => new Set<number>());
  /** Called while a look, or a sync, is under way. */
  onWait = () => {};

  filesOf(index: number): number[] {
    if (index < 4) return [0];
    return index === 4 ? [0, 1] : [index < 8 ? 1 : 2];
  }

  /** Nobody else writes here. */
  isForeign(): boolean {
    return false;
  }

  async stamps(files: readonly number[]): Promise<FileStamp[]> {
    const found = files.map((i) => this.stampsNow[i] as FileStamp);
    await Promise.resolve();
    this.onWait();
    return found;
  }

  async sync(file: number): Promise<void> {
    const written = [...this.#written[file] as Set<number>];
    await Promise.resolve();
    this.onWait();
    for (const index of written) this.#synced[file]?.add(index);
  }

  /** Each write has a time of its own, all of them long ago. */
  write(index: number): void {
    for (const i of this.filesOf(index)) {
      const modifiedMs = (this.stampsNow[i] as FileStamp).modifiedMs + 10;
      this.stampsNow[i] = { length: FILES[i] as number, modifiedMs };
      this.#times[i]?.push(modifiedMs);
      this.#written[i]?.add(index);
    }
  }

  /** What the mains leave: whether each piece is there, and how the files look. Nothing is changed by the thought. */
  afterCut(random: SeededRandom): { stamps: FileStamp[]; isThere: (index: number) => boolean } {
    const left = this.#written.map((written, i) =>
      new Set([...written].filter((index) => this.#synced[i]?.has(index) || random.below(2) === 0))
    );
    const stamps = this.#times.map((times, i) => ({
      length: FILES[i] as number,
      // A sync of data is none of the time; the newest is most likely to be there.
      modifiedMs: (random.below(2) === 0 ? times.at(-1) : times[random.below(times.length)]) as number,
    }));
    return { stamps, isThere: (index) => this.filesOf(index).every((i) => left[i]?.has(index)) };
  }
}

Deno.test("Resume: after a power cut at any moment nothing counts as verified that is not on the disk", async (t) => {
  const { metainfo } = await makeTorrent({ files: FILES, pieceLength: 10_000 });
  let believed = 0;
  for (let seed = 1; seed <= RUNS; seed++) {
    await t.step(`seed ${seed}`, async () => {
      believed += await cutPower(metainfo, seed);
    });
  }
  assert.ok(believed > RUNS * STEPS, `only ${believed} pieces were believed: what is synced should be`);
});

/** A run of random writes, saves and syncs. After each of them the power might fail. Returns how many pieces were believed. */
async function cutPower(metainfo: Metainfo, seed: number): Promise<number> {
  await using dir = await makeTempDir();
  const random = new SeededRandom(seed);
  const disk = new ForgetfulDisk();
  const have = new Bitfield(PIECES);
  const subject = {
    infoHash: metainfo.infoHash.bytes,
    path: "/out",
    layout: metainfo.layout,
    fileCount: FILES.length,
  };
  const resume = new Resume({
    folder: dir.path,
    metainfo,
    disk,
    path: "/out",
    pool: new PeerPool(),
    totals: () => ({ downloaded: 1, uploaded: 0 }),
    onTrouble: (message) => assert.fail(message),
  });
  resume.begin({ have, keeping: { pieces: [], keepAll: () => Promise.resolve(false) } }, 0);
  const writePiece = () => {
    const index = random.below(PIECES);
    if (have.has(index)) return;
    disk.write(index);
    have.set(index);
    resume.onPiece(index);
  };
  disk.onWait = () => {
    if (random.below(3) === 0) writePiece();
  };
  const file = new ResumeFile(dir.path, subject);
  let [before, state, believed]: [ResumeState | undefined, ResumeState | undefined, number] = [
    undefined,
    undefined,
    0,
  ];
  for (let now = 0, step = 0; step < STEPS; step++) {
    now += random.below(MOST_PAUSE_MS);
    const action = random.below(4);
    if (action === 0) writePiece();
    else if (action === 1) await resume.save(now);
    else if (action === 2) await resume.sync(now);
    else await Promise.all([resume.sync(now), resume.save(now)]);
    const saved = await file.load();
    // Without a sync of the folder the file may still be the one before.
    if (saved !== undefined && JSON.stringify(saved) !== JSON.stringify(state)) {
      [before, state] = [state, saved];
    }
    for (let cut = 0; cut < CUTS; cut++) {
      const left = random.below(4) === 0 ? before : state;
      if (left === undefined) continue;
      const { isThere, stamps } = disk.afterCut(random);
      // The machine was started anew: files that were not synced since their last write tell nothing.
      const files = left.files.map((each) => each?.isDurable ? each : undefined);
      const { trusted } = trustIn(
        { ...left, files },
        resolveFiles(metainfo, "/out"),
        metainfo.layout,
        stamps,
      );
      for (let index = 0; index < PIECES; index++) {
        if (!trusted.has(index)) continue;
        believed++;
        assert.ok(isThere(index), `step ${step}: piece ${index} is believed, and not on the disk`);
      }
    }
  }
  return believed;
}
