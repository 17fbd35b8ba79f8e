// Which files of a torrent are wanted, and how much: what its user says of files, as what the engine knows of pieces.
// https://www.bittorrent.org/beps/bep_0053.html (`so` in a magnet link). A piece is as wanted as the most wanted file in it.

import type { Magnet, Metainfo } from "../protocol/mod.ts";
import { HIGH, LOW, NORMAL, SKIP } from "./engine/priorities.ts";

/** How much a file is wanted: not at all, or before or after others. */
export type FilePriority = "skip" | "low" | "normal" | "high";

const LEVELS: Record<FilePriority, number> = { skip: SKIP, low: LOW, normal: NORMAL, high: HIGH };

/** One torrent's files. */
export class FilePriorities {
  readonly #metainfo: Metainfo;
  readonly #priorities: FilePriority[];

  /**
   * All are wanted, unless some are named.
   *
   * @throws {RangeError} if one of those that `select` names isn't there; a magnet link may name any
   */
  constructor(metainfo: Metainfo, select?: readonly number[], magnet?: Magnet) {
    this.#metainfo = metainfo;
    const { length } = metainfo.files;
    for (const index of select ?? []) this.#check(index);
    const isNamed = (index: number): boolean =>
      magnet?.select?.some(([from, to]) => index >= from && index <= to) ?? true;
    let wanted = new Set(select ?? metainfo.files.keys().filter(isNamed));
    if (wanted.size === 0 && select === undefined) wanted = new Set(metainfo.files.keys());
    this.#priorities = Array.from({ length }, (_, index) => wanted.has(index) ? "normal" : "skip");
  }

  /** @throws {RangeError} if there is no such file */
  get(index: number): FilePriority {
    this.#check(index);
    return this.#priorities[index] as FilePriority;
  }

  /** @throws {RangeError} if there is no such file or priority */
  set(index: number, priority: FilePriority): void {
    this.check(index, priority);
    this.#priorities[index] = priority;
  }

  /** @throws {RangeError} if `set()` would */
  check(index: number, priority: FilePriority): void {
    this.#check(index);
    if (Object.hasOwn(LEVELS, priority)) return;
    const known = Object.keys(LEVELS).join(", ");
    throw new RangeError(`Cannot set a priority: it must be one of ${known}: got ${priority}`);
  }

  isSkipped(index: number): boolean {
    return this.#priorities[index] === "skip";
  }

  /** Each piece's level; undefined if all are wanted alike. Padding is wanted where anything beside it is. */
  levels(): Uint8Array | undefined {
    if (this.#priorities.every((priority) => priority === "normal")) return undefined;
    const { files, layout: { pieceCount, pieceLength } } = this.#metainfo;
    const levels = new Uint8Array(pieceCount);
    files.forEach(({ offset, length, isPadding }, i) => {
      if (length === 0 || isPadding) return;
      const level = LEVELS[this.#priorities[i] as FilePriority];
      const last = Math.floor((offset + length - 1) / pieceLength);
      for (let index = Math.floor(offset / pieceLength); index <= last; index++) {
        if (level > (levels[index] as number)) levels[index] = level;
      }
    });
    return levels;
  }

  #check(index: number): void {
    const { length } = this.#metainfo.files;
    if (Number.isInteger(index) && index >= 0 && index < length) return;
    throw new RangeError(`Cannot find a file: index must be 0 to ${length - 1}: got ${index}`);
  }
}
