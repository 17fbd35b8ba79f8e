import assert from "node:assert/strict";
import { layOutTable } from "./table.ts";

Deno.test("layOutTable() puts the first column to the left and the others to the right", () => {
  assert.equal(
    layOutTable(["", "MB/s", "note"], [["ours", "600"], ["theirs", "70", "slow"]]),
    [
      "        MB/s  note",
      "------  ----  ----",
      "ours     600",
      "theirs    70  slow",
    ].join("\n"),
  );
});
