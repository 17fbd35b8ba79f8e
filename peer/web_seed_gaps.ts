// What one web seed can't give of its torrent: files that it lacks, and what it has otherwise than the torrent says. A mirror
// whose one file is an older version is as good as any for the others.
// https://www.bittorrent.org/beps/bep_0019.html

import type { WebSeedFiles } from "./web_seed_files.ts";

/** Of so many files it may have other ones, however little else it has sent. */
const MOST_FORGIVEN = 4;

/** The gaps of one web seed. */
export class WebSeedGaps {
  /** Files that are not there, by their index. They may be some day. */
  readonly missing: Set<number> = new Set();
  /** Files that are other ones; and pieces in which several files meet, one of which is. */
  readonly #wrongFiles = new Set<number>();
  readonly #wrongPieces = new Set<number>();

  /** All pieces that came wrong. */
  readonly #bad = new Set<number>();

  /** Every file that isn't to be asked for. */
  get files(): ReadonlySet<number> {
    return this.missing.union(this.#wrongFiles);
  }

  /** Pieces that aren't to be asked for beside those of `files`. */
  get pieces(): ReadonlySet<number> {
    return this.#wrongPieces;
  }

  /** Piece `index` came wrong. In a piece of a single file it is that one; else the others' own pieces will tell. False if that was known. */
  addWrong(index: number, files: WebSeedFiles): boolean {
    this.#bad.add(index);
    const [file, ...others] = files.filesOf(index);
    const [known, wrong] = file !== undefined && others.length === 0
      ? [this.#wrongFiles, file]
      : [this.#wrongPieces, index];
    if (known.has(wrong)) return false;
    known.add(wrong);
    return true;
  }

  /** True if more than half of all that came, `downloaded` bytes, was wrong: it costs more than it gives. */
  isWorthless(downloaded: number, pieceLength: number): boolean {
    const forgiven = this.#wrongFiles.size + this.#wrongPieces.size <= MOST_FORGIVEN;
    return !forgiven && this.#bad.size * pieceLength * 2 > downloaded;
  }
}
