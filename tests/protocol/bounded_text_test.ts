import assert from "node:assert/strict";
import { readBoundedText } from "../../protocol/bounded_text.ts";

/** Gives bytes a few at a time, and counts how often it was asked. */
class Bytes {
  reads = 0;
  #left: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#left = bytes;
  }

  readSync(into: Uint8Array): number | null {
    this.reads++;
    if (this.#left.length === 0) return null;
    const part = this.#left.subarray(0, Math.min(3, into.length));
    into.set(part);
    this.#left = this.#left.subarray(part.length);
    return part.length;
  }
}

Deno.test("readBoundedText() reads a text to its end, in whatever parts it comes", () => {
  const text = "größer — 映画館";
  const bytes = new TextEncoder().encode(text);
  assert.equal(readBoundedText(new Bytes(bytes), bytes.length), text);
  assert.equal(readBoundedText(new Bytes(new Uint8Array())), "");
  assert.equal(readBoundedText(new Bytes(new TextEncoder().encode("\ufeff{}"))), "{}");
});

Deno.test("readBoundedText() stops where a text is longer than it may be", () => {
  const bytes = new Bytes(new Uint8Array(1000));
  assert.throws(() => readBoundedText(bytes, 10), {
    name: "RangeError",
    message: "it is too long: must be no more than 10 bytes",
  });
  assert.equal(bytes.reads, 4);
});
