// The folders of a torrent, seen from a disk thread: made when a file is made in them, and none outside of the torrent's
// own.

import { dirname } from "node:path";
import { errorCode, storageError } from "./errors.ts";
import { folderAt, identityOf } from "./file_stamp.ts";
import { refuseOutside } from "./open_files.ts";

/** One torrent's folders. */
export class Folders {
  readonly #root: string | undefined;
  /** Those known to exist inside the root, and which they are; undefined where the system doesn't tell. */
  readonly #known = new Map<string, string | undefined>();
  /** The one that was looked at last in the job under way. */
  #lookedAt: string | undefined;

  /** @param root the torrent's own; undefined when it is one file. */
  constructor(root: string | undefined) {
    this.#root = root;
  }

  /** A job begins: what was looked at before may be another one by now. */
  forget(): void {
    this.#lookedAt = undefined;
  }

  /** Makes it, and those around it, if need be. */
  ensure(folder: string): void {
    if (this.#known.has(folder)) return;
    const root = this.#root;
    const isOutermost = root === undefined || folder === root;
    if (!isOutermost) this.ensure(dirname(folder));
    try {
      Deno.mkdirSync(folder, { recursive: isOutermost });
    } catch (error) {
      if (errorCode(error) !== "EEXIST") throw storageError("create the folder", folder, error);
    }
    const info = folderAt(folder);
    if (!isOutermost) refuseOutside(folder, root);
    this.#known.set(folder, identityOf(info));
  }

  /**
   * Throws StorageError if something that leads out of the root is in a folder's place by now. To see that it is still the
   * same folder takes a quarter of following all links again, and is done once for the files that a job makes in it.
   */
  refuseSwapped(folder: string): void {
    const root = this.#root;
    if (root === undefined || folder === root || folder === this.#lookedAt) return;
    const known = this.#known.get(folder);
    if (known === undefined || identityOf(Deno.statSync(folder)) !== known) refuseOutside(folder, root);
    this.#lookedAt = folder;
  }
}
