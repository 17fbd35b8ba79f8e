// A client that is called far too often by one address: the honest still get through.

import { Client, type TorrentEvent } from "../../../peer/mod.ts";
import { createPeerId, encodeHandshake, HANDSHAKE_LENGTH } from "../../../protocol/mod.ts";
import { type MadeTorrent, makeTorrent } from "../../support/make_torrent.ts";
import { patiently } from "../../support/programs.ts";
import { readUpTo } from "../../support/socket_pair.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

const CALLERS = 1000;
const MAX_PEERS = 20;

/** A leecher with some places, and a seeder that it does not know of yet. */
async function withClients(
  act: (parts: { leecher: Client; seeder: Client; torrent: MadeTorrent; copy: string }) => Promise<void>,
): Promise<void> {
  await using temp = await makeTempDir();
  const torrent = await makeTorrent({ files: 500_000 });
  await torrent.writeTo(temp.join("original"));
  const own = { hostname: "127.0.0.1", diskWorkers: 1 };
  const [seeder, leecher] = [new Client(own), new Client({ ...own, maxConnections: 2 * MAX_PEERS })];
  try {
    await patiently(
      (await seeder.add(torrent.metainfo, { path: temp.join("original") })).completed(),
      "the seeder's check",
    );
    await act({ leecher, seeder, torrent, copy: temp.join("copy") });
    await torrent.compareWith(temp.join("copy"));
  } finally {
    await Promise.all([seeder.close(), leecher.close()]);
  }
}

/** Calls, and shakes hands under a new name if told for what. */
async function call(port: number, infoHash?: Uint8Array): Promise<Deno.TcpConn> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  if (infoHash === undefined) return conn;
  await conn.write(encodeHandshake({ infoHash, peerId: createPeerId() })).catch(() => {});
  await readUpTo(conn, HANDSHAKE_LENGTH).catch(() => {});
  return conn;
}

Deno.test(`${CALLERS} callers of one address that shake hands and stay silent do not keep a peer from the seeder that it calls`, async () => {
  await withClients(async ({ copy, leecher, seeder, torrent }) => {
    const download = await leecher.add(torrent.metainfo, { path: copy, maxPeers: MAX_PEERS });
    await started(download);
    const callers: Deno.TcpConn[] = [];
    try {
      for (let i = 0; i < CALLERS; i++) {
        callers.push(await call(leecher.port, torrent.metainfo.infoHash.bytes));
      }
      download.addPeers([{ ip: "127.0.0.1", port: seeder.port }]);
      await patiently(download.completed(), "the download");
    } finally {
      for (const conn of callers) conn.close();
    }
  });
});

Deno.test(`${CALLERS} callers that never say a word do not keep a seeder's call out`, async () => {
  await withClients(async ({ copy, leecher, seeder, torrent }) => {
    const download = await leecher.add(torrent.metainfo, { path: copy });
    await started(download);
    const callers = await Promise.all(Array.from({ length: CALLERS }, () => call(leecher.port)));
    try {
      seeder.torrents[0]?.addPeers([{ ip: "127.0.0.1", port: leecher.port }]);
      await patiently(download.completed(), "the download");
    } finally {
      for (const conn of callers) conn.close();
    }
  });
});

/** The check is over: it takes callers. */
function started(download: { subscribe(listener: (event: TorrentEvent) => void): unknown }): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  download.subscribe((event) => event.type === "progress" && event.state === "downloading" && resolve());
  return patiently(promise, "the check");
}
