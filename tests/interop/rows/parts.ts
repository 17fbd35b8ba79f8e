// Parts of a torrent: the files that somebody wants, and what is left of a piece after a stop.

import assert from "node:assert/strict";
import { join } from "node:path";
import { createTorrent, type TorrentEvent } from "../../../peer/mod.ts";
import { formatMagnet, type Magnet, parseMetainfo } from "../../../protocol/mod.ts";
import type { ForeignClient } from "../../support/drivers/clients/client.ts";
import { projectFolder, seedling, taskCommand } from "../../support/drivers/clients/seedling.ts";
import { type Content, digest } from "../../support/drivers/content.ts";
import type { Program } from "../../support/drivers/program.ts";
import type { Stage } from "../../support/drivers/stage.ts";
import { measure, row } from "../support/harness.ts";
import { makeOriginal, type Original, prepare } from "../support/transfer.ts";

const TRANSFER_LIMIT_MS = 60_000;

/** A seeder at work, and the magnet link that names it. */
async function seed(
  stage: Stage,
  seeder: ForeignClient,
  content: Content,
): Promise<{ original: Original; link: Magnet }> {
  const original = await makeOriginal(stage, content);
  const { pieceLength } = content;
  const bytes = await createTorrent({
    path: original.root,
    pieceLength,
    trackers: [["http://127.0.0.1:9/announce"]],
  });
  const torrent = join(await stage.makeFolder("torrent"), `${content.name}.torrent`);
  await Deno.writeFile(torrent, bytes);
  const job = await prepare(stage, seeder, "seeder", { content, torrent });
  await seeder.seed(job);
  const { infoHash } = await parseMetainfo(bytes);
  return {
    original,
    link: { infoHash, trackers: [], webSeeds: [], peers: [{ ip: job.host, port: job.port }] },
  };
}

function get(stage: Stage, folder: string, link: Magnet, ...flags: string[]): Program {
  return stage.start({
    name: "peer get",
    command: taskCommand("peer", "get", formatMagnet(link), "--dir", folder, "--json", ...flags),
    cwd: projectFolder,
    env: { SEEDLING_STATE_DIR: join(folder, ".state") },
    stopSignal: "SIGINT",
  });
}

function eventsOf({ lines }: Program): TorrentEvent[] {
  return lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
}

/** Registers a row in which our peer fetches the files that a magnet link names, and no other. */
export function selectionRow(name: string, seeder: ForeignClient, content: Content): Promise<void> {
  return row(name, [seedling, seeder], async (stage) => {
    const { original, link } = await seed(stage, seeder, content);
    const folder = await stage.makeFolder("ours");
    const wanted = content.files.slice(1, 3);
    const program = get(stage, folder, { ...link, select: [[1, 2]] });
    const [, measured] = await measure(wanted.reduce((sum, { length }) => sum + length, 0), async () => {
      assert.equal((await program.ended).code, 0);
    });
    // Our create sorts by path, as the contents here are.
    const paths = wanted.map(({ path }) => path).toSorted();
    const found = await digest(join(folder, content.name));
    assert.deepEqual([...found.keys()], paths);
    for (const path of paths) assert.equal(found.get(path), original.digests.get(path));
    return measured;
  });
}

/** Registers a row in which our peer is stopped within the only piece of a torrent, and then fetches the rest of it. */
export function resumeRow(name: string, seeder: ForeignClient, content: Content): Promise<void> {
  return row(name, [seedling, seeder], async (stage) => {
    const { original, link } = await seed(stage, seeder, content);
    const folder = await stage.makeFolder("ours");
    const first = get(stage, folder, link, "--limit-down", "3M");
    await first.line(
      "that a part is here",
      (line) => line.includes('"progress"') && JSON.parse(line).downloaded > content.totalLength / 4,
      TRANSFER_LIMIT_MS,
    );
    await first.stop();
    const before = eventsOf(first).findLast((event) => event.type === "stopped")?.downloaded ?? 0;
    const second = get(stage, folder, link);
    const [, measured] = await measure(content.totalLength - before, async () => {
      assert.equal((await second.ended).code, 0);
    });
    const after = eventsOf(second).findLast((event) => event.type === "complete");
    assert.equal(before + (after?.downloaded ?? 0) - (after?.wasted ?? 0), content.totalLength);
    assert.deepEqual(await digest(join(folder, content.name)), original.digests);
    return measured;
  });
}
