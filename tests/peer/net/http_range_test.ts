// A range of one file, from a real server over loopback.

import assert from "node:assert/strict";
import { fetchRange, WebSeedError } from "../../../peer/net/http_range.ts";
import { fromUtf8 } from "../../../protocol/bytes.ts";
import { makeTorrent } from "../../support/make_torrent.ts";
import { findOnPath, output } from "../../support/drivers/program.ts";
import { makeTempDir } from "../../support/temp_dir.ts";
import { mutate } from "../../support/mutations.ts";
import { SeededRandom } from "../../support/random.ts";
import { RawServer } from "../../support/raw_server.ts";
import { filesOf, WebServer, type WebServerOptions } from "../../support/web_server.ts";

const LENGTH = 3_000_000;
const torrent = await makeTorrent({ files: LENGTH });

interface Asked {
  from?: number;
  length?: number;
  fileLength?: number;
  signal?: AbortSignal;
  onBytes?(bytes: Uint8Array): void | Promise<void>;
}

/** Asks a server of its own for a range and returns the bytes that came, and the error if there was one. */
async function ask(asked: Asked, options: WebServerOptions = {}) {
  await using server = new WebServer(filesOf(torrent), options);
  const bytes: number[] = [];
  let error: WebSeedError | undefined;
  try {
    await fetchRange({
      url: `${server.url}made`,
      from: 0,
      length: 1000,
      fileLength: LENGTH,
      signal: new AbortController().signal,
      fetch,
      onBytes: (part) => void bytes.push(...part),
      ...asked,
    });
  } catch (caught) {
    error = caught as WebSeedError;
  }
  return { bytes: Uint8Array.from(bytes), error, requests: server.requests };
}

/** An answer that is always the same. */
function always(body: BodyInit | null, init: ResponseInit): WebServerOptions {
  return { answer: () => new Response(body, init) };
}

Deno.test("fetchRange() gets exactly the range", async () => {
  const { bytes, requests } = await ask({ from: 1_500_001, length: 200_003 });
  assert.deepEqual(bytes, torrent.content.slice(1_500_001, 1_700_004));
  assert.deepEqual(requests, [{ path: "/made", range: "bytes=1500001-1700003" }]);
});

Deno.test("fetchRange() takes a range at the start out of the whole file, and no other", async () => {
  for (const length of [300_000, LENGTH]) {
    const { bytes, error } = await ask({ length }, { withoutRanges: true });
    assert.equal(error, undefined);
    assert.deepEqual(bytes, torrent.content.slice(0, length));
  }
  const { bytes, error } = await ask({ from: 1 }, { withoutRanges: true });
  assert.deepEqual([bytes.length, error?.kind], [0, "no-ranges"]);
});

Deno.test("fetchRange() reads no more while its taker is busy", async () => {
  let isBusy = false;
  let parts = 0;
  const { error } = await ask({
    length: LENGTH,
    onBytes: async () => {
      assert.equal(isBusy, false);
      isBusy = true;
      await new Promise((resolve) => setTimeout(resolve));
      isBusy = false;
      parts++;
    },
  });
  assert.equal(error, undefined);
  assert.ok(parts > 1);
});

Deno.test("fetchRange() asks for bytes as they are, uncompressed", async () => {
  const seen: (string | null)[] = [];
  await ask({}, {
    answer: (_path, request) => {
      seen.push(request.headers.get("accept-encoding"));
      return undefined;
    },
  });
  assert.deepEqual(seen, ["identity"]);
  const zipped = await new Response(
    new Blob([torrent.content.slice(0, 1000) as Uint8Array<ArrayBuffer>]).stream().pipeThrough(
      new CompressionStream("gzip"),
    ),
  ).bytes();
  const { error } = await ask({}, always(zipped, { headers: { "content-encoding": "gzip" } }));
  assert.equal(error?.message, "it compresses what it sends");
});

Deno.test("fetchRange() follows a few redirects", async () => {
  const { bytes, requests } = await ask({}, {
    answer: (_path, request, n) =>
      n <= 5 ? Response.redirect(new URL(n < 5 ? `/${n}` : "/made", request.url), 302) : undefined,
  });
  assert.deepEqual(bytes, torrent.content.slice(0, 1000));
  assert.deepEqual(requests.map(({ path }) => path), ["/made", "/1", "/2", "/3", "/4", "/made"]);
  assert.ok(requests.every(({ range }) => range === "bytes=0-999"));
});

Deno.test("fetchRange() takes the shorter way from then on, until there is nothing any more", async () => {
  let isMoved = false;
  await using server = new WebServer(filesOf(torrent), {
    answer: (path, { url }) => {
      if (path === "/start") return Response.redirect(new URL(isMoved ? "/made" : "/first", url), 302);
      if (path !== "/first") return undefined;
      const headers = { "content-range": `bytes 0-9/${LENGTH}` };
      return isMoved
        ? new Response(null, { status: 403 })
        : new Response("0123456789", { status: 206, headers });
    },
  });
  const redirected = new Map<string, string>();
  const get = async () => {
    const bytes: number[] = [];
    await fetchRange({
      url: `${server.url}start`,
      from: 0,
      length: 10,
      fileLength: LENGTH,
      signal: new AbortController().signal,
      fetch,
      redirected,
      onBytes: (part) => void bytes.push(...part),
    });
    return [bytes, server.requests.splice(0).map(({ path }) => path)];
  };
  const digits = [...fromUtf8("0123456789")];
  assert.deepEqual(await get(), [digits, ["/start", "/first"]]);
  assert.deepEqual(await get(), [digits, ["/first"]]);
  isMoved = true;
  const content = [...torrent.content.subarray(0, 10)];
  assert.deepEqual(await get(), [content, ["/first", "/start", "/made"]]);
  assert.deepEqual(await get(), [content, ["/made"]]);
});

Deno.test("fetchRange() gives up a loop of redirects, and those that lead out of HTTP", async () => {
  const loop = await ask({}, { answer: (_path, request) => Response.redirect(request.url, 301) });
  assert.equal(loop.error?.message, "more than 5 redirects");
  assert.equal(loop.requests.length, 6);
  for (const location of ["file:///etc/passwd", "ftp://127.0.0.1/made", "data:,x", "http://["]) {
    const { error } = await ask({}, always(null, { status: 302, headers: { location } }));
    assert.equal(error?.message, "it redirects to where nothing can be fetched", location);
  }
});

Deno.test("fetchRange() cuts off what is longer than it asked for", async () => {
  const cancelled = Promise.withResolvers<void>();
  const headers = { "content-range": `bytes 0-${LENGTH - 1}/${LENGTH}` };
  const endless = () =>
    new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(1000).fill(7)),
      cancel: () => cancelled.resolve(),
    });
  const { bytes, error } = await ask({ length: 2500 }, {
    answer: () => new Response(endless(), { status: 206, headers }),
  });
  assert.deepEqual([bytes.length, error], [2500, undefined]);
  await cancelled.promise; // the server was told
});

Deno.test("fetchRange() tells a body that ends too soon", async () => {
  const { bytes, error } = await ask({}, {
    answer: () => {
      const headers = { "content-range": `bytes 0-999/${LENGTH}` };
      return new Response(torrent.content.slice(0, 300), { status: 206, headers });
    },
  });
  assert.deepEqual([bytes.length, error?.kind], [300, "later"]);
  assert.equal(error?.message, "it ended before the range was complete");
});

const WRONG: { name: string; answer: WebServerOptions; kind: string; message: RegExp }[] = [
  { name: "not there", answer: always(null, { status: 404 }), kind: "missing", message: /^HTTP 404$/ },
  { name: "not for us", answer: always(null, { status: 403 }), kind: "missing", message: /^HTTP 403$/ },
  { name: "out of range", answer: always(null, { status: 416 }), kind: "missing", message: /^HTTP 416$/ },
  {
    name: "a mistake of the server",
    answer: always("x", { status: 500 }),
    kind: "later",
    message: /^HTTP 500$/,
  },
  {
    name: "another file, in parts",
    answer: always("x".repeat(1000), { status: 206, headers: { "content-range": "bytes 0-999/1000" } }),
    kind: "missing",
    message: /another file of this name: must be 3000000 bytes: got 1000/,
  },
  {
    name: "another file, whole",
    answer: always("<h1>Welcome</h1>", { headers: { "content-length": "16" } }),
    kind: "missing",
    message: /must be 3000000 bytes: got 16/,
  },
  {
    name: "another range",
    answer: always("x".repeat(1000), { status: 206, headers: { "content-range": "bytes 1-1000/*" } }),
    kind: "later",
    message: /another range/,
  },
  {
    name: "a shorter range",
    answer: always("x".repeat(999), { status: 206, headers: { "content-range": "bytes 0-998/*" } }),
    kind: "later",
    message: /another range/,
  },
  { name: "no range named", answer: always("x", { status: 206 }), kind: "later", message: /another range/ },
];

for (const { name, answer, kind, message } of WRONG) {
  Deno.test(`fetchRange() knows a wrong answer: ${name}`, async () => {
    const { bytes, error } = await ask({}, answer);
    assert.equal(bytes.length, 0);
    assert.equal(error?.name, "WebSeedError");
    assert.equal(error?.kind, kind);
    assert.match(error?.message ?? "", message);
  });
}

Deno.test("fetchRange() hands on how long a busy server wants to be left alone", async () => {
  for (const status of [429, 503]) {
    const { error } = await ask({}, always(null, { status, headers: { "retry-after": "90" } }));
    assert.deepEqual([error?.kind, error?.retryAfterMs], ["later", 90_000]);
  }
});

Deno.test("fetchRange() says in words why nothing can be fetched", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const { error } = await ask({}, {
    answer: () => Response.redirect(`http://127.0.0.1:${port}/made`),
  });
  assert.deepEqual([error?.kind, error?.message], ["later", "connection refused"]);
});

Deno.test({
  name: "fetchRange() gets a range over TLS, from a server whose certificate is trusted",
  ignore: findOnPath("openssl") === undefined,
  async fn() {
    const { cert, key } = await makeCertificate();
    await using server = new WebServer(filesOf(torrent), { tls: { cert, key } });
    using client = Deno.createHttpClient({ caCerts: [cert] });
    const bytes: number[] = [];
    const range = {
      url: `${server.url}made`,
      from: 100,
      length: 1000,
      fileLength: LENGTH,
      signal: new AbortController().signal,
      onBytes: (part: Uint8Array) => void bytes.push(...part),
    };
    await assert.rejects(fetchRange({ ...range, fetch }), { message: "its certificate is not trusted" });
    await fetchRange({ ...range, fetch: (url, init) => fetch(url, { ...init, client }) });
    assert.deepEqual(bytes, [...torrent.content.subarray(100, 1100)]);
  },
});

/** One for 127.0.0.1, signed by itself. */
async function makeCertificate(): Promise<{ cert: string; key: string }> {
  await using dir = await makeTempDir();
  const command = [
    ..."openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=t".split(
      " ",
    ),
    ...["-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE"],
    ...["-keyout", dir.join("key"), "-out", dir.join("cert")],
  ];
  await output({ name: "openssl", command, cwd: dir.path });
  return { cert: await Deno.readTextFile(dir.join("cert")), key: await Deno.readTextFile(dir.join("key")) };
}

Deno.test("fetchRange() ends when it is aborted, in the middle of the body too", async () => {
  const controller = new AbortController();
  const { error } = await ask({
    length: LENGTH,
    signal: controller.signal,
    onBytes: () => controller.abort(),
  });
  assert.equal(error?.kind, "later");
});

Deno.test("fetchRange() passes on what its taker throws", async () => {
  const { error } = await ask({
    onBytes: () => {
      throw new RangeError("our own");
    },
  });
  assert.equal(error?.message, "our own");
});

Deno.test("1,000 mutated HTTP answers are a range or a WebSeedError, and never too many bytes", async () => {
  const random = new SeededRandom(19);
  const head = fromUtf8(
    `HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-999/${LENGTH}\r\nContent-Length: 1000\r\n\r\n`,
  );
  const whole = Uint8Array.of(...head, ...torrent.content.subarray(0, 1000));
  await using server = new RawServer();
  let ranges = 0;
  for (let i = 0; i < 1_000; i++) {
    server.answer = mutate(whole, random);
    let length = 0;
    try {
      await fetchRange({
        url: server.url,
        from: 0,
        length: 1000,
        fileLength: LENGTH,
        signal: new AbortController().signal,
        fetch,
        onBytes: (bytes) => void (length += bytes.length),
      });
      assert.equal(length, 1000);
      ranges++;
    } catch (error) {
      assert.ok(error instanceof WebSeedError, `mutation ${i}: ${error}`);
      assert.ok(length <= 1000);
    }
  }
  assert.ok(ranges > 0 && ranges < 1_000, String(ranges));
});
