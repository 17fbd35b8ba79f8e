// Whether files have changed: they are looked at now and then, which every file system can bear, networks' and mounts'
// included.

/** Some files. */
export class FileWatch {
  readonly #paths: readonly string[];
  /** How they looked when a change was last told, and at the last look. */
  #known: string;
  #last: string;

  constructor(paths: readonly string[]) {
    this.#paths = paths;
    this.#known = this.#last = paths.map((path) => lookOf(() => Deno.statSync(path))).join();
  }

  /**
   * Looks: true if they have changed since true was last returned, and look as they did at the last call: a file that is being
   * written, or a pair of which one is, waits.
   */
  async hasChanged(): Promise<boolean> {
    const infos = await Promise.all(this.#paths.map((path) => Deno.stat(path).catch(() => undefined)));
    const look = infos.map((info) => lookOf(() => info)).join();
    const isSteady = look === this.#last;
    this.#last = look;
    if (!isSteady || look === this.#known) return false;
    this.#known = look;
    return true;
  }
}

/** Empty for one that isn't there. */
function lookOf(stat: () => Deno.FileInfo | undefined): string {
  try {
    const info = stat();
    return info === undefined ? "" : `${info.mtime?.getTime()} ${info.size} ${info.ino}`;
  } catch {
    return "";
  }
}
