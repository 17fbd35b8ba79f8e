import assert from "node:assert/strict";
import type { AnnounceRequest } from "../../../protocol/announce.ts";
import { TrackerError } from "../../../protocol/errors.ts";
import { announceOverHttp } from "../../../peer/announce/http_tracker.ts";
import { answer, failure } from "../../support/fake_tracker.ts";
import { TEST_CA, TEST_CERT, TEST_KEY } from "../../support/test_cert.ts";

const REQUEST: AnnounceRequest = {
  infoHash: String.fromCharCode(...Array.from({ length: 20 }, (_, i) => i * 13)),
  peerId: "-SE0100-abcdefghijkl",
  port: 6881,
  uploaded: 1,
  downloaded: 2,
  left: 3,
  event: "started",
  compact: true,
};

/** Runs `use` against a real HTTP server. */
async function withServer(
  handler: (request: Request) => Response | Promise<Response>,
  use: (base: string) => Promise<void>,
): Promise<void> {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, handler);
  try {
    await use(`http://127.0.0.1:${server.addr.port}`);
  } finally {
    await server.shutdown();
  }
}

/** Runs `use` against a server that reads a request, sends these bytes and hangs up. */
async function withRawServer(bytes: Uint8Array, use: (base: string) => Promise<void>): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    for await (const conn of listener) {
      await conn.read(new Uint8Array(4096));
      await conn.write(bytes);
      conn.close();
    }
  })();
  try {
    await use(`http://127.0.0.1:${listener.addr.port}`);
  } finally {
    listener.close();
    await serving;
  }
}

function announce(tracker: string, signal = new AbortController().signal): Promise<unknown> {
  return announceOverHttp(tracker, REQUEST, { signal });
}

function rejects(promise: Promise<unknown>, message: string | RegExp): Promise<void> {
  return assert.rejects(promise, (error) => {
    assert.ok(error instanceof TrackerError, String(error));
    if (typeof message === "string") assert.equal(error.message, message);
    else assert.match(error.message, message);
    return true;
  });
}

Deno.test("announceOverHttp() sends the bytes as they are and reads the peers", async () => {
  let query = "";
  await withServer((request) => {
    query = new URL(request.url).search;
    return answer({ interval: 60, complete: 4, peers: [{ ip: "192.0.2.1", port: 6881 }] });
  }, async (base) => {
    const response = await announceOverHttp(`${base}/announce?passkey=x`, REQUEST, {
      signal: new AbortController().signal,
    });
    assert.equal(response.interval, 60);
    assert.equal(response.complete, 4);
    assert.deepEqual(response.peers, [{ ip: "192.0.2.1", port: 6881 }]);
  });
  assert.match(query, /^\?passkey=x&info_hash=%00%0D%1A%274A/i);
  assert.match(query, /&peer_id=-SE0100-abcdefghijkl&port=6881&/);
});

Deno.test("announceOverHttp() reads a gzipped answer", async () => {
  await withServer((_) => {
    const plain = answer({ interval: 77 }).body as ReadableStream<Uint8Array<ArrayBuffer>>;
    return new Response(plain.pipeThrough(new CompressionStream("gzip")), {
      headers: { "content-encoding": "gzip" },
    });
  }, async (base) => {
    const response = await announceOverHttp(base, REQUEST, { signal: new AbortController().signal });
    assert.equal(response.interval, 77);
  });
});

Deno.test("announceOverHttp() reads what an HTTP/1.0 tracker sends before it hangs up", async () => {
  const head = new TextEncoder().encode("HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n");
  const body = await answer({ interval: 99 }).bytes();
  await withRawServer(Uint8Array.of(...head, ...body), async (base) => {
    const response = await announceOverHttp(base, REQUEST, { signal: new AbortController().signal });
    assert.equal(response.interval, 99);
  });
});

Deno.test("announceOverHttp() asks over TLS where the certificate is trusted, and says so where it isn't", async () => {
  const tls = { hostname: "127.0.0.1", port: 0, cert: TEST_CERT, key: TEST_KEY, onListen() {} };
  const server = Deno.serve(tls, () => answer({ interval: 44 }));
  const url = `https://127.0.0.1:${server.addr.port}/announce`;
  const client = Deno.createHttpClient({ caCerts: [TEST_CA] });
  const { signal } = new AbortController();
  const trusting = (url: string, init: RequestInit) => fetch(url, { ...init, client } as RequestInit);
  assert.equal((await announceOverHttp(url, REQUEST, { signal, fetch: trusting })).interval, 44);
  await rejects(announce(url), "Cannot reach the tracker: its TLS certificate isn't valid");
  client.close();
  await server.shutdown();
});

Deno.test("announceOverHttp() follows a few redirects", async () => {
  await withServer((request) => {
    const { pathname, search } = new URL(request.url);
    if (pathname === "/old") {
      return new Response(null, { status: 301, headers: { location: `/new${search}` } });
    }
    return answer({ interval: search.includes("info_hash") ? 88 : 1 });
  }, async (base) => {
    const response = await announceOverHttp(`${base}/old`, REQUEST, { signal: new AbortController().signal });
    assert.equal(response.interval, 88);
  });
});

Deno.test("announceOverHttp() says in a few words what is wrong with an answer", async (t) => {
  const cases: { name: string; answer: () => Response; message: string | RegExp }[] = [
    {
      name: "the tracker's own words",
      answer: () => failure("unregistered torrent"),
      message: 'Cannot announce: the tracker refuses: got "unregistered torrent"',
    },
    {
      name: "the tracker's own words with a status",
      answer: () => new Response(failure("go away").body, { status: 403 }),
      message: 'Cannot announce: the tracker refuses: got "go away"',
    },
    {
      name: "503",
      answer: () => new Response("<html>", { status: 503 }),
      message: "Cannot announce: HTTP 503 Service Unavailable",
    },
    {
      name: "404 without a body",
      answer: () => new Response(null, { status: 404 }),
      message: "Cannot announce: HTTP 404 Not Found",
    },
    {
      name: "a web page",
      answer: () => new Response("\n<!doctype html><title>Welcome</title>"),
      message: "Cannot read the tracker's answer: it is a web page: check the tracker's address",
    },
    {
      name: "nothing",
      answer: () => new Response(new Uint8Array(0)),
      message: "Cannot read the tracker's answer: it is empty",
    },
    { name: "text", answer: () => new Response("hello"), message: /^Cannot read the tracker's answer: / },
    {
      name: "half an answer",
      answer: () => new Response("d8:intervali18"),
      message: /^Cannot read the tracker's answer: /,
    },
    {
      name: "2 MiB",
      answer: () => new Response(new Uint8Array(2 * 1024 * 1024).fill(0x64)),
      message: "Cannot read the tracker's answer: it is longer than 1048576 bytes",
    },
    {
      name: "a redirect in a circle",
      answer: () => new Response(null, { status: 302, headers: { location: "/" } }),
      message: "Cannot reach the tracker: more than 5 redirects",
    },
    {
      name: "a redirect to a file",
      answer: () => new Response(null, { status: 302, headers: { location: "file:///etc/passwd" } }),
      message: 'Cannot reach the tracker: redirected to where none can be: got "file:///etc/passwd"',
    },
    {
      name: "a redirect to nowhere",
      answer: () => new Response(null, { status: 302 }),
      message: 'Cannot reach the tracker: redirected to where none can be: got ""',
    },
  ];
  for (const { name, answer, message } of cases) {
    await t.step(name, async () => {
      await withServer(answer, (base) => rejects(announce(base), message));
    });
  }
});

Deno.test("announceOverHttp() says in a few words why there is no answer", async (t) => {
  const nobody = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = nobody.addr;
  nobody.close();
  await t.step(
    "refused",
    () =>
      rejects(announce(`http://127.0.0.1:${port}/announce`), "Cannot reach the tracker: connection refused"),
  );
  await t.step("no such host", () =>
    rejects(
      announce("http://no-such-host.invalid/announce"),
      "Cannot reach the tracker: the host name can't be resolved",
    ));
  await t.step("hung up", () =>
    withRawServer(
      new Uint8Array(0),
      (base) =>
        rejects(
          announce(base),
          /^Cannot reach the tracker: (it hung up without a whole answer|connection reset)$/,
        ),
    ));
  await t.step("hung up in the middle", () =>
    withRawServer(
      new TextEncoder().encode("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nd8:int"),
      (base) => rejects(announce(base), "Cannot reach the tracker: it hung up without a whole answer"),
    ));
  await t.step("not HTTP", () =>
    withRawServer(
      new TextEncoder().encode("220 mail.example ESMTP\r\n"),
      (base) => rejects(announce(base), "Cannot reach the tracker: it doesn't speak HTTP"),
    ));
  await t.step("not TLS", () =>
    withRawServer(
      new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n"),
      (base) =>
        rejects(
          announce(base.replace("http:", "https:")),
          "Cannot reach the tracker: it doesn't speak TLS: try http:// instead of https://",
        ),
    ));
  await t.step(
    "a port that fetch refuses",
    () => rejects(announce("http://127.0.0.1:1/announce"), /^Cannot reach the tracker: .*port 1/),
  );
});

Deno.test("announceOverHttp() ends when aborted, with the reason given, before and within the answer", async (t) => {
  for (const headers of ["", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nd8:int"]) {
    await t.step(headers === "" ? "before" : "within", async () => {
      using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      const limit = new AbortController();
      const { signal } = limit;
      const announcing = announce(`http://127.0.0.1:${listener.addr.port}`, signal);
      const conn = await listener.accept();
      await conn.read(new Uint8Array(4096));
      if (headers !== "") await conn.write(new TextEncoder().encode(headers));
      limit.abort(new TrackerError("Cannot reach the tracker: no answer within 15 s"));
      await rejects(announcing, "Cannot reach the tracker: no answer within 15 s");
      conn.close();
    });
  }
});

Deno.test("announceOverHttp() doesn't tell the passkey in its messages", async () => {
  await withRawServer(
    new Uint8Array(0),
    (base) =>
      assert.rejects(announce(`${base}/secret/announce`), (error) => {
        assert.ok(error instanceof TrackerError);
        assert.doesNotMatch(error.message, /secret/);
        return true;
      }),
  );
});
