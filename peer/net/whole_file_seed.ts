// A web server without ranges: each file comes from its start to its end, so this peer has its pieces one after the other.
// It says that it has a piece when that is about to come, and the engine asks for it; until it has, nothing more is read.
// https://www.bittorrent.org/beps/bep_0019.html (which wants ranges, but `python3 -m http.server` has none).
//
//   offered: peer.onHave() ──▶ asked: request() ──▶ the stream gets there: onPiece()
//                └──▶ here by now, or nobody asks: the stream goes past it
//
// What was gone past comes only with another pass, which is the owner's to begin.

import { BLOCK_LENGTH } from "../../protocol/piece_layout.ts";
import { WebSeedError } from "./http_range.ts";
import { type FilePart, STALL_MS, type WebSeedOptions, WebSeedWire, ZEROS } from "./web_seed_wire.ts";

export interface WholeFileSeedOptions extends WebSeedOptions {
  /** True if we miss this piece, and the server has all files of it. */
  isWanted(index: number): boolean;
  /** True if nobody is asked for this block of a piece that we miss: it came before, from others. */
  isHere(index: number, begin: number): boolean;
}

/** Pieces are offered so far ahead of the stream, bytes: as much as a fast server sends in a moment. */
const AHEAD_BYTES = 8 * 1024 * 1024;
/** The stream waits so long for a block to be asked for, ms, if blocks behind it are asked for already; and if not. */
const SHORT_PATIENCE_MS = 2_000;
const LONG_PATIENCE_MS = 30_000;

const NOTHING: ReadonlySet<number> = new Set();

/** One web seed that sends whole files, while it is in use: once through the torrent. */
export class WholeFileSeed extends WebSeedWire {
  readonly #isWanted: (index: number) => boolean;
  readonly #isHere: (index: number, begin: number) => boolean;
  /** Ends the request under way, for one file. */
  #controller = new AbortController();
  /** Blocks asked for and not yet here, by their place in the torrent. */
  readonly #asked = new Set<number>();
  readonly #part = new Uint8Array(BLOCK_LENGTH);
  /** The block at which the stream is: its name, its length, and what is here of it. */
  #index = 0;
  #begin = 0;
  #length: number;
  #filled = 0;
  /** Pieces below this one have been offered, or will not be. */
  #offered = 0;
  /** Blocks of the last one offered that have not been asked for. */
  #unasked = 0;
  #isOffering = false;
  /** Set while the stream stands still: lets it go on. */
  #goOn: (() => void) | undefined;
  #waitsSince = 0;
  /** Blocks of this piece are not waited for any more. */
  #givenUp = -1;
  #progressAt: number;
  #pass: Promise<void> | undefined;
  /** Where in the torrent the part ends that is wanted of the file under way. */
  #fileEnd = 0;

  constructor(options: WholeFileSeedOptions) {
    super(options);
    this.#isWanted = options.isWanted;
    this.#isHere = options.isHere;
    this.#length = options.layout.pieceCount === 0 ? 0 : options.layout.blockLength(0, 0);
    this.#progressAt = this.now();
  }

  tick(now: number): void {
    if (this.isClosed) return;
    this.excuse(this.#progressAt === Infinity, now);
    const left = this.#fileEnd - this.#at;
    if (left > 0 && this.#wantedOf(this.#at, left) === 0) this.#controller.abort(); // others have brought the rest
    if (this.#goOn === undefined) {
      if (now - this.#progressAt < STALL_MS) return this.peer?.onBatchEnd(now);
      return this.fail(new WebSeedError("later", `it sent nothing for ${STALL_MS / 1000} s`));
    }
    this.#progressAt = now; // it is not the server for whom we wait
    this.peer?.onBatchEnd(now);
    const patience = this.#asked.size > 0 ? SHORT_PATIENCE_MS : LONG_PATIENCE_MS;
    if (now - this.#waitsSince >= patience) this.#givenUp = this.#index;
    // The piece may be another peer's business: with the next one asked for it is clear that this one won't be.
    if (this.#asked.size === 0) this.#offerNext();
    this.#review();
    this.flush();
  }

  request(index: number, begin: number): void {
    if (this.isClosed) return;
    const offset = this.options.layout.pieceOffset(index) + begin;
    // Gone past: the engine asks others when this pass is over.
    if (offset >= this.#at - this.#filled) this.#asked.add(offset);
    if (index === this.#offered - 1) this.#unasked--;
    this.#review();
  }

  cancel(index: number, begin: number): void {
    this.#asked.delete(this.options.layout.pieceOffset(index) + begin);
  }

  /** We have something new, perhaps from others what the stream waits for. */
  override haves(): void {
    this.#review();
  }

  /** Offers one piece after the other, so that the engine asks in the order in which they come. */
  flush(): void {
    if (this.peer === undefined || this.#isOffering) return; // called by what is below
    this.#pass ??= this.#run();
    this.#isOffering = true;
    try {
      while (!this.isClosed && this.#isLastOfferSettled && this.#offerNext());
    } finally {
      this.#isOffering = false;
    }
  }

  protected abort(): void {
    this.#asked.clear();
    this.#controller.abort();
    this.#goOn?.();
  }

  protected async end(): Promise<void> {
    await this.#pass;
  }

  /** All of the piece that was last offered has been asked for, or won't be. */
  get #isLastOfferSettled(): boolean {
    const index = this.#offered - 1;
    return this.#unasked <= 0 || index < this.#index || index === this.#givenUp || !this.#isWanted(index);
  }

  /** False if there is nothing more to offer yet. */
  #offerNext(): boolean {
    const { layout } = this.options;
    let index = Math.max(this.#offered, this.#index);
    while (layout.hasPiece(index) && !this.#isWanted(index)) index++;
    this.#offered = index;
    if (!layout.hasPiece(index)) return false;
    if (layout.pieceOffset(index) > this.#at + AHEAD_BYTES) return false;
    this.#offered = index + 1;
    this.#unasked = layout.blockCount(index) - this.#paddingOf(index).size;
    this.peer?.onHave(index);
    this.peer?.onBatchEnd(this.now());
    return true;
  }

  /** Where in the torrent the stream is. */
  get #at(): number {
    const { layout } = this.options;
    if (!layout.hasPiece(this.#index)) return layout.totalLength;
    return layout.pieceOffset(this.#index) + this.#begin + this.#filled;
  }

  /** Once through all files, but for those of which nothing is wanted. */
  async #run(): Promise<void> {
    const { layout, parts } = this.options;
    await null; // the engine is in the middle of introducing us
    let fileIndex = -1;
    let start = 0;
    try {
      for (const part of parts(0, layout.totalLength)) {
        if (this.isClosed) return;
        fileIndex = part.fileIndex;
        const wanted = this.#wantedOf(start, part.length);
        this.#fileEnd = start + wanted;
        if (wanted > 0) await this.#fetchFile(part, wanted);
        start += part.length;
        this.#skipTo(start);
      }
      this.close("it has sent all that it was asked for");
    } catch (error) {
      this.fail(error, fileIndex);
    }
  }

  /** How many of a file's bytes, from its start on, have to be read for the pieces that are wanted. */
  #wantedOf(start: number, length: number): number {
    const { layout } = this.options;
    const first = Math.floor(start / layout.pieceLength);
    for (let index = Math.floor((start + length - 1) / layout.pieceLength); index >= first; index--) {
      if (this.#isWanted(index)) return Math.min((index + 1) * layout.pieceLength - start, length);
    }
    return 0;
  }

  async #fetchFile({ url, fileLength }: FilePart, length: number): Promise<void> {
    if (url === undefined) {
      for (let left = length; left > 0; left -= ZEROS.length) await this.#take(ZEROS.subarray(0, left));
      return;
    }
    this.#progressAt = this.now();
    const { signal } = this.#controller = new AbortController();
    try {
      const onBytes = (bytes: Uint8Array) => this.#take(bytes);
      await this.fetchRange(
        { url, from: 0, length, fileLength, signal, onBytes },
        (ms) => this.#progressAt = ms,
      );
    } catch (error) {
      if (!signal.aborted) throw error; // whoever aborts knows why
    }
  }

  /** Takes the stream's next bytes to their blocks; stands still before one that is wanted and not asked for. */
  async #take(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length && !this.isClosed;) {
      if (this.#filled === 0 && this.#mustWait()) await this.#wait();
      const part = bytes.subarray(at, at + this.#length - this.#filled);
      this.#part.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled === this.#length) this.#deliver();
    }
    this.endBatch();
  }

  #mustWait(): boolean {
    return !this.isClosed && this.#isWanted(this.#index) && this.#givenUp !== this.#index &&
      !this.#asked.has(this.#at) && !this.#isHere(this.#index, this.#begin) &&
      !this.#paddingOf(this.#index).has(this.#begin);
  }

  /** Where in a piece there are blocks of padding alone, which the engine doesn't ask for: unless it is all padding. */
  #paddingOf(index: number): ReadonlySet<number> {
    const { layout, parts } = this.options;
    const found = new Set<number>();
    let at = 0;
    for (const { url, length } of parts(layout.pieceOffset(index), layout.pieceLengthAt(index))) {
      const end = at + length;
      let begin = Math.ceil(at / BLOCK_LENGTH) * BLOCK_LENGTH;
      for (; url === undefined && begin < end; begin += BLOCK_LENGTH) {
        if (begin + layout.blockLength(index, begin) <= end) found.add(begin);
      }
      at = end;
    }
    return found.size === layout.blockCount(index) ? NOTHING : found;
  }

  #wait(): Promise<void> {
    this.#waitsSince = this.now();
    return new Promise((resolve) => {
      this.#goOn = () => {
        this.#goOn = undefined;
        resolve();
      };
      this.endBatch();
      this.#review();
    });
  }

  /** Lets the stream go on if it has no more reason to stand still. */
  #review(): void {
    if (this.#goOn !== undefined && !this.#mustWait()) this.#goOn();
  }

  #deliver(): void {
    const [index, begin] = [this.#index, this.#begin];
    const block = this.#part.subarray(0, this.#length);
    const isAsked = this.#asked.delete(this.options.layout.pieceOffset(index) + begin);
    this.#moveTo(index, begin + this.#length);
    if (isAsked) this.peer?.onPiece(index, begin, block);
  }

  /** The stream goes on at `offset`, past what is not wanted. What is here of a block that reaches over it stays. */
  #skipTo(offset: number): void {
    const { layout } = this.options;
    if (offset <= this.#at) return;
    const index = Math.floor(offset / layout.pieceLength);
    const begin = offset - index * layout.pieceLength;
    this.#moveTo(index, begin - begin % BLOCK_LENGTH);
    this.#filled = begin % BLOCK_LENGTH;
  }

  #moveTo(index: number, begin: number): void {
    const { layout } = this.options;
    const isAtEnd = layout.hasPiece(index) && begin >= layout.pieceLengthAt(index);
    this.#index = isAtEnd ? index + 1 : index;
    this.#begin = isAtEnd ? 0 : begin;
    this.#filled = 0;
    this.#length = layout.hasPiece(this.#index) ? layout.blockLength(this.#index, this.#begin) : 0;
  }
}
