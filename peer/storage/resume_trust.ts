// Which pieces an earlier run's word is taken for, by what the files look like now. Pure.

import { Bitfield } from "../../protocol/bitfield.ts";
import type { PieceLayout } from "../../protocol/piece_layout.ts";
import type { StorageFile } from "./file_map.ts";
import { type FileStamp, isSameStamp } from "./file_stamp.ts";
import type { SavedPieces } from "./resume_state.ts";

/** What need not be read again, and what must. A piece in neither is missing. */
export interface Trust {
  /** On disk, by the saved state. */
  trusted: Bitfield;
  /** To be hashed: the state can't tell. */
  unknown: Bitfield;
  /** The files that look as they did, by index. */
  agreeing: boolean[];
}

/** Pieces in a file that has changed in any way are unknown, also those that were not there before. */
export function trustIn(
  saved: SavedPieces,
  files: readonly StorageFile[],
  layout: PieceLayout,
  stamps: readonly FileStamp[],
): Trust {
  const { pieceLength, pieceCount } = layout;
  const unknown = new Bitfield(pieceCount);
  const agreeing = files.map((file, i) => {
    const before = saved.files[i];
    const agrees = file.isPadding || (before !== undefined && isSameStamp(before, stamps[i] as FileStamp));
    if (!agrees && file.length > 0) {
      const last = Math.floor((file.offset + file.length - 1) / pieceLength);
      for (let index = Math.floor(file.offset / pieceLength); index <= last; index++) unknown.set(index);
    }
    return agrees;
  });
  for (const index of saved.unsure) unknown.set(index);
  const trusted = saved.have.clone();
  for (let index = 0; index < pieceCount; index++) if (unknown.has(index)) trusted.clear(index);
  return { trusted, unknown, agreeing };
}
