import assert from "node:assert/strict";
import { HttpTrackers } from "../../../peer/announce/http_families.ts";
import type { Fetch } from "../../../peer/announce/http_tracker.ts";
import type { AnnounceRequest } from "../../../protocol/announce.ts";
import { TrackerError } from "../../../protocol/errors.ts";
import { createTracker } from "../../../tracker/mod.ts";
import { answer } from "../../support/fake_tracker.ts";

const REQUEST: AnnounceRequest = {
  infoHash: "aaaaaaaaaaaaaaaaaaaa",
  peerId: "-SE0100-abcdefghijkl",
  port: 6881,
  uploaded: 0,
  downloaded: 0,
  left: 9,
  event: "started",
  compact: true,
};
const OTHER = { ...REQUEST, peerId: "-SE0100-lkjihgfedcba", port: 6882 };
const NAME = "http://tracker.example/announce";

/** A fetch for which `tracker.example` is a name with these addresses, of which it takes one that can be reached. */
function resolvingTo(...hosts: string[]): Fetch {
  return async (url, init) => {
    let error: unknown;
    for (const host of hosts) {
      try {
        return await fetch(url.replace("tracker.example", host), init);
      } catch (failure) {
        error = failure;
      }
    }
    throw error;
  };
}

/** One of these is at each address; both count the announces. */
async function withServers(use: (fetch: Fetch, heard: string[]) => Promise<void>): Promise<void> {
  const heard: string[] = [];
  const handler = (_: Request, { remoteAddr }: Deno.ServeHandlerInfo<Deno.NetAddr>) => {
    heard.push(remoteAddr.hostname);
    return answer({ peers: [{ ip: "192.0.2.1", port: 6881 }] });
  };
  const servers = ["127.0.0.1", "::1"].map((hostname) =>
    Deno.serve({ hostname, port: 0, onListen() {} }, handler)
  );
  const [ip4 = 0, ip6 = 0] = servers.map(({ addr }) => addr.port);
  try {
    await use(resolvingTo(`127.0.0.1:${ip4}`, `[::1]:${ip6}`), heard);
  } finally {
    for (const server of servers) await server.shutdown();
  }
}

const { signal } = new AbortController();

Deno.test("HttpTrackers: a tracker with addresses of both families hears of us over both, and peers meet in both", async () => {
  const tracker = createTracker({ port: 0 });
  const { port } = await tracker.start();
  const http = new HttpTrackers();
  try {
    const fetch = resolvingTo(`127.0.0.1:${port}`, `[::1]:${port}`);
    await http.announce(NAME, REQUEST, { signal, fetch });
    const { peers } = await http.announce(NAME, OTHER, { signal, fetch });
    const theirs = peers.filter(({ port }) => port === REQUEST.port).map(({ ip }) => ip);
    assert.deepEqual([...new Set(theirs)].sort(), ["127.0.0.1", "::1"]);
  } finally {
    http.close();
    await tracker.close();
  }
});

Deno.test("HttpTrackers: both families are asked, and one that answers is enough", async () => {
  const http = new HttpTrackers();
  await withServers(async (fetch, heard) => {
    const { peers } = await http.announce(NAME, REQUEST, { signal, fetch });
    assert.deepEqual(heard.sort(), ["127.0.0.1", "::1"]);
    assert.equal(peers.length, 2);
  });
  const only = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => answer({ interval: 77 }));
  const { interval } = await http.announce(NAME, REQUEST, {
    signal,
    fetch: resolvingTo(`127.0.0.1:${only.addr.port}`),
  });
  assert.equal(interval, 77);
  await only.shutdown();
  http.close();
});

Deno.test("HttpTrackers asks over the family in which we can be called, and over the other one if there is nothing else", async () => {
  const http = new HttpTrackers({ ip4: true, ip6: false });
  await withServers(async (fetch, heard) => {
    await http.announce(NAME, REQUEST, { signal, fetch });
    assert.deepEqual(heard.splice(0), ["127.0.0.1"]);
  });
  const only = Deno.serve({ hostname: "::1", port: 0, onListen() {} }, () => answer({ interval: 66 }));
  const fetch = resolvingTo(`[::1]:${only.addr.port}`);
  assert.equal((await http.announce(NAME, REQUEST, { signal, fetch })).interval, 66);
  await only.shutdown();
  http.close();
});

Deno.test("HttpTrackers: a tracker named by its address is asked once", async () => {
  const http = new HttpTrackers();
  let asked = 0;
  const fetch: Fetch = (_, init) => {
    assert.ok(!("client" in init));
    asked++;
    return Promise.resolve(answer());
  };
  await http.announce("http://192.0.2.1:6969/announce", REQUEST, { signal, fetch });
  await http.announce("http://[2001:db8::1]/announce", REQUEST, { signal, fetch });
  assert.equal(asked, 2);
  http.close();
});

Deno.test("HttpTrackers says what the family said that has a way to the tracker", async () => {
  const http = new HttpTrackers();
  const gone = Deno.listen({ hostname: "::1", port: 0 });
  const { port } = gone.addr;
  gone.close();
  await assert.rejects(
    http.announce(NAME, REQUEST, { signal, fetch: resolvingTo(`[::1]:${port}`) }),
    new TrackerError("Cannot reach the tracker: connection refused"),
  );
  await assert.rejects(
    http.announce("http://no-such-host.invalid/announce", REQUEST, { signal }),
    new TrackerError("Cannot reach the tracker: the host name can't be resolved"),
  );
  http.close();
});

Deno.test("HttpTrackers gives up a family that is silent when the other one has answered, and everything when it is told to", async () => {
  const http = new HttpTrackers();
  let calls = 0;
  const halfSilent: Fetch = (_, init) => {
    if (calls++ % 2 === 0) return Promise.resolve(answer({ interval: 55 }));
    return new Promise((_, reject) =>
      init.signal?.addEventListener("abort", () => reject(new Error("given up")))
    );
  };
  assert.equal((await http.announce(NAME, REQUEST, { signal, fetch: halfSilent })).interval, 55);
  const limit = new AbortController();
  const announcing = http.announce(NAME, REQUEST, {
    signal: limit.signal,
    fetch: (_, init) =>
      new Promise((_, reject) => init.signal?.addEventListener("abort", () => reject(new Error("given up")))),
  });
  limit.abort(new TrackerError("Cannot reach the tracker: no answer within 15 s"));
  await assert.rejects(announcing, new TrackerError("Cannot reach the tracker: no answer within 15 s"));
  http.close();
});

// As with the last `stopped` to a tracker that was silent until all time was over.
Deno.test("HttpTrackers asks no tracker when it is told to give up before it begins", async () => {
  const http = new HttpTrackers();
  const limit = new AbortController();
  limit.abort(new TrackerError("Cannot reach the tracker: no answer within 1.2 s"));
  let asked = 0;
  const silent: Fetch = async (_, init) => {
    init.signal?.throwIfAborted();
    asked++;
    return await new Promise((_, reject) =>
      init.signal?.addEventListener("abort", () => reject(new Error("given up")))
    );
  };
  await assert.rejects(
    http.announce(NAME, REQUEST, { signal: limit.signal, fetch: silent }),
    new TrackerError("Cannot reach the tracker: no answer within 1.2 s"),
  );
  assert.equal(asked, 0);
  http.close();
});
