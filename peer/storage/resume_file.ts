// The file in which a torrent's state lies: read within bounds, replaced as a whole. One for each torrent and each place
// that it is kept in, so that a seeder and a leecher of one torrent on one machine have states of their own.

import { join } from "node:path";
import { toHex } from "../../protocol/bytes.ts";
import {
  encodeResume,
  MAX_STATE_BYTES,
  parseResume,
  ResumeError,
  type ResumeState,
  type ResumeSubject,
} from "./resume_state.ts";

/** One torrent's state on disk. */
export class ResumeFile {
  readonly #folder: string;
  readonly #subject: ResumeSubject;
  #path: Promise<string> | undefined;

  /** Touches nothing yet. */
  constructor(folder: string, subject: ResumeSubject) {
    this.#folder = folder;
    this.#subject = subject;
  }

  /**
   * What an earlier run has left; undefined if there is nothing.
   *
   * @throws {ResumeError} if what is there can't be used
   */
  async load(): Promise<ResumeState | undefined> {
    const path = await this.#name();
    try {
      const { size } = await Deno.stat(path);
      if (size > MAX_STATE_BYTES) throw new ResumeError(`Cannot use saved state: it has ${size} bytes`);
      return await parseResume(await Deno.readFile(path), this.#subject);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      const problem = error instanceof ResumeError
        ? error.message
        : `Cannot read saved state: ${said(error)}`;
      throw new ResumeError(`${problem}: ${path}`);
    }
  }

  /**
   * Replaces the state. Whoever is killed in the middle leaves the one before, and so does a power cut: the new one is
   * on the disk itself before it gets its name.
   *
   * @throws {ResumeError} if the system does not let it
   */
  async save(state: ResumeState): Promise<void> {
    const path = await this.#name();
    const bytes = await encodeResume(this.#subject, state);
    try {
      // It tells what somebody has and whom they had it from: that is for nobody else on the machine.
      await Deno.mkdir(this.#folder, { recursive: true, mode: 0o700 });
      await writeSynced(`${path}.new`, bytes);
      await Deno.rename(`${path}.new`, path);
    } catch (error) {
      throw new ResumeError(`Cannot write saved state: ${said(error)}: ${path}`);
    }
  }

  /** Forgets the state, if there is one. */
  async remove(): Promise<void> {
    await Deno.remove(await this.#name()).catch(() => {});
  }

  #name(): Promise<string> {
    return this.#path ??= (async () => {
      const { infoHash, path } = this.#subject;
      const place = await crypto.subtle.digest("SHA-1", new TextEncoder().encode(path));
      return join(this.#folder, `${toHex(infoHash)}-${toHex(new Uint8Array(place, 0, 4))}.resume`);
    })();
  }
}

/** For its owner's eyes. Waits for a small file's way to the disk, on another thread. */
async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true, truncate: true, mode: 0o600 });
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
  await file.syncData();
}

function said(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
