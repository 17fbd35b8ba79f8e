// `deno task bench`: every bench, or those that are named. A colleague's file joins with a line in BENCHES; bench.ts
// says what it exports.

import type { Bench } from "./support/bench.ts";
import { runAlone } from "./support/bench_program.ts";
import { transferBenches } from "./transfer.ts";

const BENCHES: Bench[] = [
  ...transferBenches,
];

await runAlone(BENCHES);
