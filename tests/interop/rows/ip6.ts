// Peers and trackers over IPv6 (BEP 7), all at ::1: `peers6` and the 18 bytes of UDP answers, and `added6` among peers.

import { aria2 } from "../../support/drivers/clients/aria2.ts";
import { libtorrent } from "../../support/drivers/clients/libtorrent.ts";
import { seedling, seedlingTracker } from "../../support/drivers/clients/seedling.ts";
import { transmission } from "../../support/drivers/clients/transmission.ts";
import { makers, readers } from "../../support/drivers/torrents/programs.ts";
import { overUdp } from "../../support/drivers/trackers/tracker.ts";
import { oneFile, severalFiles } from "../support/contents.ts";
import { pairRow } from "./pairs.ts";
import { peerExchangeRow } from "./peer_exchange.ts";

/** Registers the rows. */
export async function ip6Rows(): Promise<void> {
  const pair = { maker: makers.seedling, reader: readers.seedling, content: oneFile, overIp6: true };
  for (const tracker of [seedlingTracker, overUdp(seedlingTracker)]) {
    for (const client of [libtorrent, transmission, aria2]) {
      // Transmission 3 has UDP trackers over IPv4 only, aria2 beside its DHT only, and that would reach beyond loopback.
      if (client !== libtorrent && tracker !== seedlingTracker) continue;
      const how = tracker === seedlingTracker ? "over IPv6" : "over IPv6, UDP to the tracker";
      await pairRow(`${client.name} seeds to our peer ${how}`, {
        ...pair,
        tracker,
        seeder: client,
        leecher: seedling,
      });
      await pairRow(`our peer seeds to ${client.name} ${how}`, {
        ...pair,
        tracker,
        seeder: seedling,
        leecher: client,
      });
    }
  }
  await peerExchangeRow("libtorrent learns of a peer from ours over IPv6", {
    middle: seedling,
    caller: libtorrent,
    content: severalFiles,
    overIp6: true,
  });
  await peerExchangeRow("our peer learns of another from libtorrent over IPv6", {
    middle: libtorrent,
    caller: seedling,
    content: severalFiles,
    overIp6: true,
  });
}
