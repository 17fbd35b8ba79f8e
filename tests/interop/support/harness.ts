// Rows: a Deno.test each, skipped with the reason where a program is missing on a user's machine, failing where it
// is missing in CI, and listed in a table at the end.

import { type Needed, version } from "../../support/drivers/needed.ts";
import { Stage } from "../../support/drivers/stage.ts";

/** What a row moved, for the table. */
export interface Measured {
  /** From the downloader's start to its word that all is verified. */
  seconds: number;
  bytes: number;
}

interface Result {
  row: string;
  programs: string;
  measured?: Measured | undefined;
  outcome: string;
}

const isCi = Deno.env.get("CI") === "true";
const results: Result[] = [];
/** How to get what was not found, by name. */
const missingPrograms = new Map<string, string>();

let isWanted: (programs: readonly Needed[]) => boolean = () => true;

/** From here on only rows whose programs pass are registered. */
export function takeRows(test: typeof isWanted): void {
  isWanted = test;
}

/** Registers a row that needs `programs` (one may be named twice). */
export async function row(
  name: string,
  programs: Needed[],
  body: (stage: Stage) => Promise<Measured | void>,
): Promise<void> {
  if (!isWanted(programs)) return;
  const distinct = [...new Map(programs.map((needed) => [needed.name, needed])).values()];
  const found = await Promise.all(
    distinct.map(async (needed) => ({ needed, version: await version(needed) })),
  );
  const missing = found.filter((each) => each.version === undefined).map((each) => each.needed);
  const why = missing.map((needed) => `needs ${needed.name} (${needed.install})`).join(", ");
  for (const needed of missing) missingPrograms.set(needed.name, needed.install);
  const result: Result = {
    row: name,
    programs: found.filter((each) => !each.needed.isOurs)
      .map((each) => `${each.needed.name} ${each.version ?? "(missing)"}`).join(", "),
    outcome: "not run",
  };
  results.push(result);
  if (missing.length > 0 && !isCi) {
    result.outcome = "skipped";
    Deno.test({ name: `${name} (skipped: ${why})`, ignore: true, fn: () => {} });
    return;
  }
  Deno.test(name, async () => {
    result.outcome = "FAILED";
    if (missing.length > 0) throw new Error(`In CI every program has to be there: ${why}`);
    result.measured = await Stage.run(body) ?? undefined;
    result.outcome = "ok";
  });
}

/** Times `transfer`, the part of a row that the table shows. */
export async function measure<T>(bytes: number, transfer: () => Promise<T>): Promise<[T, Measured]> {
  const start = performance.now();
  const value = await transfer();
  return [value, { seconds: (performance.now() - start) / 1000, bytes }];
}

/** Prints every row that was registered, in the order of registration. */
export function printTable(): void {
  const table = results.filter((each) => each.outcome !== "not run").map((each) => [
    each.row,
    each.programs,
    each.measured === undefined ? "" : each.measured.seconds.toFixed(1),
    each.measured === undefined ? "" : (each.measured.bytes / 1e6).toFixed(1),
    each.outcome,
  ]);
  const head = ["row", "foreign programs", "seconds", "MB", "result"];
  const widths = head.map((title, i) =>
    Math.max(title.length, ...table.map((cells) => cells[i]?.length ?? 0))
  );
  const isNumber = (i: number) => i === 2 || i === 3;
  const line = (cells: string[]) =>
    cells.map((cell, i) => isNumber(i) ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)).join(
      "  ",
    ).trimEnd();
  console.log(
    ["", line(head), line(widths.map((width) => "-".repeat(width))), ...table.map(line)].join("\n"),
  );
}
