import assert from "node:assert/strict";
import {
  type AnnounceAnswer,
  type AnnounceResponse,
  decodeAnnounceResponse,
  encodeAnnounceAnswer,
  encodeDictionaryAnswer,
  encodeFailure,
  layOutAnnounceAnswer,
} from "../../protocol/announce.ts";
import { encode } from "../../protocol/bencode.ts";
import { fromBinary, toBinary } from "../../protocol/bytes.ts";
import { TrackerError } from "../../protocol/errors.ts";
import { mutate } from "../support/mutations.ts";
import { SeededRandom } from "../support/random.ts";

const peers = Uint8Array.fromHex("7f0000011ae17f0000021ae2");
const peers6 = Uint8Array.fromHex("20010db80000000000000000000000011ae1");
const peersText = "\x7f\x00\x00\x01\x1a\xe1\x7f\x00\x00\x02\x1a\xe2";
const peers6Text = " \x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x1a\xe1";
const peerId = fromBinary("-SE0100-\x00\xffabcdefghij");
const nobody = new Uint8Array(0);

const least: AnnounceAnswer = { interval: 1800, complete: 0, incomplete: 0, peers: nobody, peers6: nobody };
const full: AnnounceAnswer = {
  interval: 1800,
  minInterval: 60,
  complete: 10,
  incomplete: 9007199254740991,
  peers,
  peers6,
  trackerId: "id\x00\xff",
  warning: "Nächste Woche zu",
  externalIp: Uint8Array.of(10, 0, 0, 1),
};
const fullText = "d8:completei10e" +
  "11:external ip4:\x0a\x00\x00\x01" +
  "10:incompletei9007199254740991e" +
  "8:intervali1800e" +
  "12:min intervali60e" +
  `5:peers12:${peersText}` +
  `6:peers618:${peers6Text}` +
  "10:tracker id4:id\x00\xff" +
  "15:warning message17:N\xc3\xa4chste Woche zue";

/** What a tracker sends, as a binary string. */
function read(text: string): AnnounceResponse {
  return decodeAnnounceResponse(fromBinary(text));
}

Deno.test("encodeAnnounceAnswer() writes canonical bencode", () => {
  assert.equal(
    toBinary(encodeAnnounceAnswer(least)),
    "d8:completei0e10:incompletei0e8:intervali1800e5:peers0:e",
  );
  assert.equal(toBinary(encodeAnnounceAnswer(full)), fullText);
});

Deno.test("encodeAnnounceAnswer() agrees with encode() for numbers and lengths of every size", () => {
  const powers = [...Array.from({ length: 16 }, (_, n) => 10 ** n), 2 ** 31, 2 ** 32, 2 ** 53 - 2];
  for (const [n, power] of powers.entries()) {
    for (const number of [power - 1, power, power + 1]) {
      const list = new Uint8Array(6 * Math.min(number, 2000)).fill(n);
      assert.equal(
        toBinary(encodeAnnounceAnswer({ ...least, complete: number, peers: list })),
        toBinary(encode({ complete: number, incomplete: 0, interval: 1800, peers: list })),
      );
    }
  }
});

Deno.test("encodeAnnounceAnswer() fills its buffer exactly and shares it with no one", () => {
  const bytes = encodeAnnounceAnswer(full);
  assert.equal(bytes.buffer.byteLength, bytes.length);
});

Deno.test("layOutAnnounceAnswer() lends what encodeAnnounceAnswer() gives, however long, until the next call", () => {
  for (const length of [0, 6, 1200, 3000, 6000, 600_000, 12]) {
    const answer = { ...full, peers: new Uint8Array(length).fill(length) };
    const kept = encodeAnnounceAnswer(answer);
    assert.deepEqual(layOutAnnounceAnswer(answer), kept);
    layOutAnnounceAnswer({ ...answer, complete: 77 });
    assert.deepEqual(layOutAnnounceAnswer(answer), kept);
  }
  const lent = layOutAnnounceAnswer(full);
  assert.equal(layOutAnnounceAnswer({ ...full, complete: 99 }).buffer, lent.buffer);
});

Deno.test("encodeAnnounceAnswer() refuses what is not a whole number", () => {
  for (const number of [-1, 0.5, NaN, Infinity, 2 ** 53]) {
    assert.throws(() => encodeAnnounceAnswer({ ...least, complete: number }), RangeError);
    assert.throws(() => encodeAnnounceAnswer({ ...least, minInterval: number }), RangeError);
  }
});

Deno.test("encodeDictionaryAnswer() names the peers one by one, with ids where they are given", () => {
  const bytes = encodeDictionaryAnswer({
    interval: 1800,
    complete: 1,
    incomplete: 2,
    peers: [{ ip: "127.0.0.1", port: 6881, peerId }, { ip: "2001:db8::1", port: 80 }],
  });
  assert.equal(
    toBinary(bytes),
    "d8:completei1e10:incompletei2e8:intervali1800e5:peersl" +
      "d2:ip9:127.0.0.17:peer id20:-SE0100-\x00\xffabcdefghij4:porti6881ee" +
      "d2:ip11:2001:db8::14:porti80eeee",
  );
});

Deno.test("encodeFailure() writes the reason and when to try again (BEP 31)", () => {
  assert.equal(toBinary(encodeFailure("Missing port")), "d14:failure reason12:Missing porte");
  assert.equal(toBinary(encodeFailure("Busy", 5)), "d14:failure reason4:Busy8:retry ini5ee");
  assert.equal(toBinary(encodeFailure("Gone", "never")), "d14:failure reason4:Gone8:retry in5:nevere");
});

const twoPeers = [{ ip: "127.0.0.1", port: 6881 }, { ip: "127.0.0.2", port: 6882 }];

Deno.test("decodeAnnounceResponse() reads what trackers send", () => {
  const rows: { name: string; text: string; response: AnnounceResponse }[] = [
    { name: "nothing at all", text: "de", response: { interval: 1800, peers: [] } },
    {
      name: "opentracker",
      text:
        `d8:completei1e10:downloadedi3e10:incompletei2e8:intervali1733e12:min intervali866e5:peers12:${peersText}e`,
      response: { interval: 1733, minInterval: 866, complete: 1, incomplete: 2, peers: twoPeers },
    },
    {
      name: "bittorrent-tracker",
      text: `d8:completei1e10:incompletei0e8:intervali600e5:peers12:${peersText}6:peers60:e`,
      response: { interval: 600, complete: 1, incomplete: 0, peers: twoPeers },
    },
    {
      name: "chihaya, both families",
      text:
        `d8:completei1e10:incompletei0e8:intervali1800e12:min intervali900e5:peers12:${peersText}6:peers618:${peers6Text}e`,
      response: {
        interval: 1800,
        minInterval: 900,
        complete: 1,
        incomplete: 0,
        peers: [...twoPeers, { ip: "2001:db8::1", port: 6881 }],
      },
    },
    {
      name: "a list of dictionaries",
      text: "d8:intervali60e5:peersl" +
        "d2:ip9:127.0.0.17:peer id20:-SE0100-\x00\xffabcdefghij4:porti6881ee" +
        "d2:ip7:seeder14:porti1eed2:ip14:::ffff:8.8.8.84:porti2eed2:ip5:[::1]4:porti3eeee",
      response: {
        interval: 60,
        peers: [
          { ip: "127.0.0.1", port: 6881, peerId },
          { ip: "seeder1", port: 1 },
          { ip: "8.8.8.8", port: 2 },
          { ip: "::1", port: 3 },
        ],
      },
    },
    { name: "an empty list", text: "d8:intervali60e5:peerslee", response: { interval: 60, peers: [] } },
    {
      name: "keys out of order and bytes after the end",
      text: `d5:peers12:${peersText}8:intervali60ee\r\n`,
      response: { interval: 60, peers: twoPeers },
    },
    {
      name: "peers that can't be dialled are left out",
      text: "d5:peers18:\x00\x00\x00\x00\x1a\xe1\x01\x02\x03\x04\x00\x00\x01\x02\x03\x04\x00\x01e",
      response: { interval: 1800, peers: [{ ip: "1.2.3.4", port: 1 }] },
    },
    {
      name: "broken dictionaries are left out",
      text: "d5:peersl" +
        "de" + "i1e" + "d2:ip7:1.2.3.4e" + "d4:porti1ee" + "d2:ip7:1.2.3.44:porti0ee" +
        "d2:ip7:1.2.3.44:porti65536ee" +
        "d2:ipi1e4:porti1ee" + "d2:ip0:4:porti1ee" + "d2:ip9:300.1.1.14:porti1ee" +
        "d2:ip7:0.0.0.04:porti1ee" +
        "d2:ip4:a b\n4:porti1ee" + "d2:ip7:1.2.3.47:peer id3:abc4:porti9eeee",
      response: { interval: 1800, peers: [{ ip: "1.2.3.4", port: 9 }] },
    },
    {
      name: "an incomplete compact peer",
      text: `d5:peers14:${peersText}\x01\x02e`,
      response: { interval: 1800, peers: twoPeers },
    },
    {
      name: "numbers and texts of the wrong kind or size",
      text: "d8:complete1:x10:incompletei-1e8:intervali0e12:min intervali-5e5:peersi7e15:warning messagei1ee",
      response: { interval: 1800, peers: [] },
    },
    {
      name: "an interval of years",
      text: "d8:intervali99999999e12:min intervali99999999ee",
      response: { interval: 86400, minInterval: 86400, peers: [] },
    },
    {
      name: "an interval beyond all numbers",
      text: "d8:intervali99999999999999999999ee",
      response: { interval: 1800, peers: [] },
    },
    {
      name: "warning, tracker id and external ip",
      text:
        "d11:external ip4:\x08\x08\x04\x048:intervali60e5:peers0:10:tracker id2:\x00\xff15:warning message9:Soon\x1b[31me",
      response: {
        interval: 60,
        peers: [],
        trackerId: "\x00\xff",
        warning: "Soon [31m",
        externalIp: "8.8.4.4",
      },
    },
    {
      name: "an external ip of IPv6, and one that is none",
      text: "d11:external ip16:\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01e",
      response: { interval: 1800, peers: [], externalIp: "::1" },
    },
    { name: "a strange external ip", text: "d11:external ip3:abce", response: { interval: 1800, peers: [] } },
  ];
  for (const { name, text, response } of rows) assert.deepEqual(read(text), response, name);
});

Deno.test("decodeAnnounceResponse() reads what encodeAnnounceAnswer() writes", () => {
  assert.deepEqual(read(fullText), {
    interval: 1800,
    minInterval: 60,
    complete: 10,
    incomplete: 9007199254740991,
    peers: [...twoPeers, { ip: "2001:db8::1", port: 6881 }],
    trackerId: "id\x00\xff",
    warning: "Nächste Woche zu",
    externalIp: "10.0.0.1",
  });
});

Deno.test("decodeAnnounceResponse() takes 5,000 peers at most", () => {
  const many = new Uint8Array(6 * 20_000).fill(1);
  assert.equal(decodeAnnounceResponse(encodeAnnounceAnswer({ ...least, peers: many })).peers.length, 5000);
  const both = encodeAnnounceAnswer({ ...least, peers: many, peers6: new Uint8Array(18 * 6000).fill(1) });
  assert.equal(decodeAnnounceResponse(both).peers.length, 5000);
  const list = encode({ peers: Array.from({ length: 6000 }, () => ({ ip: "1.1.1.1", port: 1 })) });
  assert.equal(decodeAnnounceResponse(list).peers.length, 5000);
});

Deno.test("decodeAnnounceResponse() turns a refusal into a TrackerError that knows when to try again", () => {
  const rows: [text: string, reason: string, retryInSeconds: number | undefined][] = [
    ["d14:failure reason12:Missing porte", "Missing port", undefined],
    ["d14:failure reason4:Busy8:intervali60e5:peers0:8:retry ini5ee", "Busy", 300],
    ["d14:failure reason4:Busy8:retry in2:15e", "Busy", 900],
    ["d14:failure reason4:Gone8:retry in5:nevere", "Gone", Infinity],
    ["d14:failure reason4:Busy8:retry ini0ee", "Busy", undefined],
    ["d14:failure reason4:Busy8:retry ini-1ee", "Busy", undefined],
    ["d14:failure reason4:Busy8:retry in4:soone", "Busy", undefined],
    ["d14:failure reason0:e", "", undefined],
    ["d14:failure reason13:a\x1b]0;b\x07\r\n c\x00de", "a ]0;b c d", undefined],
    ["d14:failure reason9:\xe2\x80\xae\xff\xc3\xa4bcde", "\ufffdäbcd", undefined],
    [`d14:failure reason300:${"x".repeat(300)}e`, "x".repeat(200) + "…", undefined],
  ];
  for (const [text, reason, retryInSeconds] of rows) {
    assert.throws(() => read(text), {
      name: "TrackerError",
      message: `Cannot announce: the tracker refuses: got "${reason}"`,
      retryInSeconds,
    }, text);
  }
});

Deno.test("decodeAnnounceResponse() says what came instead of an answer", () => {
  const rows: [text: string, why: string][] = [
    ["", "it is empty"],
    ["<!DOCTYPE html><html><head><title>404", 'expected bencode: got "<!DOCTYPE ht…"'],
    ["Not found", 'expected bencode: got "Not found"'],
    ["\x1b[2J\x07\x00", 'expected bencode: got "[2J"'],
    ["le", 'expected bencode: got "le"'],
    ["i1e", 'expected bencode: got "i1e"'],
    ["d" + " ".repeat(1024 * 1024), "must be at most 1048576 bytes: got 1048577"],
  ];
  for (const [text, why] of rows) {
    assert.throws(() => read(text), {
      name: "TrackerError",
      message: `Cannot read the tracker's answer: ${why}`,
    }, why);
  }
});

Deno.test("decodeAnnounceResponse() notices a cut anywhere in an answer", () => {
  for (let n = 1; n < fullText.length; n++) {
    assert.throws(
      () => read(fullText.slice(0, n)),
      (error) =>
        error instanceof TrackerError &&
        /its bencode is cut short or broken at byte \d+$/.test(error.message),
      `${n} bytes`,
    );
  }
});

Deno.test("decodeAnnounceResponse() meets 10,000 spoilt answers with nothing but TrackerError", () => {
  const random = new SeededRandom(1800);
  const seeds = [
    fromBinary(fullText),
    encodeFailure("Busy", 5),
    encodeDictionaryAnswer({
      ...least,
      peers: [{ ip: "127.0.0.1", port: 6881, peerId }, { ip: "::1", port: 1 }],
    }),
  ];
  let answers = 0;
  for (let round = 0; round < 10_000; round++) {
    const spoilt = mutate(seeds[round % seeds.length] as Uint8Array, random);
    try {
      const response = decodeAnnounceResponse(spoilt);
      assert.ok(response.interval > 0 && response.interval <= 86400);
      assert.ok(response.peers.every(({ port }) => port > 0 && port < 65536));
      answers++;
    } catch (error) {
      if (!(error instanceof TrackerError)) throw new Error(`for ${spoilt.toHex()}`, { cause: error });
    }
  }
  assert.ok(answers > 500 && answers < 9500, `${answers} answers`);
});
