// The sending half of the bare pair: reads what is asked for and sends it as piece messages, MESSAGES of them in one write.
// Everything on one thread; it trusts its one peer to ask for whole blocks in their order. Arguments: port, file, piece length.
// Prints "complete" when it listens.

import { openSync, readSync, statSync } from "node:fs";
import { BLOCK, MESSAGE, MESSAGES, REQUEST } from "./wire.ts";

const [port = "", path = "", pieceLength = ""] = Deno.args;
const file = openSync(path, "r");
const total = statSync(path).size;
const listener = Deno.listen({ hostname: "127.0.0.1", port: Number(port) });
console.log("complete");
const conn = await listener.accept();
conn.setNoDelay(true);

const span = new Uint8Array(MESSAGES * BLOCK);
const out = new Uint8Array(MESSAGES * MESSAGE);
const view = new DataView(out.buffer);
const requests = new Uint8Array(64 * 1024);
let bytes = 0;
let position = 0;
for (let asked = 0; position < total;) {
  const n = await conn.read(requests.subarray(bytes));
  if (n === null) break;
  bytes += n;
  const whole = Math.floor(bytes / REQUEST);
  asked += whole;
  requests.copyWithin(0, whole * REQUEST, bytes);
  bytes -= whole * REQUEST;
  while (asked >= MESSAGES || (asked > 0 && position + asked * BLOCK >= total)) {
    const blocks = Math.min(asked, MESSAGES);
    await send(blocks);
    asked -= blocks;
  }
}
await listener.accept(); // nobody comes: it stays, so that what it took can be read

async function send(blocks: number): Promise<void> {
  readSync(file, span, 0, blocks * BLOCK, position);
  for (let i = 0; i < blocks; i++, position += BLOCK) {
    const at = i * MESSAGE;
    view.setUint32(at, 9 + BLOCK);
    view.setUint8(at + 4, 7);
    view.setUint32(at + 5, Math.floor(position / Number(pieceLength)));
    view.setUint32(at + 9, position % Number(pieceLength));
    out.set(span.subarray(i * BLOCK, (i + 1) * BLOCK), at + 13);
  }
  for (let sent = 0; sent < blocks * MESSAGE;) sent += await conn.write(out.subarray(sent, blocks * MESSAGE));
}
