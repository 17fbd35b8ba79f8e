// A peer that answers every request with bytes that are wrong: found out by the hash, dropped, and not let in again.

import assert from "node:assert/strict";
import { Client, type TorrentEvent } from "../../peer/mod.ts";
import {
  Bitfield,
  bitfieldLength,
  createPeerId,
  encodeHandshake,
  HANDSHAKE_LENGTH,
  MessageId,
  parseMetainfo,
  PIECE_HEADER_LENGTH,
  STATE_LENGTH,
  writeBitfield,
  writePieceHeader,
  writeUnchoke,
} from "../../protocol/mod.ts";
import { patiently } from "../support/programs.ts";
import { readUpTo, writeAll } from "../support/socket_pair.ts";
import { makeTempDir } from "../support/temp_dir.ts";
import { makeTorrentFile } from "../support/torrent_file.ts";

const PIECE_LENGTH = 32768;
const PIECES = 20;

Deno.test("a peer that sends bad data is dropped, can't come back, and the download completes without it", async () => {
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
    const downloading = Promise.withResolvers<void>();
    const banned = Promise.withResolvers<string>();
    download.subscribe((event) => {
      events.push(event);
      if (event.type === "progress" && event.state === "downloading") downloading.resolve();
      if (event.type === "error" && event.message.startsWith("Dropped")) banned.resolve(event.message);
    });
    await patiently(downloading.promise, "the download");

    const peerId = createPeerId();
    const introduction = encodeHandshake({ infoHash: metainfo.infoHash.bytes, peerId });
    await lie(leecher.port, introduction);
    assert.match(await patiently(banned.promise, "the ban"), /sent bad data in piece \d+/);
    assert.equal(download.isComplete, false);
    assert.equal(events.filter((event) => event.type === "piece").length, 0, "nothing wrong counts");

    // The same peer from another port: shown the door right after the handshake.
    using conn = await Deno.connect({ hostname: "127.0.0.1", port: leecher.port });
    await conn.write(introduction);
    assert.equal((await readUpTo(conn, HANDSHAKE_LENGTH + 1)).length, HANDSHAKE_LENGTH);

    const upload = await seeder.add(metainfo, { path });
    await patiently(upload.completed(), "the seeder's check");
    download.addPeers([{ ip: "127.0.0.1", port: seeder.port }]);
    await patiently(download.completed(), "the download");
    assert.equal(await sha1(dir.join("copy")), await sha1(path));
    const dropped = events.filter((event) => event.type === "error" && event.message.startsWith("Dropped"));
    assert.equal(dropped.length, 1, "told once, whatever else of its came later");
  } finally {
    await Promise.all([leecher.close(), seeder.close()]);
  }
});

/** Claims to have everything and answers every request with zeros, until it is let go. */
async function lie(port: number, introduction: Uint8Array): Promise<void> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  try {
    const pieces = new Bitfield(PIECES);
    pieces.setAll();
    const hello = new Uint8Array(bitfieldLength(pieces.bytes) + STATE_LENGTH);
    const view = new DataView(hello.buffer);
    writeUnchoke(view, writeBitfield(view, 0, pieces.bytes));
    await conn.write(introduction);
    await conn.write(hello);
    await readFully(conn, HANDSHAKE_LENGTH);
    for (;;) {
      const length = (await readFully(conn, 4)).getUint32(0);
      if (length === 0) continue;
      const message = await readFully(conn, length);
      if (message.getUint8(0) !== MessageId.request) continue;
      const [index, begin, wanted] = [message.getUint32(1), message.getUint32(5), message.getUint32(9)];
      const block = new Uint8Array(PIECE_HEADER_LENGTH + wanted);
      writePieceHeader(new DataView(block.buffer), 0, index, begin, wanted);
      await writeAll(conn, block);
    }
  } catch (error) {
    if (!(error instanceof HungUp) && !isSocketError(error)) throw error;
  } finally {
    conn.close();
  }
}

class HungUp extends Error {}

function isSocketError(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe;
}

async function readFully(conn: Deno.Conn, length: number): Promise<DataView> {
  const bytes = await readUpTo(conn, length);
  if (bytes.length < length) throw new HungUp();
  return new DataView(bytes.buffer, bytes.byteOffset);
}
