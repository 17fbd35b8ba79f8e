// The hash behind the tracker's tables. Seeded at random for each tracker, so that nobody can send keys that all fall
// into one place. Not cryptographic: it spreads, it doesn't prove.

const ZERO = 0x30;
/** The bit that tells small letters from capital ones. */
const CASE = 0x20;

/** Mixes one word into a hash. Begin with a seed, end with `finish()`. */
export function mix(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ Math.imul(word, 0xcc9e2d51), 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}

/** Spreads a hash's bits over all 32, unsigned. */
export function finish(hash: number): number {
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The hash of bytes from an offset on. */
export function hashBytes(seed: number, bytes: Uint8Array, from: number): number {
  let hash = seed ^ bytes.length;
  for (let i = from; i < bytes.length; i++) hash = mix(hash, bytes[i] as number);
  return finish(hash);
}

/**
 * The hash of a client's key. Case and leading zeros don't count: the same client says "0D1B7C06", "d1b7c06" (over HTTP)
 * or the number (over UDP), and has to be known as the same.
 */
export function hashKey(seed: number, key: string): number {
  let from = 0;
  while (from < key.length && key.charCodeAt(from) === ZERO) from++;
  let hash = seed ^ (key.length - from);
  for (let i = from; i < key.length; i++) hash = mix(hash, key.charCodeAt(i) & ~CASE);
  return finish(hash);
}
