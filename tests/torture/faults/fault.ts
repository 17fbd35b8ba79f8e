// Something outside of the program that fails: what it is, and what must come of it.

import type { SeededRandom } from "../../support/random.ts";
import type { TempDir } from "../../support/temp_dir.ts";

export interface Fault {
  name: string;
  /** Why it can't be made here; undefined if it can. */
  obstacle?: () => Promise<string | undefined>;
  /** Makes it, and throws unless all comes right. */
  attempt(temp: TempDir, random: SeededRandom): Promise<void>;
}
