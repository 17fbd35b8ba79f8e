// A torrent of one file, a tracker and an honest seeder, for faults that befall somebody else.

import assert from "node:assert/strict";
import { PeerProcess, TrackerProcess } from "../../support/programs.ts";
import type { TempDir } from "../../support/temp_dir.ts";
import { makeTorrentFile, type TorrentFile } from "../../support/torrent_file.ts";

export const PIECE_LENGTH = 64 * 1024;
export const PIECES = 100;

/** A tracker and an honest seeder. */
export class Swarm implements AsyncDisposable {
  readonly made: TorrentFile;
  readonly #parts: AsyncDisposable[];

  private constructor(made: TorrentFile, parts: AsyncDisposable[]) {
    this.made = made;
    this.#parts = parts;
  }

  static async start(temp: TempDir): Promise<Swarm> {
    const tracker = await TrackerProcess.start();
    const made = await makeTorrentFile(temp.path, {
      size: PIECES * PIECE_LENGTH,
      pieceLength: PIECE_LENGTH,
      announce: tracker.announce,
    });
    const seeder = new PeerProcess([made.torrent, made.path]);
    await seeder.event("complete");
    return new Swarm(made, [seeder, tracker]);
  }

  /** A peer that starts now ends with the right file. */
  async completes(copy: string, flags: string[] = []): Promise<void> {
    await using peer = new PeerProcess([this.made.torrent, copy, "--exit", ...flags]);
    assert.equal(await peer.exited(), 0, `${peer.all("error").map(({ message }) => message)}`);
    assert.equal(
      await this.made.sha1(copy),
      await this.made.sha1(this.made.path),
      "the copy is another file",
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const part of this.#parts) await part[Symbol.asyncDispose]();
  }
}
