// SHA-1 of one piece that is read in parts. Runs of zeros are only counted, and a piece of nothing but zeros is
// answered from memory: most of a file that was made sparse and never filled costs a read, not a hash.

import { createHash, type Hash } from "node:crypto";

/** Bytes read and hashed at a time: small enough to stay in the processor's cache between the two. */
export const CHUNK_LENGTH = 256 * 1024;

const ZEROS = new Uint8Array(CHUNK_LENGTH);
// Pieces of a torrent have one length, the last one and probes aside.
const MAX_ZERO_DIGESTS = 16;
const zeroDigests = new Map<number, Uint8Array>();

/** Hashes one piece after another; `digest()` starts the next. */
export class PieceHasher {
  #hash: Hash | undefined;
  /** Zeros at the start, not hashed yet. */
  #zeros = 0;

  /** Adds the next part, at most CHUNK_LENGTH bytes. */
  update(block: Uint8Array): void {
    if (!this.#hash) {
      if (isZero(block)) {
        this.#zeros += block.length;
        return;
      }
      this.#hash = createHash("sha1");
      addZeros(this.#hash, this.#zeros);
    }
    this.#hash.update(block);
  }

  /** The 20 bytes, which the caller must not change. */
  digest(): Uint8Array {
    const digest = this.#hash ? this.#hash.digest() : digestOfZeros(this.#zeros);
    this.reset();
    return digest;
  }

  /** Forgets a piece that was begun. */
  reset(): void {
    this.#hash = undefined;
    this.#zeros = 0;
  }
}

function digestOfZeros(length: number): Uint8Array {
  const known = zeroDigests.get(length);
  if (known) return known;
  const hash = createHash("sha1");
  addZeros(hash, length);
  const digest = hash.digest();
  if (zeroDigests.size === MAX_ZERO_DIGESTS) zeroDigests.clear();
  zeroDigests.set(length, digest);
  return digest;
}

function addZeros(hash: Hash, length: number): void {
  for (let left = length; left > 0; left -= CHUNK_LENGTH) {
    hash.update(left >= CHUNK_LENGTH ? ZEROS : ZEROS.subarray(0, left));
  }
}

function isZero(block: Uint8Array): boolean {
  // Nearly all data answers here.
  if (block[0] !== 0 || block[block.length - 1] !== 0 || block[block.length >>> 1] !== 0) return false;
  const words = block.byteOffset % 4 === 0 ? block.length >>> 2 : 0;
  const view = new Int32Array(block.buffer, words > 0 ? block.byteOffset : 0, words);
  for (let i = 0; i < words; i++) if (view[i] !== 0) return false;
  for (let i = words * 4; i < block.length; i++) if (block[i] !== 0) return false;
  return true;
}
