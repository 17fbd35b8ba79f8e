import assert from "node:assert/strict";
import { isPublicIp, PublicFetch } from "../../../peer/net/public_fetch.ts";
import { announceOverHttp } from "../../../peer/announce/http_tracker.ts";
import { fetchRange } from "../../../peer/net/http_range.ts";
import { HttpTrackers } from "../../../peer/announce/http_families.ts";
import type { AnnounceRequest } from "../../../protocol/announce.ts";
import { answer } from "../../support/fake_tracker.ts";
import { TEST_CA, TEST_CERT, TEST_KEY } from "../../support/test_cert.ts";

const REQUEST: AnnounceRequest = {
  infoHash: "i".repeat(20),
  peerId: "p".repeat(20),
  port: 1,
  uploaded: 0,
  downloaded: 0,
  left: 0,
  event: "started",
  compact: true,
};

const PUBLIC = [
  "1.1.1.1",
  "9.255.255.255",
  "11.0.0.0",
  "100.63.255.255",
  "100.128.0.0",
  "172.15.255.255",
  "172.32.0.0",
  "192.167.0.1",
  "223.255.255.255",
  "::ffff:8.8.8.8",
  "2606:4700::1111",
  "2001:4860:4860::8888",
  "2002:808:808::1",
  "64:ff9b::808:808",
];
const PRIVATE = [
  "0.0.0.0",
  "10.1.2.3",
  "100.64.0.1",
  "127.0.0.1",
  "127.255.255.255",
  "169.254.169.254",
  "172.16.0.1",
  "172.31.255.255",
  "192.168.0.1",
  "198.19.255.255",
  "203.0.113.7",
  "224.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "::ffff:127.0.0.1",
  "::ffff:10.0.0.1",
  "64:ff9b::a00:1",
  "fe80::1",
  "fc00::1",
  "fd12:3456::1",
  "ff02::1",
  "2001:db8::1",
  "2001::1",
  "2002:a00:1::1",
  "not an address",
];

Deno.test("isPublicIp() knows the networks that are not the internet, also inside IPv6", () => {
  for (const ip of PUBLIC) assert.equal(isPublicIp(ip), true, ip);
  for (const ip of PRIVATE) assert.equal(isPublicIp(ip), false, ip);
});

/** A fetch that writes down where it goes, and which host is named there; with hosts that resolve as told. */
function fake(
  hosts: Record<string, string[]>,
  answer: (url: string) => Response = () => new Response("x"),
): { asked: string[]; fetch: PublicFetch["fetch"] } & Disposable {
  const asked: string[] = [];
  const publicFetch = new PublicFetch({
    fetch: (url, { headers }) => {
      const host = new Headers(headers).get("host");
      asked.push(host === null ? url : `${url} as ${host}`);
      return Promise.resolve(answer(url));
    },
    resolve: (hostname) => Promise.resolve(hosts[hostname] ?? []),
  });
  return { asked, fetch: publicFetch.fetch, [Symbol.dispose]: () => publicFetch.close() };
}

Deno.test("PublicFetch fetches from public addresses only, by name or not", async () => {
  using faked = fake({
    "good.example": ["1.1.1.1"],
    "six.example": ["2606:4700::1"],
    "mixed.example": ["1.1.1.1", "10.0.0.1"],
  });
  const { asked, fetch } = faked;
  await fetch("http://good.example/a?b=%ff", {});
  await fetch("http://good.example:8080/a", {});
  await fetch("http://six.example/a", {});
  await fetch("https://good.example/a", {});
  await fetch("http://8.8.8.8/a", {});
  await fetch("http://[2606:4700::1]/a", {});
  const refused = [
    ["http://mixed.example/", "10.0.0.1"],
    ["https://mixed.example/", "10.0.0.1"],
    ["http://unknown.example/", "none"],
    ["http://127.0.0.1:6881/", "127.0.0.1"],
    ["http://2130706433/", "127.0.0.1"], // the same, as a URL may write it
    ["http://0x7f.1/", "127.0.0.1"],
    ["http://[::1]/", "::1"],
    ["http://[::ffff:10.0.0.1]/", "::ffff:a00:1"],
  ] as const;
  for (const [url, got] of refused) {
    await assert.rejects(fetch(url, {}), { message: `its address must be a public one: got ${got}` });
  }
  assert.deepEqual(asked, [
    "http://1.1.1.1/a?b=%ff as good.example",
    "http://1.1.1.1:8080/a as good.example:8080",
    "http://[2606:4700::1]/a as six.example",
    "https://good.example/a", // by name: its certificate has to be shown
    "http://8.8.8.8/a",
    "http://[2606:4700::1]/a",
  ]);
});

/** Serves at an address of loopback on whatever port, and writes down whom each request was meant for. */
function serve(hostname: string, options: { port?: number; cert?: string; key?: string } = {}) {
  const hosts: string[] = [];
  const server = Deno.serve({ port: 0, ...options, hostname, onListen() {} }, ({ headers }) => {
    hosts.push(headers.get("host") ?? "");
    return new Response(hostname);
  });
  return { hosts, port: server.addr.port, [Symbol.asyncDispose]: () => server.shutdown() };
}

/** A name that is at the first of these addresses when it is looked up first, at the second then, and so on in turn. */
function alternating(...addresses: string[]): (hostname: string) => Promise<string[]> {
  let asked = 0;
  return () => Promise.resolve([addresses[asked++ % addresses.length] as string]);
}

// To a test that can't leave the machine, 127.0.0.1 is the internet and ::1 what must not be reached.
const isAllowed = (ip: string) => ip === "127.0.0.1";

Deno.test("PublicFetch connects to the address that was looked at, also if the name has moved since", async () => {
  await using outside = serve("127.0.0.1");
  await using inside = serve("::1", { port: outside.port });
  const publicFetch = new PublicFetch({ resolve: alternating("127.0.0.1", "::1"), isAllowed });
  const url = `http://rebinding.example:${outside.port}/`;
  try {
    for (let i = 0; i < 3; i++) {
      assert.equal(await (await publicFetch.fetch(url, {})).text(), "127.0.0.1");
      await assert.rejects(publicFetch.fetch(url, {}), { message: /must be a public one: got ::1/ });
    }
    assert.deepEqual(outside.hosts, Array(3).fill(`rebinding.example:${outside.port}`));
    assert.deepEqual(inside.hosts, []);
  } finally {
    publicFetch.close();
  }
});

Deno.test("PublicFetch sends no request over https to where a name leads since, unless it has that name's certificate", async () => {
  await using inside = serve("127.0.0.1", { cert: TEST_CERT, key: TEST_KEY });
  // Looked at, localhost is a public address; a moment later it is this machine.
  const { fetch } = new PublicFetch({ resolve: () => Promise.resolve(["1.1.1.1"]) });
  const url = `https://localhost:${inside.port}/`;
  await assert.rejects(fetch(url, {}), ({ cause }) => /certificate/i.test(cause.message));
  assert.deepEqual(inside.hosts, []);
  // Who trusts whom signed it would have asked: it is the certificate that stops the others.
  using client = Deno.createHttpClient({ caCerts: [TEST_CA] });
  assert.equal(await (await fetch(url, { client })).text(), "127.0.0.1");
});

Deno.test("PublicFetch tries a name's addresses in turn, and tells what became of those that could be reached", async () => {
  await using server = serve("::1");
  const both = new PublicFetch({
    resolve: () => Promise.resolve(["127.0.0.1", "::1"]),
    isAllowed: () => true,
  });
  const ip4 = Deno.createHttpClient({ localAddress: "0.0.0.0", allowHost: true });
  try {
    const url = `http://name.example:${server.port}/`;
    assert.equal(await (await both.fetch(url, {})).text(), "::1");
    await assert.rejects(both.fetch(url, { client: ip4 }), ({ cause }) => /refused/i.test(cause.message));
    assert.deepEqual(server.hosts, [`name.example:${server.port}`]);
  } finally {
    ip4.close();
    both.close();
  }
});

Deno.test("an HTTP tracker with a public address is announced to under its name, over each family", async () => {
  const heard: string[] = [];
  const handler = ({ headers }: Request, { remoteAddr }: Deno.ServeHandlerInfo<Deno.NetAddr>) => {
    heard.push(`${remoteAddr.hostname} ${headers.get("host")}`);
    return answer();
  };
  const first = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, handler);
  const { port } = first.addr;
  const second = Deno.serve({ hostname: "::1", port, onListen() {} }, handler);
  const publicFetch = new PublicFetch({
    resolve: () => Promise.resolve(["::1", "127.0.0.1"]),
    isAllowed: () => true,
  });
  const http = new HttpTrackers();
  try {
    const { signal } = new AbortController();
    const { fetch } = publicFetch;
    await http.announce(`http://tracker.example:${port}/announce`, REQUEST, { signal, fetch });
    assert.deepEqual(heard.sort(), [`127.0.0.1 tracker.example:${port}`, `::1 tracker.example:${port}`]);
  } finally {
    http.close();
    publicFetch.close();
    await Promise.all([first.shutdown(), second.shutdown()]);
  }
});

Deno.test("PublicFetch resolves names as connections do: localhost is not public", async () => {
  const { fetch } = new PublicFetch();
  await assert.rejects(fetch("http://localhost:1/", {}), /must be a public one: got (127\.|::1)/);
});

Deno.test("a redirect to a private address is not followed, from a web seed or a tracker", async () => {
  const redirect = () => Response.redirect("http://192.168.0.1/secret", 302);
  using faked = fake({ "good.example": ["1.1.1.1"] }, redirect);
  const { asked, fetch } = faked;
  const { signal } = new AbortController();
  const range = { from: 0, length: 1, fileLength: 1, signal, onBytes: () => assert.fail("got bytes") };
  await assert.rejects(fetchRange({ ...range, url: "http://good.example/f", fetch }), {
    name: "WebSeedError",
    message: "its address must be a public one: got 192.168.0.1",
  });
  await assert.rejects(
    announceOverHttp("http://good.example/announce", REQUEST, { signal, fetch }),
    { name: "TrackerError", message: /Cannot reach the tracker: its address must be a public one/ },
  );
  assert.equal(asked.filter((url) => url.includes("192.168")).length, 0);
});

Deno.test("PublicFetch does not wait for a name once nobody wants the answer any more", async () => {
  const controller = new AbortController();
  const { fetch } = new PublicFetch({
    fetch: () => assert.fail("fetched"),
    resolve: () => new Promise(() => {}),
  });
  const fetching = fetch("http://slow.example/", { signal: controller.signal });
  controller.abort(new Error("given up"));
  await assert.rejects(fetching, { message: "given up" });
  await assert.rejects(fetch("http://slow.example/", { signal: controller.signal }), { message: "given up" });
});
