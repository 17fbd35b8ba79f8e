// Encrypted peers (MSE/PE): each foreign client that can be told to insist on it, both ways. Whoever seeds is known to
// the tracker first and is called by the downloader, so each pair of rows has us in both roles; where it is the other
// way round (Transmission over loopback) the roles change too.

import type { ForeignClient } from "../../support/drivers/clients/client.ts";
import { aria2With } from "../../support/drivers/clients/aria2.ts";
import { libtorrentWith } from "../../support/drivers/clients/libtorrent.ts";
import { rtorrentWith } from "../../support/drivers/clients/rtorrent.ts";
import { seedling, seedlingTracker, seedlingWith } from "../../support/drivers/clients/seedling.ts";
import { transmissionWith } from "../../support/drivers/clients/transmission.ts";
import { makers, readers } from "../../support/drivers/torrents/programs.ts";
import { oneFile } from "../support/contents.ts";
import { pairRow } from "./pairs.ts";

/** libtorrent's words: 0 takes no peer that isn't encrypted; the levels are 1 for plaintext after it, 2 for RC4. */
export function insistingLibtorrent(level: 1 | 2): ForeignClient {
  return libtorrentWith({ in_enc_policy: 0, out_enc_policy: 0, allowed_enc_level: level });
}

const aria2Rc4 = aria2With("--bt-require-crypto=true", "--bt-min-crypto-level=arc4");
const rtorrentRc4 = rtorrentWith("allow_incoming,try_outgoing,require,require_RC4");
const requiring = seedlingWith("--encryption", "required");

const PAIRS: [name: string, theirs: ForeignClient, ours: ForeignClient][] = [
  ["libtorrent, RC4 required,", insistingLibtorrent(2), seedling],
  ["libtorrent, encrypted handshake and plaintext required,", insistingLibtorrent(1), seedling],
  ["transmission, encryption required,", transmissionWith("required"), seedling],
  ["aria2, RC4 required,", aria2Rc4, seedling],
  ["rtorrent, RC4 required,", rtorrentRc4, seedling],
  ["libtorrent as it is", libtorrentWith({}), requiring],
  ["transmission as it is", transmissionWith("preferred"), requiring],
];

/** Registers the rows. */
export async function encryptionRows(): Promise<void> {
  const pair = {
    tracker: seedlingTracker,
    maker: makers.seedling,
    reader: readers.seedling,
    content: oneFile,
  };
  for (const [name, theirs, ours] of PAIRS) {
    const what = ours === requiring ? "our peer, RC4 required," : "our peer";
    await pairRow(`${name} seeds to ${what.replace(/,$/, "")}`, { ...pair, seeder: theirs, leecher: ours });
    await pairRow(`${what} seeds to ${name.replace(/,$/, "")}`, { ...pair, seeder: ours, leecher: theirs });
  }
}
