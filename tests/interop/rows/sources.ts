// One of each kind of source at once: each has a part of the torrent that nobody else has, so that a copy can be
// complete only if all of them gave.

import assert from "node:assert/strict";
import { join } from "node:path";
import { Client, createTorrent, type TorrentEvent } from "../../../peer/mod.ts";
import { parseMetainfo, type PeerAddress } from "../../../protocol/mod.ts";
import type { ForeignClient } from "../../support/drivers/clients/client.ts";
import { describeContent } from "../../support/drivers/content.ts";
import { patiently } from "../../support/programs.ts";
import { WebServer } from "../../support/web_server.ts";
import { measure, row } from "../support/harness.ts";
import { makeOriginal, prepare } from "../support/transfer.ts";

const PIECE_LENGTH = 256 * 1024;
/** Whole pieces, so that no piece is in two files. */
const PART_LENGTH = 20 * PIECE_LENGTH;

/** Registers a row in which our peer downloads from two peers and a web server that have a third each. */
export function sourcesRow(name: string, peers: [ForeignClient, ForeignClient]): Promise<void> {
  const parts = [...peers.map((client) => client.name), "web"];
  const content = describeContent(
    "a file from each",
    "thirds",
    PIECE_LENGTH,
    parts.map((part) => [part, PART_LENGTH]),
  );
  return row(name, peers, async (stage) => {
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
      // At an address that these rows themselves may call: our peer is a part of this one.
      const host = { address: "127.0.0.1", enter: [] };
      const job = await prepare(stage, client, "leecher", { content, torrent, host });
      await Deno.mkdir(join(job.folder, "thirds"));
      await Deno.copyFile(join(original.root, client.name), join(job.folder, "thirds", client.name));
      await client.leech(job);
      addresses.push({ ip: job.host, port: job.port });
    }

    const ours = new Client({ hostname: "127.0.0.1" });
    const events: TorrentEvent[] = [];
    const path = join(await stage.makeFolder("ours"), "thirds");
    const [, measured] = await measure(content.totalLength, async () => {
      try {
        const metainfo = { ...await parseMetainfo(bytes), webSeeds: [server.url] };
        const download = await ours.add(metainfo, { path });
        download.subscribe((event) => events.push(event));
        download.addPeers(addresses);
        await patiently(download.completed(), "the download from all sources");
      } finally {
        await ours.close();
      }
    });

    for (const part of parts) {
      assert.deepEqual(await Deno.readFile(join(path, part)), await Deno.readFile(join(original.root, part)));
    }
    const given = new Map<string, number>();
    for (const event of events) {
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
