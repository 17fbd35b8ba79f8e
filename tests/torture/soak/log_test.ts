import assert from "node:assert/strict";
import { isLate, kindsOf } from "./log.ts";

Deno.test("kindsOf() tells each kind of complaint once, the most frequent first", () => {
  const complaints = [
    { who: "the tracker", line: "Cannot keep the counts" },
    { who: "peer 1, life 2", line: "Piece 14 has a wrong hash" },
    { who: "peer 3, life 1", line: "Piece 7 has a wrong hash" },
  ];
  assert.deepEqual(kindsOf(complaints), [
    "2 times, first of peer 1, life 2: Piece 14 has a wrong hash",
    "1 times, first of the tracker: Cannot keep the counts",
  ]);
  assert.deepEqual(kindsOf([]), []);
});

Deno.test("isLate() is true of an announce without an answer in time, and of no other trouble with trackers", () => {
  const isLateLine = (line: string) => isLate({ who: "peer 1", line });
  assert.ok(isLateLine("announce: Cannot reach the tracker: no answer within 1.2 s"));
  assert.ok(isLateLine("announce: Cannot reach the tracker: no answer within 15 s"));
  assert.ok(!isLateLine("announce: Cannot reach the tracker: connection refused"));
  assert.ok(!isLateLine("disk: no answer within 15 s"));
});
