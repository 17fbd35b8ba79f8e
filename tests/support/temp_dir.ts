// Folders that tests write in, gone when the test ends however it ends.
//
//   await using dir = await makeTempDir();
//   await Deno.writeTextFile(dir.join("a.txt"), "…");

import { join } from "node:path";

/** A folder of the test's own. */
export interface TempDir extends AsyncDisposable {
  /** Absolute, symbolic links followed. */
  readonly path: string;
  /** A path inside it. */
  join(...components: string[]): string;
}

/** Makes an empty folder that is removed, with all that is in it, at the end of the scope. */
export async function makeTempDir(): Promise<TempDir> {
  const path = await Deno.realPath(await Deno.makeTempDir({ prefix: "seedling-test-" }));
  return {
    path,
    join: (...components) => join(path, ...components),
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}
