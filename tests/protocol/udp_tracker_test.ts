import assert from "node:assert/strict";
import { type AnnounceRequest, UNKNOWN_LEFT } from "../../protocol/announce.ts";
import { concat, fromHex, toBinary, toHex } from "../../protocol/bytes.ts";
import { encodeCompact4, encodeCompact6 } from "../../protocol/compact.ts";
import { TrackerError, TrackerRequestError } from "../../protocol/errors.ts";
import { UdpAnswerWriter, UdpRequestReader } from "../../protocol/udp_request.ts";
import {
  decodeUdpAnnounce,
  decodeUdpConnect,
  decodeUdpScrape,
  encodeUdpAnnounce,
  encodeUdpConnect,
  encodeUdpScrape,
  MAX_UDP_SCRAPE,
  readUdpHeader,
  UdpAction,
} from "../../protocol/udp_tracker.ts";
import { mutate } from "../support/mutations.ts";
import { SeededRandom } from "../support/random.ts";

const HASH = toBinary(fromHex("00017f80ff263d2b252061626364656667686970"));
const OTHER_HASH = toBinary(fromHex("ff".repeat(20)));
const CONNECTION = fromHex("c0ffee0123456789");

const REQUEST: AnnounceRequest = {
  infoHash: HASH,
  peerId: "-SE0100-abcdefghijkl",
  port: 6881,
  uploaded: 3,
  downloaded: 2 ** 40 + 1,
  left: 500,
  event: "started",
  numwant: 30,
  key: "deadbeef",
};

// A field a line, in the order of BEP 15.
const CONNECT_HEX = [
  "0000041727101980", // protocol id
  "00000000", // action: connect
  "89abcdef", // transaction id
].join("");
const ANNOUNCE_HEX = [
  "c0ffee0123456789", // connection id
  "00000001", // action: announce
  "00000007", // transaction id
  "00017f80ff263d2b252061626364656667686970", // info hash
  "2d5345303130302d6162636465666768696a6b6c", // peer id
  "0000010000000001", // downloaded
  "00000000000001f4", // left
  "0000000000000003", // uploaded
  "00000002", // event: started
  "00000000", // IP address: the sender's
  "deadbeef", // key
  "0000001e", // numwant
  "1ae1", // port
].join("");
const SCRAPE_HEX = [
  "c0ffee0123456789",
  "00000002", // action: scrape
  "00000007",
  "00017f80ff263d2b252061626364656667686970",
  "ff".repeat(20),
].join("");

function announce(changes: Partial<AnnounceRequest> = {}, urlData = ""): Uint8Array {
  return encodeUdpAnnounce({ connectionId: CONNECTION, transactionId: 7, urlData }, {
    ...REQUEST,
    ...changes,
  });
}

/** A reader that has received and looked at a datagram. */
function received(datagram: Uint8Array): UdpRequestReader {
  const reader = new UdpRequestReader();
  reader.space.set(datagram.subarray(0, reader.space.length));
  assert.ok(reader.read(Math.min(datagram.length, reader.space.length)), "no request of BEP 15");
  return reader;
}

Deno.test("requests lie in a datagram as BEP 15 draws them", () => {
  assert.equal(toHex(encodeUdpConnect(0x89abcdef)), CONNECT_HEX);
  assert.equal(toHex(announce()), ANNOUNCE_HEX);
  const scrape = encodeUdpScrape({ connectionId: CONNECTION, transactionId: 7 }, [HASH, OTHER_HASH]);
  assert.equal(toHex(scrape), SCRAPE_HEX);
});

Deno.test("a tracker reads every field of an announce", () => {
  const reader = received(fromHex(ANNOUNCE_HEX));
  assert.equal(reader.action, UdpAction.announce);
  assert.equal(reader.transactionId, 7);
  assert.deepEqual([reader.connectionHigh, reader.connectionLow], [0xc0ffee01, 0x23456789]);
  assert.deepEqual(reader.announce(), {
    ...REQUEST,
    compact: true,
    noPeerId: undefined,
    ip: undefined,
    trackerId: undefined,
  });
  assert.equal(reader.urlData(), "");
});

for (const event of ["none", "completed", "started", "stopped", "paused"] as const) {
  Deno.test(`the event ${event} survives the way through a datagram`, () => {
    assert.equal(received(announce({ event })).announce().event, event);
  });
}

Deno.test("what isn't said comes out as not said", () => {
  const { key, left, numwant } = received(
    announce({ key: undefined, left: UNKNOWN_LEFT, numwant: undefined }),
  ).announce();
  assert.deepEqual([key, left, numwant], [undefined, UNKNOWN_LEFT, undefined]);
  assert.equal(received(announce({ numwant: 0 })).announce().numwant, 0);
  assert.equal(toHex(announce({ left: UNKNOWN_LEFT }).subarray(64, 72)), "ffffffffffffffff");
  assert.equal(toHex(announce({ key: "no hex" }).subarray(88, 92)), "00000000");
});

Deno.test("an announce's address is read, as text, and only where there is one", () => {
  const datagram = announce();
  datagram.set([203, 0, 113, 255], 84);
  assert.equal(received(datagram).announce().ip, "203.0.113.255");
});

Deno.test("URL data (BEP 41) of any length goes through; other options are passed over", () => {
  for (const length of [1, 9, 255, 256, 600, 1024]) {
    const path = "/announce?passkey=".padEnd(length, "x").slice(0, length);
    assert.equal(received(announce({}, path)).urlData(), path);
  }
  const options = fromHex("01" + "0203" + "2f6162" + "7f02" + "0000" + "0201" + "63" + "00" + "0201" + "64");
  assert.equal(received(concat([announce(), options])).urlData(), "/abc");
});

Deno.test("an announce that can't be right is refused in words", () => {
  const refuses = (datagram: Uint8Array, words: RegExp) =>
    assert.throws(() => received(datagram).announce(), (error) => {
      assert.ok(error instanceof TrackerRequestError);
      assert.match(error.message, words);
      return true;
    });
  refuses(announce({ port: 0 }), /port/);
  refuses(announce().subarray(0, 97), /short/);
  refuses(concat([announce(), fromHex("0205ab")]), /options/);
  refuses(concat([announce(), fromHex("02")]), /options/);
  const event = announce();
  event[83] = 9;
  refuses(event, /event/);
});

Deno.test("what is no request of BEP 15 is none", () => {
  const reader = new UdpRequestReader();
  for (const hex of ["", "00", CONNECT_HEX.slice(0, 30), CONNECT_HEX.replace("41727101980", "41727101981")]) {
    reader.space.set(fromHex(hex));
    assert.equal(reader.read(hex.length / 2), false, hex);
  }
});

Deno.test("a connect and its answer", () => {
  const reader = received(encodeUdpConnect(0xffff_fffe));
  assert.equal(reader.action, UdpAction.connect);
  const answer = new UdpAnswerWriter(0).connect(reader.transactionId, 0xc0ffee01, 0x23456789);
  assert.equal(toHex(answer), "00000000fffffffec0ffee0123456789");
  assert.deepEqual(readUdpHeader(answer), { action: UdpAction.connect, transactionId: 0xffff_fffe });
  assert.deepEqual(decodeUdpConnect(answer), CONNECTION);
});

Deno.test("an announce's answer, of either family", () => {
  const writer = new UdpAnswerWriter(36);
  const peers4 = [{ ip: "192.0.2.1", port: 6881 }, { ip: "192.0.2.2", port: 65535 }];
  const peers6 = [{ ip: "2001:db8::1", port: 6881 }];
  const counts = { interval: 1800, complete: 2, incomplete: 1 };
  const answer = writer.announce(9, { ...counts, peers: encodeCompact4(peers4) });
  assert.equal(toHex(answer), "00000001000000090000070800000001" + "00000002" + "c00002011ae1c0000202ffff");
  assert.deepEqual(decodeUdpAnnounce(answer, false), { ...counts, peers: peers4 });
  const answer6 = writer.announce(9, { ...counts, peers: encodeCompact6(peers6) });
  assert.deepEqual(decodeUdpAnnounce(answer6, true), { ...counts, peers: peers6 });
});

Deno.test("decodeUdpAnnounce() leaves out peers that nobody can dial, and doesn't believe impossible numbers", () => {
  const header = "0000000100000009" + "ffffffff" + "ffffffff" + "80000000";
  const answer = fromHex(header + "c000020100000" + "0000000" + "1ae1" + "c0000201" + "1ae1" + "c000");
  assert.deepEqual(decodeUdpAnnounce(answer, false), {
    interval: 1800,
    complete: 0,
    incomplete: 0,
    peers: [{ ip: "192.0.2.1", port: 6881 }],
  });
});

Deno.test("a scrape and its answer, in the order of the question", () => {
  const reader = received(fromHex(SCRAPE_HEX));
  assert.equal(reader.scrapes(), 2);
  assert.deepEqual([reader.scraped(0), reader.scraped(1)], [HASH, OTHER_HASH]);
  const writer = new UdpAnswerWriter(0);
  writer.scraped(0, 1, 2, 3);
  writer.scraped(1, 4, 5, 6);
  const answer = writer.scrape(reader.transactionId, 2);
  assert.deepEqual(decodeUdpScrape(answer, 2), [
    { complete: 1, downloaded: 2, incomplete: 3 },
    { complete: 4, downloaded: 5, incomplete: 6 },
  ]);
  assert.throws(() => decodeUdpScrape(answer, 3), TrackerError);
});

Deno.test("a scrape holds 74 info hashes, no more and no fewer than one", () => {
  const ids = { connectionId: CONNECTION, transactionId: 7 };
  const most = encodeUdpScrape(ids, Array(MAX_UDP_SCRAPE).fill(HASH));
  assert.equal(received(most).scrapes(), 74);
  assert.equal(received(concat([most, new Uint8Array(40)])).scrapes(), 74);
  assert.throws(() => encodeUdpScrape(ids, Array(75).fill(HASH)), RangeError);
  assert.throws(() => encodeUdpScrape(ids, []), RangeError);
  assert.throws(() => received(fromHex(SCRAPE_HEX.slice(0, 32))).scrapes(), TrackerRequestError);
});

Deno.test("an error's words reach the user, cut to the length that is allowed", () => {
  const writer = new UdpAnswerWriter(0);
  const answer = writer.error(7, "Tracker is full", 98);
  assert.throws(() => decodeUdpAnnounce(answer, false), {
    name: "TrackerError",
    message: `Cannot announce: the tracker refuses: got "Tracker is full"`,
  });
  assert.equal(writer.error(7, "Tracker is full", 12).length, 12);
  assert.throws(() => decodeUdpScrape(writer.error(7, "x", 98), 1), /Cannot scrape/);
});

Deno.test("readers of both sides throw nothing but their own errors: 10,000 mutations of each", () => {
  const random = new SeededRandom(15);
  const writer = new UdpAnswerWriter(600);
  const requests = [
    encodeUdpConnect(1),
    announce({}, "/announce?passkey=0123456789"),
    encodeUdpScrape({ connectionId: CONNECTION, transactionId: 7 }, [HASH, OTHER_HASH]),
  ];
  const answers = [
    writer.connect(1, 2, 3).slice(),
    writer.announce(1, { interval: 9, complete: 1, incomplete: 1, peers: random.bytes(120) }).slice(),
    writer.scrape(1, 2).slice(),
    writer.error(1, "No", 98).slice(),
  ];
  const reader = new UdpRequestReader();
  let read = 0;
  for (let i = 0; i < 10_000; i++) {
    const request = mutate(requests[i % 3] as Uint8Array, random);
    reader.space.set(request);
    const answer = mutate(answers[i % 4] as Uint8Array, random);
    const attempts: (() => unknown)[] = [
      () => {
        if (!reader.read(request.length) || reader.action !== UdpAction.announce) return;
        assert.equal(reader.announce().infoHash.length, 20);
        assert.ok(reader.urlData().length <= request.length);
        read++;
      },
      () => {
        if (!reader.read(request.length) || reader.action !== UdpAction.scrape) return;
        for (let place = reader.scrapes() - 1; place >= 0; place--) reader.scraped(place);
      },
      () => readUdpHeader(answer),
      () => decodeUdpConnect(answer),
      () => decodeUdpAnnounce(answer, i % 2 === 0),
      () => decodeUdpScrape(answer, 2),
    ];
    for (const attempt of attempts) {
      try {
        attempt();
      } catch (error) {
        if (error instanceof TrackerRequestError || error instanceof TrackerError) continue;
        throw new Error(`seed ${random.seed}, number ${i}`, { cause: error });
      }
    }
  }
  assert.ok(read > 500, `only ${read} of the mutated announces were whole`);
});
