// Folders that tests write in, gone when the test ends however it ends.
//
//   await using dir = await makeTempDir();
//   await Deno.writeTextFile(dir.join("a.txt"), "…");

import { join } from "node:path";
import { beginning } from "./interruption.ts";

/** A folder of the test's own. */
export interface TempDir extends AsyncDisposable {
  /** Absolute, symbolic links followed. */
  readonly path: string;
  /** A path inside it. */
  join(...components: string[]): string;
}

/** Makes an empty folder that is removed, with all that is in it, at the end of the scope. */
export function makeTempDir(): Promise<TempDir> {
  const remove = () => Deno.remove(path, { recursive: true });
  const hasEnded = beginning(() => remove().catch(ignoreMissing));
  // In one go: an interruption in between would leave it behind.
  const path = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "seedling-test-" }));
  return Promise.resolve({
    path,
    join: (...components: string[]) => join(path, ...components),
    [Symbol.asyncDispose]: () => remove().then(hasEnded),
  });
}

/** What was interrupted may have removed it by itself. */
function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
