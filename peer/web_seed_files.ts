// A torrent's files as a web seed has them: the URLs of which a range is made, and what remains where files are missing.
// https://www.bittorrent.org/beps/bep_0019.html

import { Bitfield, type Metainfo } from "../protocol/mod.ts";
import { webSeedUrl } from "../protocol/web_seed.ts";
import type { FilePart } from "./net/web_seed_wire.ts";
import { FileMap } from "./storage/file_map.ts";

/** Shared by all web seeds of one torrent. */
export class WebSeedFiles {
  readonly #metainfo: Metainfo;
  readonly #map: FileMap;

  constructor(metainfo: Metainfo) {
    this.#metainfo = metainfo;
    this.#map = new FileMap(metainfo.files.map((file) => ({ ...file, path: file.path.join("/") })));
  }

  /** The parts of which `length` bytes at `offset` of the torrent are made, on the web seed `seed`. */
  *parts(seed: string, offset: number, length: number): Generator<FilePart> {
    for (const range of this.#map.ranges(offset, length)) {
      const file = this.#metainfo.files[range.fileIndex] as Metainfo["files"][number];
      yield {
        fileIndex: range.fileIndex,
        url: file.isPadding ? undefined : webSeedUrl(seed, this.#metainfo, file),
        from: range.fileOffset,
        length: range.length,
        fileLength: file.length,
      };
    }
  }

  /** The file's path in the torrent, for people. */
  nameOf(fileIndex: number): string {
    return this.#metainfo.files[fileIndex]?.path.join("/") ?? "";
  }

  /** The files that piece `index` is made of, padding left out. */
  filesOf(index: number): number[] {
    const { layout, files } = this.#metainfo;
    const ranges = this.#map.ranges(index * layout.pieceLength, layout.pieceLengthAt(index));
    return [...ranges].map(({ fileIndex }) => fileIndex).filter((fileIndex) => !files[fileIndex]?.isPadding);
  }

  /** The pieces that can be had in spite of these gaps. */
  piecesWithout(gaps: { files: ReadonlySet<number>; pieces: ReadonlySet<number> }): Bitfield {
    const { layout, files } = this.#metainfo;
    const pieces = new Bitfield(layout.pieceCount);
    pieces.setAll();
    for (const index of gaps.pieces) pieces.clear(index);
    for (const fileIndex of gaps.files) {
      const file = files[fileIndex];
      if (file === undefined || file.length === 0) continue;
      const last = Math.floor((file.offset + file.length - 1) / layout.pieceLength);
      for (let index = Math.floor(file.offset / layout.pieceLength); index <= last; index++) {
        pieces.clear(index);
      }
    }
    return pieces;
  }
}
