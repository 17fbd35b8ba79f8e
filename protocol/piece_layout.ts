// Where pieces and blocks lie: every question of geometry about one torrent is answered here.
// https://www.bittorrent.org/beps/bep_0003.html. A torrent's files are laid end to end; which file a byte falls into
// is not known here, nor who has what.

/** Bytes of the block that is requested at once, 16 KiB; only the last one of a piece may be shorter. */
export const BLOCK_LENGTH = 16384;

/**
 * Bytes of a long block, 512 KiB: the blocks side by side that a fast peer which serves such is asked for in one request
 * (`max_request_length`); only the last one of a piece may be shorter.
 */
export const LONG_BLOCK_LENGTH: number = 512 * 1024;

/** Blocks of 16 KiB in a long one. */
export const BLOCKS_IN_LONG: number = LONG_BLOCK_LENGTH / BLOCK_LENGTH;

/** The longest piece accepted: 512 MiB. A piece is held in memory while it arrives, and BEP 3 gives `begin` 32 bits. */
export const MAX_PIECE_LENGTH = 512 * 1024 * 1024;

/**
 * The most pieces: their `index` has 32 bits on the wire.
 *
 * @internal
 */
export const MAX_PIECES = 0xffffffff;

/** The sizes of one torrent's pieces and blocks. Immutable. All lengths and offsets are bytes. */
export class PieceLayout {
  /** Bytes of every piece but the last. */
  readonly pieceLength: number;
  /** Bytes of the whole torrent. */
  readonly totalLength: number;
  /** Number of pieces; 0 for an empty torrent. */
  readonly pieceCount: number;
  readonly #lastLength: number;

  /**
   * Lays out a torrent (BEP 3, "piece length").
   *
   * @param pieceLength bytes of a piece, 1 to `MAX_PIECE_LENGTH`; no power of two is needed.
   * @param totalLength bytes of all files together, 0 to 2^53 - 1.
   * @throws {RangeError} if either is not a whole number in its range, or there would be more than 2^32 - 1 pieces.
   */
  constructor(pieceLength: number, totalLength: number) {
    check("piece length", pieceLength, 1, MAX_PIECE_LENGTH);
    check("total length", totalLength, 0, Number.MAX_SAFE_INTEGER);
    const pieceCount = Math.ceil(totalLength / pieceLength);
    check("number of pieces", pieceCount, 0, MAX_PIECES);
    this.pieceLength = pieceLength;
    this.totalLength = totalLength;
    this.pieceCount = pieceCount;
    this.#lastLength = pieceCount === 0 ? 0 : totalLength - (pieceCount - 1) * pieceLength;
  }

  /**
   * Bytes of piece `index`: the last one is as short as what is left.
   *
   * @throws {RangeError} if there is no such piece.
   */
  pieceLengthAt(index: number): number {
    if (!this.hasPiece(index)) throw noPiece(index, this.pieceCount);
    return index === this.pieceCount - 1 ? this.#lastLength : this.pieceLength;
  }

  /**
   * Where piece `index` begins, in bytes from the start of the torrent.
   *
   * @throws {RangeError} if there is no such piece.
   */
  pieceOffset(index: number): number {
    if (!this.hasPiece(index)) throw noPiece(index, this.pieceCount);
    return index * this.pieceLength;
  }

  /**
   * Number of blocks that piece `index` is requested in.
   *
   * @throws {RangeError} if there is no such piece.
   */
  blockCount(index: number): number {
    return Math.ceil(this.pieceLengthAt(index) / BLOCK_LENGTH);
  }

  /**
   * Bytes of the block that starts `begin` bytes into piece `index`: 16 KiB, or what is left of the piece.
   *
   * @throws {RangeError} if there is no such piece, or none of its blocks starts there.
   */
  blockLength(index: number, begin: number): number {
    const left = this.pieceLengthAt(index) - begin;
    if (!(begin >= 0 && left > 0 && begin % BLOCK_LENGTH === 0)) {
      throw new RangeError(
        `Cannot find a block: must start at a multiple of 16 KiB in the piece: got ${begin}`,
      );
    }
    return left < BLOCK_LENGTH ? left : BLOCK_LENGTH;
  }

  /** True if there is a piece `index`. */
  hasPiece(index: number): boolean {
    return Number.isInteger(index) && index >= 0 && index < this.pieceCount;
  }

  /** True if the `length` (at least 1) bytes from `begin` all lie inside piece `index`. Never throws. */
  contains(index: number, begin: number, length: number): boolean {
    return this.hasPiece(index) && Number.isInteger(begin) && Number.isInteger(length) &&
      begin >= 0 && length > 0 && begin + length <= this.pieceLengthAt(index);
  }

  /** True if this is exactly one of the blocks that we request: on a 16 KiB border and of its full length. Never throws. */
  isBlock(index: number, begin: number, length: number): boolean {
    return this.contains(index, begin, length) && begin % BLOCK_LENGTH === 0 &&
      length === this.blockLength(index, begin);
  }
}

function check(what: string, value: number, min: number, max: number): void {
  if (!(Number.isInteger(value) && value >= min && value <= max)) {
    throw new RangeError(
      `Cannot lay out pieces: ${what} must be a whole number from ${min} to ${max}: got ${value}`,
    );
  }
}

function noPiece(index: number, pieceCount: number): RangeError {
  return new RangeError(`Cannot find a piece: index must be 0 to ${pieceCount - 1}: got ${index}`);
}
