// Every row of `deno task interop`, in the order of its table.

import { aria2 } from "../../support/drivers/clients/aria2.ts";
import { libtorrent } from "../../support/drivers/clients/libtorrent.ts";
import { rtorrent } from "../../support/drivers/clients/rtorrent.ts";
import {
  seedling,
  seedlingTracker,
  seedlingWebTracker,
  seedlingWith,
} from "../../support/drivers/clients/seedling.ts";
import { transmission } from "../../support/drivers/clients/transmission.ts";
import { webtorrent } from "../../support/drivers/clients/webtorrent.ts";
import type { Needed } from "../../support/drivers/needed.ts";
import { encryptionRows, insistingLibtorrent } from "./encryption.ts";
import { ip6Rows } from "./ip6.ts";
import { pairRow } from "./pairs.ts";
import { resumeRow, selectionRow } from "./parts.ts";
import { peerExchangeRow } from "./peer_exchange.ts";
import { loopbackSwarmRow, namespaceSwarmRow } from "./swarms.ts";
import { proxyRows } from "./proxies.ts";
import { sharedStoreRow } from "./shared_store.ts";
import { sourcesRow } from "./sources.ts";
import { torrentRow } from "./torrents.ts";
import { webClientsRow } from "./web_clients.ts";
import { nginxRows, webSeedRow, wholeFilesRow, wornMirrorsRow } from "./web_seeds.ts";
import { manyPieces, oneFile, onePiece, severalFiles, swarmFile } from "../support/contents.ts";
import { printTable, takeRows } from "../support/harness.ts";
import { makers, readers } from "../../support/drivers/torrents/programs.ts";
import { bittorrentTracker } from "../../support/drivers/trackers/bittorrent_tracker.ts";
import { opentracker } from "../../support/drivers/trackers/opentracker.ts";
import { overUdp } from "../../support/drivers/trackers/tracker.ts";

const clients = [libtorrent, transmission, aria2, webtorrent, rtorrent];

/** Registers the rows whose programs pass `isWanted`, and has them listed at the end. */
export async function registerRows(isWanted: (programs: readonly Needed[]) => boolean): Promise<void> {
  takeRows(isWanted);
  Deno.test.afterAll(printTable);
  await (Deno.args.includes("--foreign-only") ? foreignRows() : ourRows());
}

/** The foreign programs among themselves: are the drivers right? */
async function foreignRows(): Promise<void> {
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
  for (const content of [oneFile, severalFiles]) {
    for (const maker of [makers.mktorrent, makers.transmissionCreate, makers.libtorrent]) {
      for (const reader of [readers.transmissionShow, readers.libtorrent, readers.aria2]) {
        const name = `${reader.name} reads what ${maker.name} made`;
        await torrentRow(name, { maker, reader, witness: readers.libtorrent, content });
      }
    }
  }
}

/** Our programs with foreign ones. */
async function ourRows(): Promise<void> {
  for (const content of [oneFile, severalFiles]) {
    const pair = { tracker: seedlingTracker, reader: readers.seedling, content };
    for (const client of clients) {
      const theirs = { ...pair, maker: makers.mktorrent, seeder: client, leecher: seedling };
      const ours = { ...pair, maker: makers.seedling, seeder: seedling, leecher: client };
      await pairRow(`${client.name} seeds to our peer`, theirs);
      await pairRow(`our peer seeds to ${client.name}`, ours);
    }
  }

  const padded = { tracker: seedlingTracker, maker: makers.libtorrentPadded, reader: readers.seedling };
  for (const [seeder, leecher] of [[libtorrent, seedling], [seedling, libtorrent]] as const) {
    const name = `${seeder.name} seeds to ${leecher.name}, pad files between the files`;
    await pairRow(name, { ...padded, seeder, leecher, content: severalFiles });
  }

  for (const client of [libtorrent, webtorrent]) {
    await selectionRow(`our peer takes two of ${client.name}'s files`, client, severalFiles);
    await resumeRow(`our peer is stopped within a piece of ${client.name}'s, and goes on`, client, onePiece);
  }
  await loopbackSwarmRow("our peer super-seeds to three", {
    seeder: seedlingWith("--super-seeding"),
    leechers: [libtorrent, webtorrent, seedling],
    content: oneFile,
  });

  // Metadata of one piece and of several; rtorrent asks peers for metadata only through a DHT.
  for (const content of [severalFiles, manyPieces]) {
    const pair = { tracker: seedlingTracker, maker: makers.seedling, reader: readers.seedling, content };
    for (const client of [libtorrent, transmission, aria2, webtorrent]) {
      // It looks at its peers every ten seconds, and begins anew when it has the metadata: once is enough.
      if (client === transmission && content === manyPieces) continue;
      // With a magnet link aria2 says that nothing is left, and our tracker tells seeders of no seeders.
      const tracker = client === aria2 ? opentracker : seedlingTracker;
      const theirs = { ...pair, seeder: client, leecher: seedling, byMagnet: true };
      const ours = { ...pair, tracker, seeder: seedling, leecher: client, byMagnet: true };
      await pairRow(`our peer has a magnet link, ${client.name} the metadata`, theirs);
      await pairRow(`${client.name} has a magnet link, our peer the metadata`, ours);
    }
  }

  await peerExchangeRow("libtorrent learns of a peer from ours", {
    middle: seedling,
    caller: libtorrent,
    content: severalFiles,
  });
  await peerExchangeRow("webtorrent learns of a peer from ours", {
    middle: seedling,
    caller: webtorrent,
    content: severalFiles,
  });
  await peerExchangeRow("our peer learns of another from libtorrent", {
    middle: libtorrent,
    caller: seedling,
    content: severalFiles,
  });
  await encryptionRows();

  const three = [seedling, seedling, seedling];
  await loopbackSwarmRow("all in one swarm, ours seeds first", {
    seeder: seedling,
    leechers: [...clients, ...three.slice(1)],
    content: swarmFile,
  });
  await namespaceSwarmRow("all in one swarm, each with an address of its own, libtorrent seeds first", {
    seeder: libtorrent,
    leechers: [...clients.filter((client) => client !== libtorrent), ...three],
    content: swarmFile,
  });

  for (const content of [oneFile, severalFiles]) {
    for (const maker of [makers.mktorrent, makers.libtorrent]) {
      await webSeedRow(`a web server seeds to our peer what ${maker.name} made`, {
        maker,
        leecher: seedling,
        content,
      });
    }
    for (const leecher of [libtorrent, transmission, aria2, webtorrent]) {
      await webSeedRow(`a web server seeds to ${leecher.name} what our create made`, {
        maker: makers.seedling,
        leecher,
        content,
      });
    }
  }

  for (const content of [oneFile, severalFiles]) {
    await wholeFilesRow("a web server without ranges seeds to our peer", content);
    await nginxRows(seedling, content);
  }
  await wornMirrorsRow("two nginx with wrong and missing files seed to our peer", severalFiles);

  await sourcesRow(
    "a magnet link of one libtorrent (RC4 required), one webtorrent and one web server, a third each, to our peer",
    [
      insistingLibtorrent(2),
      webtorrent,
    ],
  );

  const trackers = { maker: makers.seedling, reader: readers.seedling, content: oneFile };
  for (const client of clients) {
    // Transmission drops loopback peers that a tracker names, and two of it would never meet: libtorrent calls.
    const seeder = client.mustBeCalled ? libtorrent : client;
    const pair = { ...trackers, tracker: seedlingTracker, seeder, leecher: client };
    await pairRow(`${seeder.name} and ${client.name} meet through our tracker`, pair);
    // aria2 has UDP trackers beside its DHT only, and that would reach beyond loopback.
    if (client === aria2) continue;
    await pairRow(`${seeder.name} and ${client.name} meet through our tracker over UDP`, {
      ...pair,
      tracker: overUdp(seedlingTracker),
    });
  }
  await ip6Rows();
  await proxyRows();
  await webClientsRow("two clients of bittorrent-tracker's meet through our tracker's WebSockets");
  await pairRow("two webtorrents meet by WebRTC through our tracker's WebSockets", {
    ...trackers,
    tracker: seedlingWebTracker,
    seeder: webtorrent,
    leecher: webtorrent,
  });
  await sharedStoreRow(
    "libtorrent and our peers meet though each uses another of three trackers on one Redis",
    oneFile,
  );
  for (const tracker of [opentracker, bittorrentTracker]) {
    const pair = { ...trackers, tracker, seeder: seedling };
    await pairRow(`our peers meet through ${tracker.name}`, { ...pair, leecher: seedling });
    await pairRow(`our peers meet through ${tracker.name} over UDP`, {
      ...pair,
      tracker: overUdp(tracker),
      leecher: seedling,
    });
    await pairRow(`our peer and libtorrent meet through ${tracker.name}`, { ...pair, leecher: libtorrent });
  }

  for (const content of [oneFile, severalFiles]) {
    for (const maker of [makers.mktorrent, makers.transmissionCreate, makers.libtorrent]) {
      const witness = readers.transmissionShow;
      await torrentRow(`our info reads what ${maker.name} made`, {
        maker,
        reader: readers.seedling,
        witness,
        content,
      });
    }
    for (const reader of [readers.transmissionShow, readers.libtorrent, readers.aria2]) {
      const witness = readers.seedling;
      await torrentRow(`${reader.name} reads what our create made`, {
        maker: makers.seedling,
        reader,
        witness,
        content,
      });
    }
  }
}
