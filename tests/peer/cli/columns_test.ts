import assert from "node:assert/strict";
import { cutToColumns } from "../../../peer/cli/columns.ts";

Deno.test("cutToColumns() counts two for a wide character, nothing for one that combines", () => {
  const rows: [line: string, columns: number, shown: string][] = [
    ["abc", 3, "abc"],
    ["abcd", 3, "abc"],
    ["映画.mkv", 20, "映画.mkv"],
    ["映画.mkv", 4, "映画"],
    ["映画.mkv", 3, "映"],
    ["e\u0301e\u0301e\u0301", 2, "e\u0301e\u0301"],
    ["██░░ ↓ 1 ↑", 10, "██░░ ↓ 1 ↑"],
    ["a😀b", 3, "a😀"],
    ["a😀b", 2, "a"],
    ["abc", 0, ""],
  ];
  for (const [line, columns, shown] of rows) assert.equal(cutToColumns(line, columns), shown, line);
});
