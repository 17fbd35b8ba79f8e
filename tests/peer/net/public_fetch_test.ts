import assert from "node:assert/strict";
import { isPublicIp, publicFetch } from "../../../peer/net/public_fetch.ts";
import { announceOverHttp } from "../../../peer/announce/http_tracker.ts";
import { fetchRange } from "../../../peer/net/http_range.ts";
import type { AnnounceRequest } from "../../../protocol/announce.ts";

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

/** A fetch that writes down what it was asked for, with hosts that resolve as told. */
function fake(hosts: Record<string, string[]>, answer: (url: string) => Response = () => new Response("x")) {
  const urls: string[] = [];
  const fetch = publicFetch({
    fetch: (url) => {
      urls.push(url);
      return Promise.resolve(answer(url));
    },
    resolve: (hostname) => Promise.resolve(hosts[hostname] ?? []),
  });
  return { urls, fetch };
}

Deno.test("publicFetch() fetches from public addresses only, by name or not", async () => {
  const { fetch, urls } = fake({ "good.example": ["1.1.1.1"], "mixed.example": ["1.1.1.1", "10.0.0.1"] });
  await fetch("http://good.example/a", {});
  await fetch("http://8.8.8.8/a", {});
  await fetch("http://[2606:4700::1]/a", {});
  const refused = [
    ["http://mixed.example/", "10.0.0.1"],
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
  assert.deepEqual(urls, ["http://good.example/a", "http://8.8.8.8/a", "http://[2606:4700::1]/a"]);
});

Deno.test("publicFetch() resolves names as connections do: localhost is not public", async () => {
  await assert.rejects(publicFetch()("http://localhost:1/", {}), /must be a public one: got (127\.|::1)/);
});

Deno.test("a redirect to a private address is not followed, from a web seed or a tracker", async () => {
  const redirect = () => Response.redirect("http://192.168.0.1/secret", 302);
  const { fetch, urls } = fake({ "good.example": ["1.1.1.1"] }, redirect);
  const { signal } = new AbortController();
  const range = { from: 0, length: 1, fileLength: 1, signal, onBytes: () => assert.fail("got bytes") };
  await assert.rejects(fetchRange({ ...range, url: "http://good.example/f", fetch }), {
    name: "WebSeedError",
    message: "its address must be a public one: got 192.168.0.1",
  });
  const request: AnnounceRequest = {
    infoHash: "i".repeat(20),
    peerId: "p".repeat(20),
    port: 1,
    uploaded: 0,
    downloaded: 0,
    left: 0,
    event: "started",
    compact: true,
  };
  await assert.rejects(
    announceOverHttp("http://good.example/announce", request, { signal, fetch }),
    { name: "TrackerError", message: /Cannot reach the tracker: its address must be a public one/ },
  );
  assert.equal(urls.filter((url) => url.includes("192.168")).length, 0);
});

Deno.test("publicFetch() does not wait for a name once nobody wants the answer any more", async () => {
  const controller = new AbortController();
  const fetch = publicFetch({ fetch: () => assert.fail("fetched"), resolve: () => new Promise(() => {}) });
  const fetching = fetch("http://slow.example/", { signal: controller.signal });
  controller.abort(new Error("given up"));
  await assert.rejects(fetching, { message: "given up" });
  await assert.rejects(fetch("http://slow.example/", { signal: controller.signal }), { message: "given up" });
});
