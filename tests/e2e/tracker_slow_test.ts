// A thousand connections that have begun a request and never end it: everybody else is answered as before.

import assert from "node:assert/strict";
import { TrackerProcess } from "../support/programs.ts";

const CONNECTIONS = 1000;
/** A connection at the tracker costs what a request's head may have, and its buffers. */
const MAX_BYTES_EACH = 50_000;

async function metric(tracker: TrackerProcess, name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${tracker.port}/metrics`)).text();
  const value = new RegExp(`^${name} (.+)$`, "m").exec(text)?.[1];
  assert.ok(value !== undefined, name);
  return Number(value);
}

Deno.test("a thousand half-open connections stop nobody, and cost little", async () => {
  await using tracker = await TrackerProcess.start(0, ["--host", "127.0.0.1"]);
  const query = `info_hash=${"%aa".repeat(20)}&peer_id=${"b".repeat(20)}&port=1`;
  const announce = async () => (await fetch(`${tracker.announce}?${query}`)).text();
  await announce();
  const before = await metric(tracker, "process_resident_memory_bytes");
  const slow: Deno.Conn[] = [];
  try {
    for (let n = 0; n < CONNECTIONS; n++) {
      const conn = await Deno.connect({ hostname: "127.0.0.1", port: tracker.port });
      slow.push(conn);
      await conn.write(
        new TextEncoder().encode(`GET /announce?${query} HTTP/1.1\r\nHost: x\r\nX-Slow: ${n}`),
      );
    }
    for (let n = 0; n < 50; n++) assert.match(await announce(), /8:interval/);
    const grown = await metric(tracker, "process_resident_memory_bytes") - before;
    assert.ok(grown < CONNECTIONS * MAX_BYTES_EACH, `it has grown by ${grown} bytes`);
  } finally {
    for (const conn of slow) conn.close();
  }
  // And it ends at once, whatever is open.
  assert.equal(await tracker.process.stop(), 0);
});
