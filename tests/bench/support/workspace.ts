// Where a run of benches has its data: a folder on a real disk, gone afterwards, and one tracker, ours, for all that take
// part. What one bench has made of the same description the next one finds.

import { join } from "node:path";
import { startTracker } from "../../support/drivers/clients/seedling.ts";
import { type Content, writeContent } from "../../support/drivers/content.ts";
import { output } from "../../support/drivers/program.ts";
import { makers, readers } from "../../support/drivers/torrents/programs.ts";
import { PageCache } from "./page_cache.ts";
import { Stage } from "../../support/drivers/stage.ts";

// Above what any single turn takes; a hung program must not hold the machine for ever.
const TURN_LIMIT_SECONDS = 900;
const WARMING_BYTES = 1024 * 1024;
const RUN_LIMIT_SECONDS = 6 * 3600;

export interface MadeTorrent {
  /** The .torrent. */
  path: string;
  /** In hex. */
  infoHash: string;
}

export class Workspace {
  readonly #stage: Stage;
  readonly #pageCache: PageCache | undefined;
  readonly #contents = new Map<string, Promise<string>>();
  readonly #torrents = new Map<string, Promise<MadeTorrent>>();
  #tracker: Promise<string> | undefined;
  #emptied = 0;

  private constructor(stage: Stage, pageCache: PageCache | undefined) {
    this.#stage = stage;
    this.#pageCache = pageCache;
  }

  /** Opens one in `dir` for `body`. */
  static async open<T>(
    { dir, keepsMemory }: { dir: string; keepsMemory: boolean },
    body: (workspace: Workspace) => Promise<T>,
  ): Promise<T> {
    const options = { parent: dir, limitSeconds: RUN_LIMIT_SECONDS };
    return await Stage.run((stage) => {
      const pageCache = keepsMemory ? new PageCache(join(stage.folder, "holes")) : undefined;
      return body(new Workspace(stage, pageCache));
    }, options);
  }

  get folder(): string {
    return this.#stage.folder;
  }

  /** The folder in which the content is, written by the first who asks. */
  content(content: Content): Promise<string> {
    return remember(this.#contents, content.name, async () => {
      const folder = await this.#stage.makeFolder("content");
      await writeContent(content, folder);
      await settle(folder);
      return folder;
    });
  }

  /** Reads all of the content, so that whoever has the next turn finds it as the one before did. */
  async warm(content: Content): Promise<void> {
    const into = new Uint8Array(WARMING_BYTES);
    for (const { path } of content.files) {
      using file = await Deno.open(join(await this.content(content), content.name, path));
      while (await file.read(into) !== null);
    }
  }

  /** A .torrent of the content that names the tracker. */
  torrent(content: Content): Promise<MadeTorrent> {
    return remember(this.#torrents, `${content.name} ${content.pieceLength}`, async () => {
      const path = join(await this.content(content), content.name);
      const target = join(await this.#stage.makeFolder("torrent"), `${content.name}.torrent`);
      const { pieceLength } = content;
      const plan = { path, output: target, pieceLength, announce: await this.tracker() };
      await output(makers.seedling.launch(plan));
      const { infoHash } = await readers.seedling.read(this.#stage, target);
      return { path: target, infoHash };
    });
  }

  /** The tracker's announce URL. */
  tracker(): Promise<string> {
    return this.#tracker ??= startTracker(this.#stage);
  }

  /** What is written next finds memory that the machine has, not its host. Quick when little was freed since the last time. */
  async fillMemory(): Promise<void> {
    await this.#pageCache?.fill();
  }

  /**
   * Takes a folder's data away and keeps its empty files until the end of the run. A file system without a journal looks,
   * for each file that it makes, at all that were removed in the last minutes: after 10,000 of them the next turn's
   * files took five times as long, whoever made them.
   */
  async empty(folder: string): Promise<void> {
    const kept = join(this.folder, `emptied-${this.#emptied++}`);
    await Deno.rename(folder, kept);
    await truncateAll(kept);
  }

  /** One contestant's turn: what it wrote is removed afterwards, and nothing of it is left to be written back. */
  async turn<T>(body: (stage: Stage) => Promise<T>): Promise<T> {
    await this.fillMemory();
    const value = await Stage.run(body, { parent: this.folder, limitSeconds: TURN_LIMIT_SECONDS });
    await settle(this.folder);
    return value;
  }
}

/** Waits until everything of the folder's file system is on the disk. */
async function settle(folder: string): Promise<void> {
  await output({ name: "sync", command: ["sync", "-f", folder], cwd: "." });
}

async function truncateAll(folder: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) await truncateAll(path);
    else await Deno.truncate(path);
  }
}

function remember<T>(known: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  let made = known.get(key);
  if (made === undefined) {
    made = make();
    known.set(key, made);
  }
  return made;
}
