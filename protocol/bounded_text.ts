// A file's text, if it isn't longer than such a file can be: a device or a film that was named by mistake may have no end,
// or more than there is memory for.

/** An open file, or whatever else gives bytes; null at its end. */
export interface ByteSource {
  readSync(into: Uint8Array): number | null;
}

/** More text than this in a file of settings, a token, or a certificate was named by mistake. */
export const MAX_TEXT_BYTES = 1 << 20;

/**
 * All of the text, without a byte order mark. No more is read than it takes to see that it is too long.
 *
 * @throws {RangeError} whose message is a sentence's end, if there is more
 */
export function readBoundedText(source: ByteSource, maxBytes = MAX_TEXT_BYTES): string {
  const decoder = new TextDecoder();
  const part = new Uint8Array(64 << 10);
  let text = "";
  let length = 0;
  for (let read = source.readSync(part); read !== null; read = source.readSync(part)) {
    length += read;
    if (length > maxBytes) throw new RangeError(`it is too long: must be no more than ${maxBytes} bytes`);
    text += decoder.decode(part.subarray(0, read), { stream: true });
  }
  return text + decoder.decode();
}
