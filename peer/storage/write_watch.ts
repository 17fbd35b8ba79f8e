// Whose the last write to each file of a torrent was: ours, or another program's. Nothing tells them apart but how a file
// looks before each write of ours: a time that is later than the return of our last one is not ours, unless one of ours is
// under way; nor is one that is earlier than at a look before, as that of a backup is that was put back; a file that has
// become shorter, or is another one, isn't ours either. In memory that the disk threads share, since any of them may write.
// What another does within a tick of the file system's clock after a write of ours, 10 ms at most on Linux, is not seen if
// it leaves the length as it is, nor is one write that began between our look and our write and held us up for less than
// 20 ms, or less than twice what this thread waits for a processor; nor is anything by its time where that clock is not
// this machine's.

/** How a file looks to who asks. */
export interface Look {
  /** Bytes. */
  length: number;
  /** Unix milliseconds. */
  modifiedMs: number;
  /** Which file it is, whatever it is called; not there if the system doesn't say. */
  inode?: number;
}

/** A write of ours. */
export interface OwnWrite {
  /** Tells how the file looks. */
  look: () => Look;
  write: () => void;
  /** For how long this thread may have to wait for a processor, in milliseconds. Default 0 */
  processorMs?: number;
}

/**
 * A write begins within this of being asked for, if nobody holds the file: a thread may have to wait for a processor between
 * the two, and where it does so it may have to for longer (processor_waits.ts). Whoever is accused has the whole file read
 * again at the end, so that a busy machine must not look like another program: with 1 ms two of five downloads over loopback
 * did, and with 20 ms nearly every other one of four leechers on two cores.
 */
const PROMPT_MS = 20;
/** So many times the longest wait for a processor is no wait for the file yet. */
const PROCESSOR_WAITS = 2;
/** A look that took longer than this was kept waiting, and says too little of the moment before the write. */
const PROMPT_LOOK_MS = 2;
/** The last look counts, however long it took. */
const MAX_LOOKS = 4;
/**
 * A file that is written to may seem so much older at a later look: some file systems give a time back less exactly than they
 * took it (FAT keeps every second second), or take it from a server afterwards.
 */
const COARSE_MS = 2_000;
const BYTES_PER_FILE = 8 + 8 + 8 + 8 + 4 + 1 + 1;

/** The writes to one torrent's files. */
export class WriteWatch {
  /** What the threads share. */
  readonly memory: SharedArrayBuffer;
  /** When our last write had returned, Unix ms; 0 before the first look. */
  readonly #ownMs: Float64Array;
  /** The file that we write to; 0 before the first write. */
  readonly #inode: Float64Array;
  /** How long the file was at most. */
  readonly #length: Float64Array;
  /** The latest time that a look has seen, Unix ms. */
  readonly #seenMs: Float64Array;
  /** Writes under way. */
  readonly #writing: Int32Array;
  readonly #isForeign: Uint8Array;
  /** What a write of ours did to the file's time has been looked at. */
  readonly #isTried: Uint8Array;

  constructor(
    fileCount: number,
    memory: SharedArrayBuffer = new SharedArrayBuffer(fileCount * BYTES_PER_FILE),
  ) {
    this.memory = memory;
    this.#ownMs = new Float64Array(memory, 0, fileCount);
    this.#inode = new Float64Array(memory, 8 * fileCount, fileCount);
    this.#length = new Float64Array(memory, 16 * fileCount, fileCount);
    this.#seenMs = new Float64Array(memory, 24 * fileCount, fileCount);
    this.#writing = new Int32Array(memory, 32 * fileCount, fileCount);
    this.#isForeign = new Uint8Array(memory, 36 * fileCount, fileCount);
    this.#isTried = new Uint8Array(memory, 37 * fileCount, fileCount);
  }

  /** Everything is about to be looked at: only what is written from now on counts. */
  start(now: number): void {
    this.#ownMs.fill(now);
    this.#length.fill(0);
    this.#seenMs.fill(0);
    this.#isForeign.fill(0);
  }

  /** Does a write of ours. */
  write(index: number, { look, processorMs = 0, write }: OwnWrite): void {
    const began = this.#lookBefore(index, look);
    const prompt = began + Math.max(PROMPT_MS, PROCESSOR_WAITS * processorMs);
    const isAlone = Atomics.add(this.#writing, index, 1) === 0;
    try {
      write();
      // It had to wait for another's if its time is late: that is the time of its beginning, however long it takes from
      // there. Whatever was done to the file while it waited doesn't show.
      const mayHaveWaited = Date.now() > prompt && isAlone && !this.#othersWrote(index, began);
      if (mayHaveWaited && look().modifiedMs > prompt) this.accuse(index);
    } finally {
      this.made(index);
      Atomics.sub(this.#writing, index, 1);
    }
    this.#try(index, look);
  }

  /** Does a write of ours that makes the file, or throws: nobody can have done anything to it before. */
  make(index: number, { look, write }: OwnWrite): void {
    Atomics.add(this.#writing, index, 1);
    try {
      write();
    } finally {
      this.made(index);
      Atomics.sub(this.#writing, index, 1);
    }
    this.#try(index, look);
  }

  /** Looks at what the first write has done. */
  #try(index: number, look: () => Look): void {
    if (this.#isTried[index] === 1) return;
    const now = Date.now();
    const { inode = 0, modifiedMs } = look();
    this.#inode[index] = inode;
    this.#seenMs[index] = Math.max(this.#seenMs[index] as number, modifiedMs);
    // Another machine's clock, or one that has been set: its times tell nothing.
    if (modifiedMs > now) this.#ownMs[index] = Infinity;
    this.#isTried[index] = 1;
  }

  /** Looks right before a write, and says when that was. */
  #lookBefore(index: number, look: () => Look): number {
    let now = Date.now();
    for (let looks = 0; looks < MAX_LOOKS; looks++) {
      // In the millisecond of our last write nothing could be told, and a look costs as much as hashing 4 KiB.
      if (now <= (this.#ownMs[index] as number)) break;
      const began = now;
      const seenMs = this.seenMs(index);
      this.notice(index, look(), seenMs);
      now = Date.now();
      if (now <= began + PROMPT_LOOK_MS) break;
    }
    return now;
  }

  /** Other threads of ours have written to it since, or do. */
  #othersWrote(index: number, began: number): boolean {
    return (this.#ownMs[index] as number) > began || Atomics.load(this.#writing, index) > 1;
  }

  /** We have just made the file, or its length. */
  made(index: number): void {
    this.#ownMs[index] = Math.max(this.#ownMs[index] as number, Date.now());
  }

  /** The latest time that the file was seen with so far: to be asked for before a look that `notice()` is told of. */
  seenMs(index: number): number {
    return this.#seenMs[index] as number;
  }

  /**
   * This is how the file looked a moment ago.
   *
   * @param seenMs what `seenMs()` said before the look: by now another thread may have seen a later write
   */
  notice(index: number, { inode = 0, length, modifiedMs }: Look, seenMs: number): void {
    const known = this.#inode[index] as number;
    if (known > 0 && inode > 0 && inode !== known) this.accuse(index);
    if (length < (this.#length[index] as number)) this.accuse(index);
    else this.#length[index] = length;
    this.#noticeTime(index, modifiedMs, seenMs);
    // In this order: a write of ours that has returned meanwhile has told its time.
    if (Atomics.load(this.#writing, index) > 0) return;
    const own = this.#ownMs[index] as number;
    if (own > 0 && modifiedMs > own) this.accuse(index);
  }

  /** Writes make a file younger: whoever has made it older has put another in its place, or other bytes into it. */
  #noticeTime(index: number, modifiedMs: number, seenMs: number): void {
    const own = this.#ownMs[index] as number;
    // A clock that has been set back, or another machine's: what was seen before tells nothing.
    if (Date.now() < own) {
      this.#seenMs[index] = modifiedMs;
      return;
    }
    const coarse = this.#isTried[index] === 1 ? COARSE_MS : 0;
    if (modifiedMs < seenMs - coarse) this.accuse(index);
    this.#seenMs[index] = Math.max(this.#seenMs[index] as number, modifiedMs);
  }

  /** Others have done something to it. */
  accuse(index: number): void {
    this.#isForeign[index] = 1;
  }

  /** Another program has written to it since the start. */
  isForeign(index: number): boolean {
    return this.#isForeign[index] === 1;
  }

  /** The files to which others have written, by index. */
  get foreign(): number[] {
    return [...this.#isForeign.keys()].filter((index) => this.isForeign(index));
  }

  /** What the file holds has been read since, and is right. */
  forgive(index: number, { inode = 0, length, modifiedMs }: Look): void {
    this.#length[index] = length;
    this.#seenMs[index] = modifiedMs;
    this.#ownMs[index] = Math.max(this.#ownMs[index] as number, modifiedMs);
    if (this.#inode[index] !== 0) this.#inode[index] = inode;
    this.#isForeign[index] = 0;
  }
}
