// Our own programs as contestants: this checkout's, and another's beside it where the command line names one.

import { basename } from "node:path";
import { projectFolder, seedling } from "../../support/drivers/clients/seedling.ts";
import type { BenchOptions } from "./bench.ts";

export interface Checkout {
  /** The contestant's name. */
  name: string;
  folder: string;
}

export function checkouts({ beside }: BenchOptions): Checkout[] {
  const ours = { name: seedling.name, folder: projectFolder };
  return beside === undefined ? [ours] : [ours, { name: basename(beside), folder: beside }];
}
