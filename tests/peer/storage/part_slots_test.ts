import assert from "node:assert/strict";
import { FileMap } from "../../../peer/storage/file_map.ts";
import { PartSlots } from "../../../peer/storage/part_slots.ts";

/** A map of files of these lengths; negative for padding. */
function mapOf(...lengths: number[]): FileMap {
  let offset = 0;
  return new FileMap(lengths.map((signed, i) => {
    const length = Math.abs(signed);
    const file = { path: `/${i}`, length, offset, isPadding: signed < 0 };
    offset += length;
    return file;
  }));
}

Deno.test("PartSlots puts the pieces that files share one after the other, however far they are apart", () => {
  // Pieces of 100: 9 is shared by two files, 20 by three; all others belong to one.
  const slots = new PartSlots(mapOf(950, 1_060, 5, 985), 100);
  assert.deepEqual([900, 950, 999].map((at) => slots.position(at)), [0, 50, 99]);
  assert.deepEqual([2_000, 2_012, 2_099].map((at) => slots.position(at)), [100, 112, 199]);
  assert.deepEqual([0, 899, 1_000, 2_999].map((at) => slots.position(at)), [200, 1_099, 1_200, 3_199]);
});

Deno.test("PartSlots counts neither padding nor files without bytes", () => {
  const slots = new PartSlots(mapOf(50, -50, 100, 0, 30), 100);
  assert.equal(slots.position(0), 0, "no piece is shared");
  assert.equal(slots.position(200), 200);
});

Deno.test("PartSlots gives no two bytes one place", () => {
  const slots = new PartSlots(mapOf(1, 2, 30, 4, 55, 6, 77, 8, 0, 9), 10);
  const places = new Set(Array.from({ length: 192 }, (_, at) => slots.position(at)));
  assert.equal(places.size, 192);
});
