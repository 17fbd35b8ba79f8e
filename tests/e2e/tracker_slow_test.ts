// A thousand connections that have begun a request and never end it, its head or its body: everybody else is answered as
// before.

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

/** What has come of a request when nothing more does. */
const HALVES: [name: string, half: (n: number) => string][] = [
  ["heads", (n) => `GET /announce?port=1 HTTP/1.1\r\nHost: x\r\nX-Slow: ${n}`],
  [
    "bodies",
    (n) =>
      `POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n{"${n}`,
  ],
];

for (const [name, half] of HALVES) {
  Deno.test(`a thousand connections with half of their ${name} stop nobody, and cost little`, () =>
    hold(half));
}

async function hold(half: (n: number) => string): Promise<void> {
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
      await conn.write(new TextEncoder().encode(half(n)));
    }
    for (let n = 0; n < 50; n++) assert.match(await announce(), /8:interval/);
    const grown = await metric(tracker, "process_resident_memory_bytes") - before;
    assert.ok(grown < CONNECTIONS * MAX_BYTES_EACH, `it has grown by ${grown} bytes`);
  } finally {
    for (const conn of slow) conn.close();
  }
  // And it ends at once, whatever is open.
  assert.equal(await tracker.process.stop(), 0);
}
