// Files of text that the operator names: settings, a token, a certificate. Read as a whole, and no more than such a file can
// hold.

import { readBoundedText } from "../protocol/bounded_text.ts";

/**
 * What is in it.
 *
 * @throws {Error} if it can't be read, or is too long for any of these
 */
export function readTextFile(path: string): string {
  using file = Deno.openSync(path);
  return readBoundedText(file);
}

/**
 * The same for a tracker that serves meanwhile: a pipe, which was read to its end at the start, would hold it up until
 * somebody writes there.
 *
 * @throws {Error} also if it is no regular file
 */
export function readTextFileAgain(path: string): string {
  if (!Deno.statSync(path).isFile) throw new Error(`${path} is no file that can be read again`);
  return readTextFile(path);
}
