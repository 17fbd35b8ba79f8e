import assert from "node:assert/strict";
import { toHex } from "../../protocol/mod.ts";
import { sipHash } from "../../tracker/sip_hash.ts";

// From the reference implementation: key 00 01 … 0f, input 00 01 … of so many bytes, the result's bytes lowest first.
const VECTORS = [
  [0, "310e0edd47db6f72"],
  [1, "fd67dc93c539f874"],
  [2, "5a4fa9d909806c0d"],
  [7, "37d1018bf50002ab"],
  [8, "6224939a79f5f593"],
  [15, "e545be4961ca29a1"],
] as const;

/** The words 03020100, 07060504…, as the key's bytes 00, 01… are read. */
const KEY = Uint32Array.from([0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c]);

for (const [length, hash] of VECTORS) {
  Deno.test(`sipHash() of ${length} bytes is the reference's`, () => {
    const input = Uint8Array.from({ length: 20 }, (_, i) => i);
    const into = new Uint32Array(2);
    sipHash(KEY, input, length, into);
    const bytes = new Uint8Array(8);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, into[1] as number, true);
    view.setUint32(4, into[0] as number, true);
    assert.equal(toHex(bytes), hash);
  });
}
