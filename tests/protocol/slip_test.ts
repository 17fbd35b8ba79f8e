import assert from "node:assert/strict";
import { meantBy } from "../../protocol/slip.ts";

const NAMES = ["port", "host", "limit-down", "limit-up", "maxPeers", "maxSwarms"];

for (
  const [word, meant] of [
    ["prot", ["port"]],
    ["poet", ["port"]],
    ["maxPees", ["maxPeers"]],
    ["max-peers", ["maxPeers"]],
    ["limitDown", ["limit-down"]],
    ["LIMIT_UP", ["limit-up"]],
    ["--host", ["host"]],
    ["post", ["host", "port"]],
    ["limit", ["limit-up"]],
    ["ports", ["port"]],
    ["", []],
    ["colour", []],
    ["port".repeat(1000), []],
  ] as [string, string[]][]
) {
  Deno.test(`${JSON.stringify(word.slice(0, 20))} is a slip of ${meant.join(" and ") || "nothing"}`, () => {
    assert.deepEqual(meantBy(word, NAMES), meant);
  });
}
