import assert from "node:assert/strict";
import { UdpTrackers } from "../../peer/announce/udp_tracker.ts";
import { scrapeTracker } from "../../peer/scrape_tracker.ts";
import { InfoHash } from "../../protocol/mod.ts";
import { createTracker } from "../../tracker/mod.ts";

/** Info hashes with every kind of byte in them. */
const HASHES = Array.from({ length: 100 }, (_, i) => {
  const bytes = new Uint8Array(20).fill(0xff);
  bytes.set([i, 0x26, 0x3d, 0x2b, 0x25, 0x20, 0x00]);
  return InfoHash.fromBytes(bytes);
});

Deno.test("scrapeTracker() has the counts of a hundred torrents, in their order, over HTTP and UDP", async () => {
  const tracker = createTracker({ port: 0, host: "127.0.0.1" });
  const { port } = await tracker.start();
  const udp = new UdpTrackers();
  const { signal } = new AbortController();
  try {
    for (const [place, left] of [[0, 0], [73, 5], [74, 0], [99, 5]] as const) {
      await udp.announce(`udp://127.0.0.1:${port}`, {
        infoHash: HASHES[place]?.binary ?? "",
        peerId: "-SE0100-abcdefghijkl",
        port: 6881,
        uploaded: 0,
        downloaded: 0,
        left,
        event: "completed",
      }, { signal });
    }
    for (const protocol of ["http", "udp"]) {
      const stats = await scrapeTracker(`${protocol}://127.0.0.1:${port}/announce`, HASHES);
      assert.equal(stats.length, 100);
      const counted = [...stats.entries()].filter(([, { complete, incomplete }]) =>
        complete + incomplete > 0
      );
      assert.deepEqual(counted, [
        [0, { complete: 1, downloaded: 1, incomplete: 0 }],
        [73, { complete: 0, downloaded: 0, incomplete: 1 }],
        [74, { complete: 1, downloaded: 1, incomplete: 0 }],
        [99, { complete: 0, downloaded: 0, incomplete: 1 }],
      ]);
    }
  } finally {
    udp.close();
    await tracker.close();
  }
});

Deno.test("scrapeTracker() says why it can't", async () => {
  const fails = (url: string, words: RegExp) =>
    assert.rejects(scrapeTracker(url, HASHES.slice(0, 1), { timeoutMs: 50 }), (error) => {
      assert.equal((error as Error).name, "TrackerError");
      assert.match((error as Error).message, words);
      return true;
    });
  await fails("wss://tracker.example/", /must be an http, https or udp URL/);
  await fails("http://127.0.0.1:9/tracker", /doesn't end in \/announce/);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.close();
  await fails(`http://127.0.0.1:${listener.addr.port}/announce`, /refused|no answer/);
  // A socket that nobody reads from.
  const silent = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  await fails(`udp://127.0.0.1:${(silent.addr as Deno.NetAddr).port}`, /no answer within 0\.05 s/);
  silent.close();
});
