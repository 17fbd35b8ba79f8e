// Peers that break the protocol: their connection ends, the download goes on.

import assert from "node:assert/strict";
import { Client } from "../../peer/mod.ts";
import type { TorrentEvent } from "../../peer/mod.ts";
import {
  createPeerId,
  encodeHandshake,
  HANDSHAKE_LENGTH,
  MessageId,
  parseMetainfo,
  writePieceHeader,
  writeRequest,
} from "../../protocol/mod.ts";
import { patiently } from "../support/programs.ts";
import { readUpTo } from "../support/socket_pair.ts";
import { makeTempDir } from "../support/temp_dir.ts";
import { makeTorrentFile } from "../support/torrent_file.ts";

const PIECE_LENGTH = 16384;
const PIECES = 20;

/** What each one says after its handshake, and why it is let go. */
const MISDEEDS: [name: string, bytes: Uint8Array, reason: RegExp][] = [
  ["garbage", new Uint8Array(500).fill(0xaa), /length|message/i],
  [
    "a message of 4 GiB",
    new Uint8Array([0xff, 0xff, 0xff, 0xff, MessageId.piece]),
    /4294967295|length|bytes/,
  ],
  ["a bitfield of the wrong length", message(MessageId.bitfield, new Uint8Array(200)), /bitfield/i],
  [
    "a bitfield with spare bits",
    message(MessageId.bitfield, new Uint8Array([0xff, 0xff, 0xff])),
    /bitfield|spare/i,
  ],
  ["a have out of range", message(MessageId.have, u32(PIECES)), /have|index|piece/i],
  ["a block never asked for", unrequestedBlock(), /never|request|asked/i],
  ["a request outside its piece", outsideRequest(), /request|outside|piece/i],
  ["a choke with a payload", message(MessageId.choke, new Uint8Array(3)), /choke|length/i],
];

Deno.test("a peer that breaks the protocol is let go, and the download completes", async (t) => {
  await using dir = await makeTempDir();
  const { torrent, path, sha1 } = await makeTorrentFile(dir.path, {
    size: PIECE_LENGTH * PIECES,
    pieceLength: PIECE_LENGTH,
  });
  const metainfo = await parseMetainfo(await Deno.readFile(torrent));
  const leecher = new Client();
  const seeder = new Client();
  try {
    const download = await leecher.add(metainfo, { path: dir.join("copy") });
    const events: TorrentEvent[] = [];
    const waiting = new Set<() => void>();
    download.subscribe((event) => {
      events.push(event);
      for (const look of waiting) look();
    });
    const until = async (fits: (event: TorrentEvent) => boolean, what: string): Promise<TorrentEvent> => {
      const { promise, resolve } = Promise.withResolvers<TorrentEvent>();
      const look = () => {
        const event = events.find(fits);
        if (event !== undefined) resolve(event);
      };
      waiting.add(look);
      look();
      return await patiently(promise, what).finally(() => waiting.delete(look));
    };
    await until((event) => event.type === "progress" && event.state === "downloading", "the download");

    for (const [name, bytes, reason] of MISDEEDS) {
      await t.step(name, async () => {
        const peerId = createPeerId();
        using conn = await Deno.connect({ hostname: "127.0.0.1", port: leecher.port });
        await conn.write(encodeHandshake({ infoHash: metainfo.infoHash.bytes, peerId }));
        assert.equal((await readUpTo(conn, HANDSHAKE_LENGTH)).length, HANDSHAKE_LENGTH);
        await conn.write(bytes).catch(() => {}); // it may be gone before we have said everything
        const gone = await until(
          (event) =>
            event.type === "peer" && event.action === "disconnected" && event.peerId === peerId.toHex(),
          `the end of the connection after ${name}`,
        );
        assert(gone.type === "peer");
        assert.match(gone.reason ?? "", reason);
      });
    }

    assert.equal(download.state, "downloading");
    const upload = await seeder.add(metainfo, { path });
    await patiently(upload.completed(), "the seeder's check");
    download.addPeers([{ ip: "127.0.0.1", port: seeder.port }]);
    await patiently(download.completed(), "the download");
    assert.equal(await sha1(dir.join("copy")), await sha1(path));
    assert.equal(events.filter((event) => event.type === "error" && event.fatal).length, 0);
  } finally {
    await Promise.all([leecher.close(), seeder.close()]);
  }
});

function message(id: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(5 + payload.length);
  new DataView(bytes.buffer).setUint32(0, 1 + payload.length);
  bytes[4] = id;
  bytes.set(payload, 5);
  return bytes;
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

function unrequestedBlock(): Uint8Array {
  const bytes = new Uint8Array(13 + PIECE_LENGTH);
  writePieceHeader(new DataView(bytes.buffer), 0, 0, 0, PIECE_LENGTH);
  return bytes;
}

function outsideRequest(): Uint8Array {
  const bytes = new Uint8Array(17);
  writeRequest(new DataView(bytes.buffer), 0, 0, PIECE_LENGTH, 16384);
  return bytes;
}
