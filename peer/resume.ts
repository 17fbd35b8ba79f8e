// When a torrent's state is kept for its next start, and what may be said in it. A state is true of its files as long as
// they look as it says, so that no order of writes and crashes makes a wrong byte count as verified:
//
//   piece written ──▶ its files are dirty ──▶ how they look, asked of the disk ──▶ saved, with what is verified by then
//                        ▲                        │ written a moment ago
//                        └────────────────────────┘
//
// Any write after the look changes how the file looks, and the next start reads that file whole. A process that is
// killed while it writes a file leaves it so; what is lost of totals and peers is what SAVE_MS held.
//
// Blocks of pieces that take long are written before each save (engine/keeping.ts), and nothing is said of them but where
// they are: when the piece is whole its hash decides.
//
// What was written outlives the process, not the machine: files are synced long after their last write, when it is
// cheap, and those that were not count only until the machine is started anew. So does a file that was synced and that
// was written once more while the state was made: a power cut can undo that write and the time of it.

import type { Bitfield, Metainfo } from "../protocol/mod.ts";
import type { Keeping } from "./engine/keeping.ts";
import type { PeerPool } from "./engine/peer_pool.ts";
import type { KeptPiece } from "./engine/ports.ts";
import type { Beating } from "./heartbeat.ts";
import { bootedAtMs, isSameBoot } from "./storage/boot_time.ts";
import type { Disk } from "./storage/disk.ts";
import { isSettled, NO_FILE } from "./storage/file_stamp.ts";
import { ResumeFile } from "./storage/resume_file.ts";
import { MAX_SAVED_PEERS, ResumeError, type ResumeState, type SavedFile } from "./storage/resume_state.ts";

/** Between two saves: so much is lost of a run that is killed. */
const SAVE_MS = 5_000;
/** After a file's last write the system has put nearly all of it on the disk by itself. */
const SYNC_AFTER_MS = 40_000;
/** So long a write has to lie back for the look, or the file would be read at the next start. */
const SETTLE_MS = 60;

/** What it asks of the disk. */
export type ResumeDisk = Pick<
  Disk,
  "checkedStamps" | "prepared" | "writing" | "filesOf" | "isForeign" | "stamps" | "sync"
>;

export interface ResumeOptions {
  /** The folder that states lie in. */
  folder: string;
  metainfo: Metainfo;
  disk: ResumeDisk;
  /** The torrent's file or folder, absolute. */
  path: string;
  pool: PeerPool;
  /** Bytes of blocks received and sent in this run. */
  totals(): Totals;
  /** Something kept a state from being read or written; nothing else comes of it. */
  onTrouble(message: string): void;
}

/** What it asks of the engine. */
export interface ResumeEngine {
  /** Pieces that are verified, as they are at any time. */
  readonly have: Bitfield;
  /** Blocks of unfinished pieces. */
  readonly keeping: Pick<Keeping, "pieces" | "keepAll">;
}

export interface Totals {
  downloaded: number;
  uploaded: number;
}

/** One torrent's memory. */
export class Resume implements Beating {
  dueAt = -Infinity;
  readonly #options: ResumeOptions;
  readonly #file: ResumeFile;
  readonly #bootedAtMs = bootedAtMs();
  /** By index; undefined for dirty files. */
  #files: (SavedFile | undefined)[];
  /** When files were found as they are, by index, of those that aren't durable. */
  readonly #foundAt = new Map<number, number>();
  /** Written by us since they were looked at. */
  readonly #dirty = new Set<number>();
  #engine: ResumeEngine | undefined;
  #loaded: ResumeState | undefined;
  /** The last look came too soon after a write to count. */
  #wasTooSoon = false;
  /** The last save was without a write of blocks. */
  #isQuiet = false;
  /** Of all runs before this one. */
  #before: Totals = { downloaded: 0, uploaded: 0 };
  /** What has been saved last, to see whether anything has changed. */
  #saved = "";
  #saving: Promise<void> | undefined;
  #syncing: Promise<void> | undefined;
  /** It has been said that nothing can be saved. */
  #isTold = false;
  #isClosed = false;

  constructor(options: ResumeOptions) {
    const { folder, metainfo, path } = options;
    this.#options = options;
    this.#files = metainfo.files.map(() => undefined);
    this.#file = new ResumeFile(folder, {
      infoHash: metainfo.infoHash.bytes,
      path,
      layout: metainfo.layout,
      fileCount: metainfo.files.length,
    });
  }

  /** Bytes of all runs, this one included. */
  get totals(): Totals {
    const { downloaded, uploaded } = this.#options.totals();
    return {
      downloaded: this.#before.downloaded + downloaded,
      uploaded: this.#before.uploaded + uploaded,
    };
  }

  /** Blocks of unfinished pieces that an earlier run has left, once that is loaded. */
  get kept(): readonly KeptPiece[] | undefined {
    return this.#loaded?.kept;
  }

  /** What an earlier run knew of the pieces; undefined if there was none, or its state can't be used. */
  async load(): Promise<ResumeState | undefined> {
    try {
      const state = await this.#file.load();
      if (state === undefined) return undefined;
      const { downloaded, uploaded, peers } = state;
      this.#loaded = state;
      this.#before = { downloaded, uploaded };
      this.#options.pool.add(peers, "tracker", performance.now());
      const isSame = isSameBoot(state.bootedAtMs, this.#bootedAtMs);
      this.#files = state.files.map((file) => file?.isDurable || isSame ? file : undefined);
      return { ...state, files: this.#files };
    } catch (error) {
      if (!(error instanceof ResumeError)) throw error;
      this.#options.onTrouble(`${error.message}: checking everything`);
      return undefined;
    }
  }

  /**
   * Forgets blocks whose files have been taken away since; call it after the check. The state on the disk forgets them,
   * too: as soon as the file is made anew it looks as if they were in it, and this run may be killed before it saves.
   */
  async forgetGone(): Promise<void> {
    const { disk } = this.#options;
    const state = this.#loaded;
    if (state === undefined) return;
    const isThere = (i: number) => disk.checkedStamps[i]?.length !== NO_FILE.length;
    const wasThere = (i: number) => (state.files[i]?.length ?? NO_FILE.length) !== NO_FILE.length;
    const kept = state.kept.filter(({ index }) => {
      const files = disk.filesOf(index);
      return files.some(isThere) && files.every((i) => isThere(i) || !wasThere(i));
    });
    if (kept.length === state.kept.length) return;
    this.#loaded = { ...state, kept };
    // If that can't be, the saves to come will say so.
    await this.#file.save(this.#loaded).catch(() => {});
  }

  /** The check is done: what is on disk from now on, `engine` knows. */
  begin(engine: ResumeEngine, now: number): void {
    this.#engine = engine;
    const { disk } = this.#options;
    this.#files = disk.checkedStamps.map((stamp, i) => {
      if (stamp === undefined) return undefined;
      const before = this.#files[i];
      const isKnown = before?.length === stamp.length && before.modifiedMs === stamp.modifiedMs;
      const isDurable = stamp.length < 0 || (isKnown && before.isDurable);
      if (!isDurable) this.#foundAt.set(i, now);
      return { ...stamp, isDurable };
    });
    this.onPrepared();
  }

  /** Files were made or extended. */
  onPrepared(): void {
    for (const i of this.#options.disk.prepared) this.#dirty.add(i);
  }

  /** A piece has been written, or blocks of it. */
  onPiece(index: number): void {
    for (const i of this.#options.disk.filesOf(index)) this.#dirty.add(i);
  }

  tick(now: number): void {
    this.dueAt = now + SAVE_MS;
    void this.save(now);
    void this.sync(now);
  }

  /** Keeps blocks, and saves what has changed; one call at a time does. */
  save(now: number): Promise<void> {
    return this.#saving ??= this.#keepAndSave(now).finally(() => this.#saving = undefined);
  }

  /** Syncs the files whose last write lies back long enough; the next save tells. */
  sync(now: number): Promise<void> {
    return this.#syncing ??= this.#sync(now).finally(() => this.#syncing = undefined);
  }

  /** Saves for the last time. The disk must have written what it was given. */
  async close(): Promise<void> {
    this.#isClosed = true; // whoever leaves does not wait for files to be synced
    await this.#saving;
    if (this.#engine === undefined) return;
    if (this.#dirty.size > 0) await settled();
    await this.#save(performance.now());
  }

  async #keepAndSave(now: number): Promise<void> {
    // Where the file system's clock ticks slowly, a look right after a write is in vain: every other save is without one.
    this.#isQuiet = this.#wasTooSoon && !this.#isQuiet;
    if (!this.#isQuiet && await this.#engine?.keeping.keepAll(now)) await settled();
    await this.#save(now);
  }

  async #save(now: number): Promise<void> {
    const engine = this.#engine;
    if (engine === undefined) return;
    const { have } = engine;
    try {
      await this.#lookAtDirty(now);
      const { pool, disk } = this.#options;
      const { downloaded, uploaded } = this.totals;
      if (have.isEmpty && downloaded + uploaded === 0) return; // nothing that a check would not find at once
      const unsure = disk.writing;
      const kept = engine.keeping.pieces;
      // Of what others have written nothing is known, though its looks are.
      const files = this.#files.map((file, i) => disk.isForeign(i) ? undefined : file);
      const known = files.map((file) => file && `${file.modifiedMs}${file.isDurable}`).join();
      const blocks = kept.reduce((sum, piece) => sum + piece.blocks.count, 0);
      const summary = [have.count, downloaded, uploaded, unsure, blocks, known].join(" ");
      if (summary === this.#saved) return;
      await this.#file.save({
        have: have.clone(),
        unsure,
        kept,
        files: files.map((file, i) => file && this.#dirty.has(i) ? { ...file, isDurable: false } : file),
        bootedAtMs: this.#bootedAtMs,
        downloaded,
        uploaded,
        peers: pool.best(MAX_SAVED_PEERS),
      });
      this.#saved = summary;
    } catch (error) {
      // Once is enough to say it: the torrent itself is well, and the next save may be.
      if (this.#isTold) return;
      this.#isTold = true;
      this.#options.onTrouble(error instanceof Error ? error.message : String(error));
    }
  }

  /** Asks the disk how the dirty files look. What is verified afterwards is true of files that look so. */
  async #lookAtDirty(now: number): Promise<void> {
    const dirty = [...this.#dirty];
    this.#wasTooSoon = false;
    if (dirty.length === 0) return;
    for (const i of dirty) this.#files[i] = undefined;
    this.#dirty.clear();
    const lookedAt = Date.now();
    const stamps = await this.#options.disk.stamps(dirty).catch((error) => {
      for (const i of dirty) this.#dirty.add(i);
      throw error;
    });
    for (const [at, i] of dirty.entries()) {
      const stamp = stamps[at];
      if (stamp === undefined || !isSettled(stamp, lookedAt)) {
        this.#dirty.add(i);
        this.#wasTooSoon = true;
      } else {
        this.#files[i] = { ...stamp, isDurable: stamp.length < 0 };
        this.#foundAt.set(i, now);
      }
    }
  }

  async #sync(now: number): Promise<void> {
    for (const [i, foundAt] of this.#foundAt) {
      const file = this.#files[i];
      if (this.#isClosed) return;
      if (file !== undefined && now - foundAt < SYNC_AFTER_MS) continue;
      this.#foundAt.delete(i);
      if (file === undefined || file.isDurable || this.#dirty.has(i)) continue;
      // One that can't be synced counts until the machine is started anew.
      const isSynced = await this.#options.disk.sync(i).then(() => true, () => false);
      if (isSynced && this.#files[i] === file) this.#files[i] = { ...file, isDurable: true };
    }
  }
}

/** Waits until a write that has returned shows in how its file looks. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
}
