// Fuzz targets: what anybody may send to a tracker, by all its protocols, and what its operator may have written.

import assert from "node:assert/strict";
import {
  decodeUdpConnect,
  encodeUdpAnnounce,
  encodeUdpConnect,
  encodeUdpScrape,
  parseAnnounceQuery,
  parseIp,
  parseScrapeQuery,
  toBinary,
  TrackerRequestError,
} from "../../../protocol/mod.ts";
import { askerBehind } from "../../../tracker/forwarded.ts";
import { MAX_PROXY_HEAD_BYTES, parseProxyHead, ProxyProtocolError } from "../../../tracker/proxy_protocol.ts";
import { readSettings, SettingsError } from "../../../tracker/settings.ts";
import { hashBytes } from "../../../tracker/hash.ts";
import { SnapshotError, SnapshotReader, SnapshotWriter } from "../../../tracker/snapshot.ts";
import { parseSubnet, type Subnet, Subnets } from "../../../tracker/subnets.ts";
import { UdpResponder } from "../../../tracker/udp_responder.ts";
import type { WebConnection } from "../../../tracker/web_swarms.ts";
import { WebTracker } from "../../../tracker/web_tracker.ts";
import { announce, answerNow, newTracker, request } from "../../tracker/announcing.ts";
import { HASH, LEAST, TestApp, TOKEN } from "../../tracker/http.ts";
import { asText, type Feed, type FuzzTarget, texts } from "./target.ts";

const QUERY_WORDS = [
  ...[
    "info_hash=",
    "&port=",
    "&left=",
    "&event=",
    "&numwant=",
    "&compact=0",
    "&ip=",
    "&key=",
    "%e2%80",
    "&trackerid=",
  ],
];
const OFFER_ID = "o".repeat(20);
const WEB = { info_hash: "a".repeat(20), peer_id: "b".repeat(20) };
const FROM = Uint8Array.of(192, 0, 2, 1);
/** Where a snapshot's frame begins to be covered by its checksum. */
const SUMMED_FROM = 8;
/** As many swarms as a tracker gets of spoilt announces before a new one takes its place. */
const PER_TRACKER = 2000;
const UNIX = 1_700_000_000_000;

export const TRACKER_TARGETS: readonly FuzzTarget[] = [
  {
    name: "queries of announces and scrapes",
    corpus: () =>
      texts(`${LEAST}&left=5&event=started&compact=1&numwant=50&key=abc&ip=192.0.2.9`, `info_hash=${HASH}`),
    words: QUERY_WORDS,
    errors: [TrackerRequestError],
    open: () => (input) => {
      const query = toBinary(input);
      try {
        for (const hash of parseScrapeQuery(query)) assert.equal(hash.length, 20);
      } catch (error) {
        if (!(error instanceof TrackerRequestError)) throw error;
      }
      const { infoHash, peerId, port } = parseAnnounceQuery(query);
      assert.deepEqual([infoHash.length, peerId.length], [20, 20]);
      assert.ok(port >= 0 && port < 65_536);
    },
  },
  {
    name: "requests over HTTP",
    cost: 30,
    corpus: () =>
      texts(
        `GET /announce?${LEAST}&left=0\n\n`,
        `GET /scrape?info_hash=${HASH}&info_hash=${HASH}\nx-forwarded-for: 192.0.2.4, 192.0.2.5\n\n`,
        'POST /api/session\n\n{"token":"guessed"}',
        "GET /torrents/824786acae2be35484bc21c86bef0f5cbfef21b5.torrent\n\n",
        "GET /api/torrents?offset=1\n\n",
        'GET /swarms/../../etc/passwd\nforwarded: for=192.0.2.43, for="[2001:db8::1]"\n\n',
      ),
    words: [
      ...QUERY_WORDS,
      "GET",
      "HEAD",
      "OPTIONS",
      "/api/lists",
      "/metrics",
      "/health",
      "..%2f",
      "x-forwarded-for: ",
    ],
    errors: [],
    open: () => httpFeed("192.0.2.77"),
  },
  {
    name: "the operator's requests over HTTP",
    cost: 30,
    corpus: () =>
      texts(
        "PUT /api/lists/deny/824786acae2be35484bc21c86bef0f5cbfef21b5\n\n",
        "PUT /api/lists/addresses/192.0.2.0/24\n\n",
        "DELETE /api/lists/clients/-XL\n\n",
        'PATCH /api/settings\n\n{"intervalSeconds":900}',
        "GET /api/swarms?sort=name&order=asc&offset=0&limit=9&search=a&filter=dead&since=run-1\n\n",
        "GET /api/history?range=day&from=1800000000\n\n",
        "GET /api/audit?before=100&limit=10\n\n",
        "DELETE /api/swarms/824786acae2be35484bc21c86bef0f5cbfef21b5/peers/192.0.2.1:1\n\n",
        'PUT /api/lists\ncontent-type: application/json\n\n{"mode":"listed"}',
        "POST /api/lists/allow\n\n824786acae2be35484bc21c86bef0f5cbfef21b5\nffffffffffffffffffffffffffffffffffffffff\n",
        `POST /api/torrents\n\nd4:infod6:lengthi5e4:name1:a12:piece lengthi16384e6:pieces20:${
          "h".repeat(20)
        }ee`,
        "GET /api/lists/allow?offset=1&limit=2\n\n",
        "DELETE /api/torrents/824786acae2be35484bc21c86bef0f5cbfef21b5\n\n",
      ),
    words: ["PUT", "POST", "DELETE", "/api/lists/", "addresses/", "::/0", "/33", "deny", '"mode"', "d4:info"],
    errors: [],
    open: () => httpFeed("127.0.0.1", [["authorization", `Bearer ${TOKEN}`]]),
  },
  {
    name: "datagrams",
    cost: 2,
    corpus: () => {
      const ids = { connectionId: connected(), transactionId: 7 };
      return [
        encodeUdpConnect(1),
        encodeUdpAnnounce(
          { ...ids, urlData: "/announce?passkey=1" },
          request({ at: "192.0.2.1:6881", left: 0 }),
        ),
        encodeUdpScrape(ids, ["a".repeat(20), "b".repeat(20)]),
      ];
    },
    errors: [],
    open: () => {
      let [responder, inputs] = [newResponder(), 0];
      const stranger = Uint8Array.of(198, 51, 100, 1);
      return (input) => {
        if (++inputs % PER_TRACKER === 0) responder = newResponder();
        const { space } = responder;
        const datagram = input.subarray(0, space.length);
        space.set(datagram);
        const answer = answerNow(responder, datagram.length, FROM);
        assert.ok(answer === undefined || answer.length <= 1280, "the answer is too long for one packet");
        // The same from an address that has never been given a connection id.
        space.set(datagram);
        const cold = answerNow(responder, datagram.length, stranger);
        assert.ok(
          cold === undefined || cold.length <= datagram.length,
          "the answer is longer than the question",
        );
      };
    },
  },
  {
    name: "messages over WebSockets",
    cost: 4,
    corpus: () =>
      texts(
        JSON.stringify({
          ...{
            action: "announce",
            ...WEB,
            event: "started",
            left: 5,
            uploaded: 0,
            downloaded: 0,
            numwant: 5,
          },
          offers: [{ offer_id: OFFER_ID, offer: { type: "offer", sdp: "v=0" } }],
        }),
        JSON.stringify({
          ...{ action: "announce", ...WEB, answer: { type: "answer", sdp: "v=0" }, offer_id: OFFER_ID },
          to_peer_id: "c".repeat(20),
        }),
        JSON.stringify({ action: "scrape", info_hash: [WEB.info_hash, "d".repeat(20)] }),
      ),
    words: [
      '"action":',
      '"offers":[',
      '"\\u0000"',
      "[[[[[[[[",
      '"left":-1',
      '"toString"',
      '"event":"stopped"',
    ],
    errors: [],
    open: () => {
      let [web, inputs] = [new WebTracker(newTracker()), 0];
      const connection: WebConnection = {
        endpoint: Uint8Array.of(192, 0, 2, 1, 0xc3, 0x50),
        peers: new Map(),
        guests: new Map(),
        send: (text: string) => JSON.parse(text),
      };
      return (input) => {
        if (++inputs % PER_TRACKER === 0) {
          web.disconnect(connection);
          web = new WebTracker(newTracker());
        }
        web.receive(asText(input), connection, inputs);
      };
    },
  },
  {
    name: "what proxies say of askers",
    corpus: () =>
      texts(
        "192.0.2.1, 203.0.113.7",
        'for="[2001:db8::1]:80";proto=http, for=192.0.2.60',
        "::1,::ffff:1.2.3.4",
      ),
    words: ["for=", '"', "unknown", "_x", ",,,,", "203.0.113.1"],
    errors: [],
    open: () => {
      const trusted = new Subnets();
      trusted.add(parseSubnet("203.0.113.0/24") as Subnet);
      const proxy = Uint8Array.of(203, 0, 113, 7);
      return (input) => {
        const text = asText(input);
        for (
          const headers of [{ xForwardedFor: text, forwarded: undefined }, {
            xForwardedFor: undefined,
            forwarded: text,
          }]
        ) {
          const asker = askerBehind(proxy, headers, trusted);
          assert.ok(asker === undefined || asker.length === 4 || asker.length === 16);
        }
      };
    },
  },
  {
    name: "PROXY heads",
    corpus: () => [
      ...texts("PROXY TCP4 192.0.2.7 203.0.113.1 6881 80\r\nGET / HTTP/1.1\r\n", "PROXY UNKNOWN\r\n"),
      Uint8Array.fromHex("0d0a0d0a000d0a515549540a2111000cc0000207cb0071011ae10050474554"),
    ],
    words: ["PROXY TCP6 ::1 ::1 1 2", "\r\n\r\n\0\r\nQUIT\n", "65536", "ffff:f104:f104"],
    errors: [ProxyProtocolError],
    open: () => (input) => {
      const head = parseProxyHead(input);
      if (head === undefined) return;
      assert.ok(
        head.length > 0 && head.length <= Math.min(input.length, MAX_PROXY_HEAD_BYTES),
        `${head.length}`,
      );
      const { hostname = "::1", port = 0 } = head.client ?? {};
      assert.ok(parseIp(hostname) !== undefined && port >= 0 && port < 65_536, `${hostname} ${port}`);
    },
  },
  {
    name: "snapshots of swarms",
    cost: 40,
    corpus: () => {
      const tracker = newTracker();
      for (let i = 0; i < 5; i++) {
        announce(tracker, { at: `192.0.2.${i}:6881`, swarm: `s${i % 3}`, left: i % 2 });
      }
      announce(tracker, { at: "[2001:db8::1]:6881" });
      const frame = new SnapshotWriter(tracker).next(0, UNIX);
      return [frame?.slice() ?? new Uint8Array()];
    },
    errors: [SnapshotError],
    open: () => (input) => {
      const tracker = newTracker();
      const reader = new SnapshotReader(tracker);
      reader.frameLength(input);
      if (input.length >= SUMMED_FROM) {
        const view = new DataView(input.buffer, input.byteOffset);
        view.setUint32(4, hashBytes(0, input, SUMMED_FROM), true);
      }
      reader.read(input, 0, UNIX);
      announce(tracker, { at: "198.51.100.1:1", swarm: "s0" });
      tracker.reap(1e9);
    },
  },
  {
    name: "the tracker's config file",
    cost: 40,
    corpus: () =>
      texts(
        '{ "port": 6969, "interval": 900, "data": "x.sqlite", "noUdp": true, "maxPeers": 1000, "rateLimit": 5 }',
        '{ "$schema": "x", "host": "::1", "trustProxy": ["10.0.0.0/8"], "log": "requests", "logFormat": "json" }',
      ),
    words: ['"port":', '"trustProxy":', "1e309", "-0", "true", '"__proto__":', "[[[["],
    errors: [SettingsError],
    open: () => (input) => {
      const sources = { readFile: () => asText(input), variable: () => undefined };
      const { port = 1, trustProxy = [] } = readSettings({ config: "x" }, sources);
      assert.ok(Number.isInteger(port) && Array.isArray(trustProxy));
    },
  },
];

function newResponder(): UdpResponder {
  return new UdpResponder(newTracker(), Uint32Array.of(1, 2, 3, 4));
}

/** A connection id that such a responder gives to FROM. */
function connected(): Uint8Array {
  const responder = newResponder();
  const question = encodeUdpConnect(5);
  responder.space.set(question);
  return decodeUdpConnect(answerNow(responder, question.length, FROM)?.slice() ?? new Uint8Array());
}

/** A request as text: method and path, headers, an empty line, the body. It must be answered, and not with our bug. */
async function httpFeed(from: string, own: [string, string][] = []): Promise<Feed> {
  let [app, inputs] = [await TestApp.create(), 0];
  return async (input) => {
    if (++inputs % PER_TRACKER === 0) app = await TestApp.create();
    const end = indexOfBlankLine(input);
    const [first = "", ...lines] = asText(input.subarray(0, end)).split("\n");
    const [method = "GET", path = "/"] = first.split(" ");
    const body = input.slice(end + 2);
    let init: RequestInit;
    let target: string;
    try {
      const headers = lines.map((line): [string, string] => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon), line.slice(colon + 1).trim()];
      });
      target = path.startsWith("/") ? `http://localhost:6969${path}` : path;
      init = { method, headers: [...own, ...headers], ...(body.length > 0 ? { body } : {}) };
      new Request(target, init); // what no HTTP server would pass on
      new URL(target);
    } catch {
      return;
    }
    const response = await app.get(target, { from, ...init });
    await response.body?.cancel();
    // What went wrong in a way of ours is a 500, and logged. The page isn't built here, which is a 503.
    assert.notEqual(response.status, 500);
    assert.deepEqual(app.logged, []);
  };
}

function indexOfBlankLine(input: Uint8Array): number {
  for (let at = 0; at + 1 < input.length; at++) if (input[at] === 10 && input[at + 1] === 10) return at;
  return input.length;
}
