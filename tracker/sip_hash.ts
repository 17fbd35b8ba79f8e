// SipHash-2-4: a keyed hash of short inputs that nobody without the key can foretell. https://www.aumasson.jp/siphash/
// The platform's HMAC takes ten times as long and makes objects; this runs for every datagram. 64-bit words are two
// 32-bit halves here, since that is what the engine computes with.

// The state: four words, high and low halves. Numbers outside a function are slow to reach, so update() keeps them in one
// typed array between its rounds.
const state = new Int32Array(8);

/**
 * Hashes the first `length` of `bytes`; the result's halves go to `into`: high, then low.
 *
 * @param key 128 bits: four words, each half of the two 64-bit words low half first.
 */
export function sipHash(key: Uint32Array, bytes: Uint8Array, length: number, into: Uint32Array): void {
  const k0l = key[0] as number;
  const k0h = key[1] as number;
  const k1l = key[2] as number;
  const k1h = key[3] as number;
  state[0] = k0h ^ 0x736f6d65;
  state[1] = k0l ^ 0x70736575;
  state[2] = k1h ^ 0x646f7261;
  state[3] = k1l ^ 0x6e646f6d;
  state[4] = k0h ^ 0x6c796765;
  state[5] = k0l ^ 0x6e657261;
  state[6] = k1h ^ 0x74656462;
  state[7] = k1l ^ 0x79746573;
  let at = 0;
  for (; at + 8 <= length; at += 8) compress(word(bytes, at + 4, at + 8), word(bytes, at, at + 4));
  // The last word: what is left over, and the length in its highest byte.
  compress((length << 24) | word(bytes, at + 4, length), word(bytes, at, Math.min(at + 4, length)));
  state[5] = (state[5] as number) ^ 0xff;
  rounds(4);
  into[0] = (state[0] as number) ^ (state[2] as number) ^ (state[4] as number) ^ (state[6] as number);
  into[1] = (state[1] as number) ^ (state[3] as number) ^ (state[5] as number) ^ (state[7] as number);
}

/** Up to four bytes, the first of them lowest. */
function word(bytes: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let i = from, shift = 0; i < to; i++, shift += 8) value |= (bytes[i] as number) << shift;
  return value;
}

function compress(high: number, low: number): void {
  state[6] = (state[6] as number) ^ high;
  state[7] = (state[7] as number) ^ low;
  rounds(2);
  state[0] = (state[0] as number) ^ high;
  state[1] = (state[1] as number) ^ low;
}

function rounds(count: number): void {
  let v0h = state[0] as number, v0l = state[1] as number, v1h = state[2] as number, v1l = state[3] as number;
  let v2h = state[4] as number, v2l = state[5] as number, v3h = state[6] as number, v3l = state[7] as number;
  for (let i = 0; i < count; i++) {
    // v0 += v1; v1 = v1 <<< 13 ^ v0; v0 <<<= 32
    let low = (v0l >>> 0) + (v1l >>> 0);
    v0h = (v0h + v1h + (low > 0xffff_ffff ? 1 : 0)) | 0;
    v0l = low | 0;
    let high = (v1h << 13) | (v1l >>> 19);
    v1l = ((v1l << 13) | (v1h >>> 19)) ^ v0l;
    v1h = high ^ v0h;
    high = v0h;
    v0h = v0l;
    v0l = high;
    // v2 += v3; v3 = v3 <<< 16 ^ v2
    low = (v2l >>> 0) + (v3l >>> 0);
    v2h = (v2h + v3h + (low > 0xffff_ffff ? 1 : 0)) | 0;
    v2l = low | 0;
    high = (v3h << 16) | (v3l >>> 16);
    v3l = ((v3l << 16) | (v3h >>> 16)) ^ v2l;
    v3h = high ^ v2h;
    // v0 += v3; v3 = v3 <<< 21 ^ v0
    low = (v0l >>> 0) + (v3l >>> 0);
    v0h = (v0h + v3h + (low > 0xffff_ffff ? 1 : 0)) | 0;
    v0l = low | 0;
    high = (v3h << 21) | (v3l >>> 11);
    v3l = ((v3l << 21) | (v3h >>> 11)) ^ v0l;
    v3h = high ^ v0h;
    // v2 += v1; v1 = v1 <<< 17 ^ v2; v2 <<<= 32
    low = (v2l >>> 0) + (v1l >>> 0);
    v2h = (v2h + v1h + (low > 0xffff_ffff ? 1 : 0)) | 0;
    v2l = low | 0;
    high = (v1h << 17) | (v1l >>> 15);
    v1l = ((v1l << 17) | (v1h >>> 15)) ^ v2l;
    v1h = high ^ v2h;
    high = v2h;
    v2h = v2l;
    v2l = high;
  }
  state[0] = v0h;
  state[1] = v0l;
  state[2] = v1h;
  state[3] = v1l;
  state[4] = v2h;
  state[5] = v2l;
  state[6] = v3h;
  state[7] = v3l;
}
