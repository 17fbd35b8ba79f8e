import assert from "node:assert/strict";
import { describeResults, type FigureKind, type ReportPlan, type Target } from "./report.ts";
import { Results } from "./rounds.ts";

const rate: FigureKind = { key: "rate", title: "MB/s", unit: "MB/s", name: "rate", better: "more" };
const memory: FigureKind = { key: "mib", title: "peak MiB", unit: "MiB", name: "peak RSS", better: "less" };

function describe(results: Results, ...targets: Target[]): string[] {
  const plan: ReportPlan = { title: "1 GiB", figures: [rate, memory], ours: "ours", targets };
  return describeResults(results, plan).split("\n");
}

function results(rounds: [ours: Record<string, number>, theirs: Record<string, number>][]): Results {
  const results = new Results();
  for (const [ours, theirs] of rounds) {
    results.add("ours", ours);
    results.add("theirs", theirs);
  }
  return results;
}

const three = results([
  [{ rate: 500, mib: 100 }, { rate: 200, mib: 1000 }],
  [{ rate: 600, mib: 120 }, { rate: 150, mib: 1010 }],
  [{ rate: 610, mib: 110 }, { rate: 300, mib: 1020 }],
]);

Deno.test("describeResults() has a row for each contestant: median, spread, ratio and other medians", () => {
  assert.deepEqual(describe(three), [
    "## 1 GiB",
    "",
    "        MB/s  least–most  ours / it  peak MiB",
    "------  ----  ----------  ---------  --------",
    "ours     600     500–610                  110",
    "theirs   200     150–300     3.00 ×      1010",
    "",
  ]);
});

Deno.test("describeResults() says of a multiple whether it was reached, and how steady it is", () => {
  const target = { figure: "rate", of: "ours", against: "theirs" };
  const [line] = describe(three, { ...target, must: 2.5, beyond: 3.5 }).slice(-2);
  assert.equal(
    line,
    "ours: rate at least 2.5 × that of theirs, beyond that 3.5 ×: 3.00 × (2.03 × to 4.00 × within a round): reached",
  );
  assert.match(describe(three, { ...target, must: 3.1 }).join("\n"), /: NOT reached$/m);
  assert.match(describe(three, { ...target, must: 2, beyond: 3 }).join("\n"), /: reached, and beyond$/m);
});

Deno.test("describeResults() takes less as better where it is", () => {
  const lines = describe(three, { figure: "mib", of: "ours", must: 160, beyond: 120 });
  assert.equal(
    lines.at(-2),
    "ours: peak RSS at most 160 MiB, beyond that 120 MiB: 110 MiB: reached, and beyond",
  );
  const multiple = describe(three, { figure: "mib", of: "ours", against: "theirs", must: 0.1 });
  assert.match(multiple.join("\n"), /0\.11 × .*: NOT reached$/m);
});

Deno.test("describeResults() says what is missing, and that its targets were not measured", () => {
  const alone = new Results();
  alone.add("ours", { rate: 500, mib: 100 });
  const find = () => Promise.resolve(undefined);
  alone.missing.set("theirs", [{ name: "libtorrent", install: "apt-get install it", find }]);
  const lines = describe(alone, { figure: "rate", of: "ours", against: "theirs", must: 2 });
  assert.deepEqual(lines.slice(-3, -1), [
    "theirs: left out: libtorrent is missing (apt-get install it)",
    "ours: rate at least 2 × that of theirs: not measured",
  ]);
});
