// One of each kind of source at once: each has a part of the torrent that nobody else has, so that a copy can be
// complete only if all of them gave.

import assert from "node:assert/strict";
import { join } from "node:path";
import { createTorrent, type TorrentEvent } from "../../../peer/mod.ts";
import { formatMagnet, parseMetainfo, type PeerAddress } from "../../../protocol/mod.ts";
import type { ForeignClient } from "../../support/drivers/clients/client.ts";
import { projectFolder, seedling, taskCommand } from "../../support/drivers/clients/seedling.ts";
import { describeContent } from "../../support/drivers/content.ts";
import { WebServer } from "../../support/web_server.ts";
import { measure, row } from "../support/harness.ts";
import { makeOriginal, prepare } from "../support/transfer.ts";

const PIECE_LENGTH = 256 * 1024;
/** Whole pieces, so that no piece is in two files. */
const PART_LENGTH = 20 * PIECE_LENGTH;
const TRANSFER_LIMIT_MS = 60_000;

/** Registers a row in which our peer has a magnet link that names two peers and a web server, with a third each. */
export function sourcesRow(name: string, peers: [ForeignClient, ForeignClient]): Promise<void> {
  const parts = [...peers.map((client) => client.name), "web"];
  const content = describeContent(
    "a file from each",
    "thirds",
    PIECE_LENGTH,
    parts.map((part) => [part, PART_LENGTH]),
  );
  return row(name, [seedling, ...peers], async (stage) => {
    const original = await makeOriginal(stage, content);
    // Private, so that the two do not hear of each other and trade among themselves. They are not told of the server.
    const bytes = await createTorrent({ path: original.root, pieceLength: PIECE_LENGTH, isPrivate: true });
    const torrent = join(await stage.makeFolder("torrent"), "thirds.torrent");
    await Deno.writeFile(torrent, bytes);
    await using server = new WebServer(
      new Map([["/thirds/web", await Deno.readFile(join(original.root, "web"))]]),
    );

    const addresses: PeerAddress[] = [];
    for (const client of peers) {
      const job = await prepare(stage, client, "leecher", { content, torrent });
      await Deno.mkdir(join(job.folder, "thirds"));
      await Deno.copyFile(join(original.root, client.name), join(job.folder, "thirds", client.name));
      await client.leech(job);
      addresses.push({ ip: job.host, port: job.port });
    }

    const { infoHash } = await parseMetainfo(bytes);
    const magnet = formatMagnet({ infoHash, trackers: [], webSeeds: [server.url], peers: addresses });
    const folder = await stage.makeFolder("ours");
    const program = stage.start({
      name: "peer get",
      command: taskCommand("peer", "get", magnet, "--dir", folder, "--json"),
      cwd: projectFolder,
      env: { SEEDLING_STATE_DIR: join(folder, ".state") },
      stopSignal: "SIGINT",
    });
    const [, measured] = await measure(content.totalLength, async () => {
      await program.line("that it is done", (line) => line.includes('"type":"stopped"'), TRANSFER_LIMIT_MS);
      assert.equal((await program.ended).code, 0);
    });

    for (const part of parts) {
      const copy = await Deno.readFile(join(folder, "thirds", part));
      assert.deepEqual(copy, await Deno.readFile(join(original.root, part)));
    }
    const given = new Map<string, number>();
    for (const line of program.lines.filter((line) => line.startsWith("{"))) {
      const event: TorrentEvent = JSON.parse(line);
      if (event.type !== "webSeed" && event.type !== "peer") continue;
      const source = event.type === "webSeed" ? "web" : parts.find((part) => isClient(event.client, part));
      given.set(source ?? "", (given.get(source ?? "") ?? 0) + event.downloaded);
    }
    for (const part of parts) assert.ok((given.get(part) ?? 0) >= PART_LENGTH, `${part}: ${[...given]}`);
    return measured;
  });
}

function isClient(client: string, name: string): boolean {
  return client.toLowerCase().startsWith(name);
}
