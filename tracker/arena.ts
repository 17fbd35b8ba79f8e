// Memory for the millions of small records of a tracker: pages of typed arrays, cut into pieces of any number of words.
// An address is a word's offset over all pages, so a record costs no object and the garbage collector never sees it.
// Knows nothing of what lies in it.

/** Words (4 bytes) of a page, as a power of two: 1 MiB. */
const PAGE_SHIFT = 18;
const PAGE_WORDS = 1 << PAGE_SHIFT;
const PAGE_MASK = PAGE_WORDS - 1;

/** One page, seen as what its records are made of. All views share their memory. */
export interface Page {
  readonly words: Uint32Array;
  readonly halves: Uint16Array;
  readonly bytes: Uint8Array;
}

/** No record: address 0 is never given out. */
export const NOTHING = 0;

/** Hands out runs of words and takes them back. */
export class Arena {
  readonly #pages: Page[] = [];
  /** By size in words: the first free run of that size. A free run's first word is the next one. */
  readonly #free = new Map<number, number>();
  /** The first word that was never given out. */
  #top: number;

  /** Where all runs have `unit` words, or a multiple, a power of two, their addresses are multiples of it too. */
  constructor(unit = 1) {
    this.#top = unit;
  }

  /** Where the words end that were ever given out. */
  get top(): number {
    return this.#top;
  }

  /** Bytes held, used or not. */
  get bytes(): number {
    return this.#pages.length * PAGE_WORDS * 4;
  }

  /** The page in which an address lies. A run never crosses pages. */
  page(address: number): Page {
    return this.#pages[address >>> PAGE_SHIFT] as Page;
  }

  /** An address within its page, in words. */
  offset(address: number): number {
    return address & PAGE_MASK;
  }

  /** A run of `size` words, all zero. */
  allocate(size: number): number {
    const address = this.#free.get(size) ?? NOTHING;
    if (address === NOTHING) return this.#grow(size);
    const { words } = this.page(address);
    const at = address & PAGE_MASK;
    this.#free.set(size, words[at] as number);
    words.fill(0, at, at + size);
    return address;
  }

  /** Takes a run back. It serves later runs of the same size. */
  release(address: number, size: number): void {
    this.page(address).words[address & PAGE_MASK] = this.#free.get(size) ?? NOTHING;
    this.#free.set(size, address);
  }

  #grow(size: number): number {
    if (size > PAGE_WORDS) throw new RangeError(`Cannot allocate ${size} words: a page has ${PAGE_WORDS}`);
    // What is left of a page is given up when a run doesn't fit: runs are below 5 KiB, a page is 1 MiB.
    if ((this.#top & PAGE_MASK) + size > PAGE_WORDS) this.#top = (this.#top | PAGE_MASK) + 1;
    while (this.#top + size > this.#pages.length * PAGE_WORDS) this.#addPage();
    const address = this.#top;
    this.#top += size;
    return address;
  }

  #addPage(): void {
    const buffer = new ArrayBuffer(PAGE_WORDS * 4);
    this.#pages.push({
      words: new Uint32Array(buffer),
      halves: new Uint16Array(buffer),
      bytes: new Uint8Array(buffer),
    });
  }
}
