// A foreign peer in the soak: life after life over one copy of one torrent, ended in order or killed; when it has all of
// it, the copy is compared and the next torrent's turn comes.

import { join } from "node:path";
import type { ForeignClient, Job } from "../../support/drivers/clients/client.ts";
import { describeContent } from "../../support/drivers/content.ts";
import { withTimeout } from "../../support/drivers/program.ts";
import { Stage } from "../../support/drivers/stage.ts";
import { freePort } from "../../support/free_port.ts";
import { isInterrupted } from "../../support/interruption.ts";
import type { TorrentFile } from "../../support/torrent_file.ts";

/** A torrent, and how long its file is. */
export interface SoakTorrent extends TorrentFile {
  name: string;
  size: number;
  pieceLength: number;
}

export interface GuestOptions {
  client: ForeignClient;
  /** Of its copies. */
  folder: string;
  torrents: readonly SoakTorrent[];
  /** The number of the first torrent that it takes. */
  first: number;
}

/** After a life that went wrong. */
const PAUSE_MS = 3000;
/** Start, end and whatever a busy machine adds. */
const SLACK_SECONDS = 180;

/** A life that ended before the peer listened: it has heard nothing of ours yet. */
class NotStarted extends Error {}

export class Guest {
  readonly name: string;
  /** Starts so far. */
  lives = 0;
  /** Lives that were killed. */
  kills = 0;
  /** Torrents that it completed. */
  moved = 0;
  /** Bytes of these. */
  received = 0;
  /** Copies that are another file, and lives that went wrong. */
  readonly losses: string[] = [];
  readonly #options: GuestOptions;
  #turn: number;

  constructor(options: GuestOptions) {
    this.#options = options;
    this.name = options.client.name;
    this.#turn = options.first;
  }

  /** A life of so long, or until it is complete if that is asked for, then its end. Rejects only if the run was interrupted. */
  async live(ms: number, how: { isKilled?: boolean; untilComplete?: boolean } = {}): Promise<void> {
    this.lives++;
    try {
      await this.#live(ms, how).catch((error) => {
        // What makes it fall over by then is its own (libtorrent 2.0.8 had a segmentation fault in one of 102 starts), unless
        // it does so again at once.
        if (error instanceof NotStarted) return this.#live(ms, how);
        throw error;
      });
    } catch (error) {
      if (isInterrupted()) throw error;
      this.losses.push(`${this.name}, life ${this.lives}: ${error}`);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS)); // it may not start at all
    }
  }

  async #live(ms: number, { isKilled = false, untilComplete = false }): Promise<void> {
    const { client, folder, torrents } = this.#options;
    const torrent = torrents[this.#turn % torrents.length] as SoakTorrent;
    const isComplete = await Stage.run(async (stage) => {
      const job: Job = {
        stage,
        content: describeContent("one file", torrent.name, torrent.pieceLength, [["", torrent.size]]),
        torrent: torrent.torrent,
        folder,
        host: "127.0.0.1",
        port: freePort(),
        enter: [],
      };
      const running = await client.leech(job).catch(({ message }) => {
        throw new NotStarted(message);
      });
      if (untilComplete) await running.complete(ms);
      else await withTimeout(running.program.ended, ms);
      const hasAll = await running.complete(0).then(() => true, () => false);
      if (!running.program.isRunning) throw new Error(`${client.name} left by itself`);
      await (isKilled ? running.program.kill() : running.stop());
      return hasAll;
    }, { limitSeconds: ms / 1000 + SLACK_SECONDS });
    if (isKilled) this.kills++;
    if (!isComplete) return;
    const copy = join(folder, torrent.name);
    if (await torrent.sha1(copy) !== await torrent.sha1(torrent.path)) {
      this.losses.push(`${torrent.name} of ${this.name} is another file`);
    }
    this.moved++;
    this.received += torrent.size;
    this.#turn++;
    await Deno.remove(copy);
  }
}
