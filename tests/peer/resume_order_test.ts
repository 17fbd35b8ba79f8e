// The order of writes, looks and saves: whatever moment a process is killed at, its last state must be true of the disk.
// The disk is a fake, so that each moment can be had.

import assert from "node:assert/strict";
import { PeerPool } from "../../peer/engine/peer_pool.ts";
import type { KeptPiece } from "../../peer/engine/ports.ts";
import { Resume, type ResumeDisk, type ResumeEngine } from "../../peer/resume.ts";
import type { FileStamp } from "../../peer/storage/file_stamp.ts";
import type { SavedPieces } from "../../peer/storage/resume_state.ts";
import { trustIn } from "../../peer/storage/resume_trust.ts";
import { resolveFiles } from "../../peer/storage/file_map.ts";
import { Bitfield } from "../../protocol/bitfield.ts";
import { type MadeTorrent, makeTorrent } from "../support/make_torrent.ts";
import { makeTempDir, type TempDir } from "../support/temp_dir.ts";

/** Two files of five pieces each. */
const made = () => makeTorrent({ files: [50_000, 50_000], pieceLength: 10_000 });

/** Files that are nothing but their stamps. */
class FakeDisk implements ResumeDisk {
  readonly prepared: number[] = [];
  readonly writing: number[] = [];
  readonly synced: number[] = [];
  /** To which somebody else has written. */
  readonly foreign = new Set<number>();
  now: FileStamp[] = [{ length: 50_000, modifiedMs: 1_001 }, { length: 50_000, modifiedMs: 2_001 }];
  readonly checkedStamps = [...this.now];
  /** Called while a look at the files is under way. */
  onLook = () => {};

  filesOf(index: number): number[] {
    return [index < 5 ? 0 : 1];
  }

  stamps(files: readonly number[]): Promise<FileStamp[]> {
    const found = files.map((i) => this.now[i] as FileStamp);
    this.onLook();
    return Promise.resolve(found);
  }

  isForeign(index: number): boolean {
    return this.foreign.has(index);
  }

  sync(index: number): Promise<void> {
    this.synced.push(index);
    return Promise.resolve();
  }

  /** A write, seen from outside. Each has a time of its own, all of them long ago. */
  write(file: number): void {
    this.now[file] = { length: 50_000, modifiedMs: (this.now[file] as FileStamp).modifiedMs + 10 };
  }
}

/** A run of a torrent that has nothing yet, and what the next start would make of its last state. */
function begin(
  dir: TempDir,
  torrent: MadeTorrent,
  {
    folder = dir.path,
    onTrouble = (message: string): void => assert.fail(message),
  } = {},
) {
  const { metainfo } = torrent;
  const disk = new FakeDisk();
  const have = new Bitfield(10);
  const options = {
    folder,
    metainfo,
    disk,
    path: "/out",
    pool: new PeerPool(),
    totals: () => ({ downloaded: 1, uploaded: 0 }),
    onTrouble,
  };
  const resume = new Resume(options);
  /** Blocks of unfinished pieces, and those that the next save shall find new. */
  const blocks = { kept: [] as KeptPiece[], coming: [] as KeptPiece[] };
  const engine: ResumeEngine = {
    have,
    keeping: {
      get pieces() {
        return blocks.kept;
      },
      keepAll() {
        const coming = blocks.coming.splice(0);
        for (const { index } of coming) {
          disk.write(disk.filesOf(index)[0] as number);
          resume.onPiece(index);
        }
        blocks.kept.push(...coming);
        return Promise.resolve(coming.length > 0);
      },
    },
  };
  resume.begin(engine, 0);
  return {
    disk,
    resume,
    blocks,
    store(index: number): void {
      disk.write(disk.filesOf(index)[0] as number);
      have.set(index);
      resume.onPiece(index);
    },
    async nextKept(): Promise<readonly KeptPiece[]> {
      const next = new Resume(options);
      await next.load();
      return next.kept ?? [];
    },
    async next(): Promise<{ trusted: number[]; unknown: number[] }> {
      const saved = await new Resume(options).load() as SavedPieces;
      const { trusted, unknown } = trustIn(saved, resolveFiles(metainfo, "/out"), metainfo.layout, disk.now);
      const list = (field: Bitfield) => Array.from({ length: 10 }, (_, i) => i).filter((i) => field.has(i));
      return { trusted: list(trusted), unknown: list(unknown) };
    },
  };
}

Deno.test("Resume: pieces that were saved with their files are trusted", async () => {
  await using dir = await makeTempDir();
  const { resume, store, next } = begin(dir, await made());
  store(1);
  store(7);
  await resume.save(1000);
  assert.deepEqual(await next(), { trusted: [1, 7], unknown: [] });
});

Deno.test("Resume: killed after a write and before the save, that file is read and the other one is not", async () => {
  await using dir = await makeTempDir();
  const { resume, store, next } = begin(dir, await made());
  store(1);
  store(7);
  await resume.save(1000);
  store(2);
  assert.deepEqual(await next(), { trusted: [7], unknown: [0, 1, 2, 3, 4] });
});

Deno.test("Resume: a write while the files are looked at makes the save tell nothing of that file", async () => {
  await using dir = await makeTempDir();
  const { disk, resume, store, next } = begin(dir, await made());
  store(1);
  store(7);
  disk.onLook = () => store(3);
  await resume.save(1000);
  assert.deepEqual(await next(), { trusted: [7], unknown: [0, 1, 2, 3, 4] });
  disk.onLook = () => {};
  await resume.save(2000);
  assert.deepEqual(await next(), { trusted: [1, 3, 7], unknown: [] });
});

Deno.test("Resume: a file written in this very moment is not told of yet", async () => {
  await using dir = await makeTempDir();
  const { disk, resume, store, next } = begin(dir, await made());
  store(1);
  store(7);
  disk.now[0] = { length: 50_000, modifiedMs: Date.now() + 3_600_000 };
  await resume.save(1000);
  assert.deepEqual(await next(), { trusted: [7], unknown: [0, 1, 2, 3, 4] });
});

Deno.test("Resume: a piece whose write has not returned is read, though its file looks the same", async () => {
  await using dir = await makeTempDir();
  const { disk, resume, store, next } = begin(dir, await made());
  store(1);
  disk.writing.push(2);
  await resume.save(1000);
  assert.deepEqual(await next(), { trusted: [1], unknown: [2] });
});

Deno.test("Resume: somebody else's write before the look counts against files that we did not write", async () => {
  await using dir = await makeTempDir();
  const { disk, resume, store, next } = begin(dir, await made());
  disk.write(1);
  store(1);
  await resume.save(1000);
  assert.deepEqual(await next(), { trusted: [1], unknown: [5, 6, 7, 8, 9] });
});

Deno.test("Resume: nothing is told of a file that others have written to between our own writes", async () => {
  await using dir = await makeTempDir();
  const { disk, resume, store, next } = begin(dir, await made());
  store(1);
  disk.write(0);
  disk.foreign.add(0);
  store(2);
  store(7);
  await resume.save(1000);
  assert.deepEqual(await next(), { trusted: [7], unknown: [0, 1, 2, 3, 4] });
});

Deno.test("Resume: files are synced once, long after their last write", async () => {
  await using dir = await makeTempDir();
  const { disk, resume, store } = begin(dir, await made());
  store(1);
  await resume.save(30_000);
  await resume.sync(30_000);
  assert.deepEqual(disk.synced, []);
  await resume.sync(45_000);
  assert.deepEqual(disk.synced, [1], "file 0 was written at 30 s");
  await resume.sync(80_000);
  await resume.sync(200_000);
  assert.deepEqual(disk.synced, [1, 0]);
});

/** Block 0 of a piece of one block. */
const block = (index: number): KeptPiece => {
  const blocks = new Bitfield(1);
  blocks.set(0);
  return { index, blocks };
};

Deno.test("Resume: blocks are written before a save, which tells of them and of the files as they are then", async () => {
  await using dir = await makeTempDir();
  const { blocks, resume, store, next, nextKept } = begin(dir, await made());
  store(1);
  blocks.coming.push(block(3));
  await resume.save(1000);
  assert.deepEqual(await nextKept(), [block(3)]);
  assert.deepEqual(
    await next(),
    { trusted: [1], unknown: [] },
    "the block's write makes nobody read the file",
  );
});

Deno.test("Resume: where every look comes too soon after a write, every other save is without one", async () => {
  await using dir = await makeTempDir();
  const { disk, blocks, resume, next, nextKept } = begin(dir, await made());
  const [file] = disk.now;
  blocks.coming.push(block(3));
  disk.onLook = () => {};
  disk.write = () => disk.now[0] = { length: 50_000, modifiedMs: Date.now() + 3_600_000 };
  await resume.save(1000);
  assert.deepEqual(await next(), { trusted: [], unknown: [0, 1, 2, 3, 4] });
  blocks.coming.push(block(4));
  disk.now[0] = file as FileStamp; // as if its clock had ticked
  await resume.save(6000);
  assert.deepEqual(await next(), { trusted: [], unknown: [] });
  assert.deepEqual(await nextKept(), [block(3)]);
  await resume.save(11_000);
  assert.deepEqual(await nextKept(), [block(3), block(4)]);
});

Deno.test("Resume: a state that can't be written is told of once, and written as soon as it can be", async () => {
  await using dir = await makeTempDir();
  const troubles: string[] = [];
  const folder = dir.join("states");
  await Deno.writeTextFile(folder, "in the way");
  const { resume, store, next } = begin(dir, await made(), {
    folder,
    onTrouble: (message) => void troubles.push(message),
  });
  store(1);
  await resume.save(1000);
  await resume.save(6000);
  assert.equal(troubles.length, 1);
  assert.match(troubles[0] ?? "", /^Cannot write saved state: .*states/);
  await Deno.remove(folder);
  await resume.save(11_000);
  assert.deepEqual(await next(), { trusted: [1], unknown: [] });
  assert.equal(troubles.length, 1);
});
