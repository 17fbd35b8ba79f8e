// Which files of a torrent have their bytes in the part file (part_file.ts): skipped ones that are not on disk. That changes
// only while nothing is being written (disk.ts); a file that is wanted after all gets its bytes copied first.

import { basename, dirname, join } from "node:path";
import type { Metainfo } from "../../protocol/metainfo.ts";
import { MAX_NAME_BYTES } from "../../protocol/path_safety.ts";
import type { PieceLayout } from "../../protocol/piece_layout.ts";
import type { FileMap, StorageFile } from "./file_map.ts";
import { type FileStamp, stampFrom } from "./file_stamp.ts";
import type { WriteWatch } from "./write_watch.ts";

/** One torrent's part file, seen from the torrent. */
export class Parts {
  /** `.NAME.HASH.parts` beside the output: several torrents may lie in one folder. Of a long name only the beginning. */
  readonly path: string;
  /** By file: 1 if its bytes are there; the disk threads have it too. */
  readonly holds: Uint8Array<SharedArrayBuffer>;
  readonly #map: FileMap;
  readonly #layout: PieceLayout;
  /** Its own number among the files that writes are watched of: after all of the torrent's. */
  readonly number: number;
  /** There may be a part file. */
  #isThere = false;

  /** `output` is absolute. */
  constructor(output: string, map: FileMap, { infoHash, layout }: Pick<Metainfo, "infoHash" | "layout">) {
    this.path = join(dirname(output), partFileName(basename(output), infoHash.hex));
    this.holds = new Uint8Array(new SharedArrayBuffer(map.files.length));
    this.#map = map;
    this.#layout = layout;
    this.number = map.files.length;
  }

  /** Looks whether there is one: if so, it goes when nothing of it is needed. */
  async find(): Promise<boolean> {
    return this.#isThere = await isFile(this.path);
  }

  /** A file's bytes go there from now on. */
  put(fileIndex: number): void {
    this.holds[fileIndex] = 1;
    this.#isThere = true;
  }

  /** A file's bytes go where they belong. */
  take(fileIndex: number): void {
    this.holds[fileIndex] = 0;
  }

  /**
   * Takes missing files for those whose bytes an earlier run has put there, if there is a part file. Returns the pieces
   * that may be right by that: what is not in the part file of them is on disk.
   */
  async claim(stamps: readonly FileStamp[]): Promise<Set<number>> {
    const claimed = new Set<number>();
    if (!await this.find()) return claimed;
    const { files } = this.#map;
    files.forEach(({ length, isPadding }, i) => {
      if (length > 0 && !isPadding && (stamps[i] as FileStamp).length < 0) this.put(i);
    });
    files.forEach((_, i) => {
      if (this.holds[i] === 0) return;
      for (const index of this.piecesOf(i)) if (this.#isHere(index, stamps)) claimed.add(index);
    });
    return claimed;
  }

  /** Looks at it: what other programs have done to it is noticed. */
  async look(writes: WriteWatch): Promise<FileStamp | undefined> {
    if (!this.holds.includes(1)) return undefined;
    const seenMs = writes.seenMs(this.number);
    const stamp = await Deno.stat(this.path).then(stampFrom, () => undefined);
    // One that isn't there is like one that was emptied: nothing need have been put there yet.
    writes.notice(this.number, stamp ?? { length: 0, modifiedMs: seenMs }, seenMs);
    return stamp;
  }

  /** All pieces that may have bytes there. */
  get pieces(): Set<number> {
    const held = [...this.holds.keys()].filter((i) => this.holds[i] === 1);
    return new Set(held.flatMap((i) => this.piecesOf(i)));
  }

  /** Removes the part file if nothing of it is needed any more. When nobody has it open. */
  async close(): Promise<void> {
    if (this.#isThere && !this.holds.includes(1)) await Deno.remove(this.path).catch(() => {});
  }

  /**
   * The pieces that may have bytes of a file there: its first and last, if bytes of files that lie elsewhere are in them. All
   * others are of no use.
   */
  piecesOf(fileIndex: number): number[] {
    const { offset, length } = this.#map.files[fileIndex] as StorageFile;
    if (length === 0) return [];
    const ends = new Set(
      [offset, offset + length - 1].map((at) => Math.floor(at / this.#layout.pieceLength)),
    );
    return [...ends].filter((index) =>
      this.#ranges(index).some((range) =>
        this.holds[range.fileIndex] === 0 && !this.#map.files[range.fileIndex]?.isPadding
      )
    );
  }

  #isHere(index: number, stamps: readonly FileStamp[]): boolean {
    return this.#ranges(index).every(({ fileIndex, fileOffset, length }) =>
      this.holds[fileIndex] === 1 || fileOffset + length <= (stamps[fileIndex] as FileStamp).length
    );
  }

  #ranges(index: number) {
    return this.#map.ranges(this.#layout.pieceOffset(index), this.#layout.pieceLengthAt(index));
  }
}

function partFileName(name: string, infoHash: string): string {
  // All digits would be more than it takes to tell torrents apart, and leave less of the name.
  const end = `.${infoHash.slice(0, 16)}.parts`;
  // Stops before a character that it has no room for.
  const { read } = new TextEncoder().encodeInto(name, new Uint8Array(MAX_NAME_BYTES - 1 - end.length));
  return `.${name.slice(0, read)}${end}`;
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.lstat(path)).isFile;
  } catch {
    return false; // what can't be looked at can't be used; whoever writes to it says why
  }
}
