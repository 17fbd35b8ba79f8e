// Trackers that mean harm: whatever they send takes bounded memory, ends, and is a TrackerError.

import assert from "node:assert/strict";
import type { AnnounceRequest } from "../../../protocol/announce.ts";
import { fromUtf8 } from "../../../protocol/bytes.ts";
import { TrackerError } from "../../../protocol/errors.ts";
import { announceOverHttp } from "../../../peer/announce/http_tracker.ts";
import { answer } from "../../support/fake_tracker.ts";
import { mutate } from "../../support/mutations.ts";
import { patiently } from "../../support/programs.ts";
import { SeededRandom } from "../../support/random.ts";
import { RawServer } from "../../support/raw_server.ts";

const REQUEST: AnnounceRequest = {
  infoHash: "i".repeat(20),
  peerId: "p".repeat(20),
  port: 6881,
  uploaded: 0,
  downloaded: 0,
  left: 1,
  event: "started",
  compact: true,
};

const TOO_LONG = "Cannot read the tracker's answer: it is longer than 1048576 bytes";

/** Announces to a server that answers with `response`; how many bytes were taken from the body, and the error. */
async function announceTo(response: () => Response): Promise<{ taken: number; error: unknown }> {
  let taken = 0;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, response);
  const error = await announceOverHttp(`http://127.0.0.1:${server.addr.port}/`, REQUEST, {
    signal: new AbortController().signal,
    fetch: async (url, init) => {
      const { body, ...rest } = await fetch(url, init);
      const counted = body?.pipeThrough(
        new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
          transform(part, controller) {
            taken += part.length;
            controller.enqueue(part);
          },
        }),
      );
      return new Response(counted, rest);
    },
  }).catch((error) => error);
  await server.shutdown();
  return { taken, error };
}

Deno.test("a tracker's answer without end is cut off, and the tracker told", async () => {
  const cancelled = Promise.withResolvers<void>();
  const { taken, error } = await announceTo(() =>
    new Response(
      new ReadableStream({
        pull: (controller) => controller.enqueue(fromUtf8("d8:intervali1800e5:peers".padEnd(10_000, "x"))),
        cancel: () => cancelled.resolve(),
      }),
    )
  );
  assert.ok(error instanceof TrackerError);
  assert.equal(error.message, TOO_LONG);
  assert.ok(taken < 2 * 1024 * 1024, String(taken));
  await patiently(cancelled.promise, "the end of the body");
});

Deno.test("a tracker's answer that unpacks to a thousand times its size is cut off while it unpacks", async () => {
  // 64 MiB of zeros.
  const packed = await new Response(
    new Blob([new Uint8Array(64 * 1024 * 1024)]).stream().pipeThrough(new CompressionStream("gzip")),
  ).bytes();
  assert.ok(packed.length < 128 * 1024);
  const { taken, error } = await announceTo(() =>
    new Response(packed, { headers: { "content-encoding": "gzip" } })
  );
  assert.ok(error instanceof TrackerError);
  assert.equal(error.message, TOO_LONG);
  assert.ok(taken < 2 * 1024 * 1024, String(taken));
});

Deno.test("a tracker's headers without end are an error", async () => {
  const line = `x-${"a".repeat(1000)}: ${"b".repeat(7000)}\r\n`;
  await using server = new RawServer(fromUtf8(`HTTP/1.1 200 OK\r\n${line.repeat(500)}`));
  await assert.rejects(
    announceOverHttp(server.url, REQUEST, { signal: new AbortController().signal }),
    (error) => error instanceof TrackerError,
  );
});

Deno.test("1,000 mutated HTTP answers are read or are a TrackerError", async () => {
  const random = new SeededRandom(31);
  const body = await answer({ interval: 60, peers: [{ ip: "192.0.2.1", port: 6881 }] }).bytes();
  const head = fromUtf8(
    `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`,
  );
  const whole = Uint8Array.of(...head, ...body);
  await using server = new RawServer();
  // An answer that is shorter than it says ends with the connection, one that is not HTTP at once: nothing waits.
  let answers = 0;
  for (let i = 0; i < 1_000; i++) {
    server.answer = mutate(whole, random);
    try {
      await announceOverHttp(server.url, REQUEST, { signal: new AbortController().signal });
      answers++;
    } catch (error) {
      assert.ok(error instanceof TrackerError, `mutation ${i}: ${error}`);
    }
  }
  assert.ok(answers > 0 && answers < 1_000, String(answers));
});
