// `deno task bench`: every bench, or those that are named. A colleague's file joins with a line in BENCHES; bench.ts
// says what it exports.

import type { Bench } from "./support/bench.ts";
import { runAlone } from "./support/bench_program.ts";
import { checkBenches } from "./check.ts";
import { createBenches } from "./create.ts";
import { startBenches } from "./start.ts";
import { transferBenches } from "./transfer.ts";

const BENCHES: Bench[] = [
  ...transferBenches,
  ...checkBenches,
  ...createBenches,
  ...startBenches,
];

await runAlone(BENCHES);
