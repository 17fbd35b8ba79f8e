// The receiving half of the bare pair: asks for all blocks in their order, a fixed number ahead, lays them into pieces, and
// has each hashed and written by one other thread. Arguments: the seeder's port, the .torrent, the file, its length and that
// of its pieces. Prints "complete" and stays, as a client does.

import type { Job } from "./disk.ts";
import { BLOCK, MESSAGE, MESSAGES, REQUEST } from "./wire.ts";

const BUFFERS = 16;
/** Batches of requests that are open. */
const AHEAD = 4;

const [port = "", torrent = "", path = "", total = "", length = ""] = Deno.args;
const [totalLength, pieceLength] = [Number(total), Number(length)];
const pieceCount = totalLength / pieceLength;

const disk = new Worker(new URL("./disk.ts", import.meta.url), { type: "module" });
disk.postMessage({ path, hashes: await readHashes(torrent), pieceLength });
const free: ArrayBuffer[] = Array.from({ length: BUFFERS }, () => new ArrayBuffer(pieceLength));
let stored = 0;
let wake = () => {};
disk.onmessage = ({ data: buffer }: MessageEvent<ArrayBuffer>) => {
  free.push(buffer);
  stored++;
  wake();
};

const conn = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
conn.setNoDelay(true);
const requests = new Uint8Array(MESSAGES * REQUEST);
const requestsView = new DataView(requests.buffer);
let asked = 0;
for (let i = 0; i < AHEAD; i++) await ask();

const received = new Uint8Array(MESSAGES * MESSAGE);
const receivedView = new DataView(received.buffer);
let piece = new Uint8Array(await buffer());
let [bytes, filled, index, came] = [0, 0, 0, 0];
while (index < pieceCount) {
  const n = await conn.read(received.subarray(bytes));
  if (n === null) throw new Error("the seeder hung up");
  bytes += n;
  let at = 0;
  for (; bytes - at >= MESSAGE; at += MESSAGE) {
    piece.set(received.subarray(at + 13, at + MESSAGE), receivedView.getUint32(at + 9));
    filled += BLOCK;
    if (++came % MESSAGES === 0) await ask();
    if (filled < pieceLength) continue;
    const job: Job = { index: index++, buffer: piece.buffer };
    disk.postMessage(job, [piece.buffer]);
    filled = 0;
    if (index < pieceCount) piece = new Uint8Array(await buffer());
  }
  received.copyWithin(0, at, bytes);
  bytes -= at;
}
while (stored < pieceCount) await turn();
console.log("complete");

/** Asks for the next batch of blocks. */
async function ask(): Promise<void> {
  const blocks = Math.min(MESSAGES, totalLength / BLOCK - asked);
  for (let i = 0; i < blocks; i++, asked++) {
    const [at, position] = [i * REQUEST, asked * BLOCK];
    requestsView.setUint32(at, 13);
    requestsView.setUint8(at + 4, 6);
    requestsView.setUint32(at + 5, Math.floor(position / pieceLength));
    requestsView.setUint32(at + 9, position % pieceLength);
    requestsView.setUint32(at + 13, BLOCK);
  }
  for (let sent = 0; sent < blocks * REQUEST;) {
    sent += await conn.write(requests.subarray(sent, blocks * REQUEST));
  }
}

async function buffer(): Promise<ArrayBuffer> {
  while (free.length === 0) await turn();
  return free.pop() as ArrayBuffer;
}

/** Until the disk thread has stored another piece. */
function turn(): Promise<void> {
  return new Promise((resolve) => wake = resolve);
}

/** The hashes in a .torrent that is known to be right. */
async function readHashes(torrent: string): Promise<Uint8Array> {
  const metainfo = await Deno.readFile(torrent);
  const match = /6:pieces(\d+):/.exec(new TextDecoder("latin1").decode(metainfo));
  const from = (match?.index ?? 0) + (match?.[0].length ?? 0);
  return metainfo.slice(from, from + Number(match?.[1] ?? 0));
}
