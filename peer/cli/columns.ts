// How much of a line a terminal has room for. Loaded where there is one: the table of wide characters takes its time.

import { eastAsianWidth } from "get-east-asian-width";

/** Marks that are drawn over the character before them, and what joins two to one. */
const NO_WIDTH = /^[\p{Mn}\p{Me}\u200d]$/u;

/** As much of it as fits. Of pictures that are joined to one each counts, since not every terminal joins them. */
export function cutToColumns(line: string, columns: number): string {
  let used = 0;
  let end = 0;
  for (const char of line) {
    used += widthOf(char);
    if (used > columns) return line.slice(0, end);
    end += char.length;
  }
  return line;
}

function widthOf(char: string): number {
  return NO_WIDTH.test(char) ? 0 : eastAsianWidth(char.codePointAt(0) ?? 0);
}
