// The hash behind the tracker's tables. Seeded at random for each tracker, so that nobody can send keys that all fall
// into one place. Not cryptographic: it spreads, it doesn't prove.

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

/** The hash of a binary string. */
export function hashText(seed: number, text: string): number {
  let hash = seed ^ text.length;
  for (let i = 0; i < text.length; i++) hash = mix(hash, text.charCodeAt(i));
  return finish(hash);
}
