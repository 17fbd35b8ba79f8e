import assert from "node:assert/strict";
import {
  formatWebAnswer,
  formatWebDescription,
  formatWebFailure,
  formatWebScrape,
  parseWebMessage,
  TrackerRequestError,
  UNKNOWN_LEFT,
} from "../../protocol/mod.ts";
import { mutate } from "../support/mutations.ts";
import { SeededRandom } from "../support/random.ts";

const HASH = "\x00\x01\x7f\x80\xff&=+% abcdefghij";
const PEER = "-WW0203-\x00\xff0123456789".padEnd(20, "x");
const OTHER = "-WW0203-".padEnd(20, "y");
const OFFER_ID = "\xfeoffer".padEnd(20, ".");

const LEAST = { action: "announce", info_hash: HASH, peer_id: PEER };
/** As webtorrent sends it. */
const WHOLE = {
  numwant: 2,
  uploaded: 5,
  downloaded: 7,
  left: 1000,
  event: "started",
  ...LEAST,
  offers: [
    { offer: { type: "offer", sdp: "v=0\r\nfirst" }, offer_id: OFFER_ID },
    { offer: { type: "offer", sdp: "v=0\r\nsecond" }, offer_id: OTHER },
  ],
};

Deno.test("parseWebMessage() reads an announce with its offers", () => {
  assert.deepEqual(parseWebMessage(JSON.stringify(WHOLE)), {
    action: "announce",
    infoHash: HASH,
    peerId: PEER,
    event: "started",
    uploaded: 5,
    downloaded: 7,
    left: 1000,
    offers: [
      { sdp: "v=0\r\nfirst", offerId: OFFER_ID },
      { sdp: "v=0\r\nsecond", offerId: OTHER },
    ],
  });
});

Deno.test("parseWebMessage() reads the least: nobody knows what is left, and nothing has happened", () => {
  const announce = parseWebMessage(JSON.stringify({ ...LEAST, left: Infinity, event: null }));
  assert.deepEqual(announce, {
    action: "announce",
    infoHash: HASH,
    peerId: PEER,
    event: "none",
    uploaded: 0,
    downloaded: 0,
    left: UNKNOWN_LEFT,
    offers: [],
  });
});

Deno.test("parseWebMessage() reads an answer and whom it is for", () => {
  const answer = { type: "answer", sdp: "v=0" };
  const read = parseWebMessage(JSON.stringify({ ...LEAST, answer, offer_id: OFFER_ID, to_peer_id: OTHER }));
  assert.ok(read.action === "announce");
  assert.deepEqual(read.answer, { sdp: "v=0", offerId: OFFER_ID, toPeerId: OTHER });
});

for (
  const { info_hash, infoHashes } of [
    { info_hash: HASH, infoHashes: [HASH] },
    { info_hash: [HASH, OTHER, HASH], infoHashes: [HASH, OTHER] },
    { info_hash: [], infoHashes: [] },
    { info_hash: undefined, infoHashes: [] },
  ]
) {
  Deno.test(`parseWebMessage() reads a scrape of ${JSON.stringify(info_hash)}`, () => {
    const scrape = parseWebMessage(JSON.stringify({ action: "scrape", info_hash }));
    assert.deepEqual(scrape, { action: "scrape", infoHashes });
  });
}

for (
  const { message, reason } of [
    { message: "", reason: "Invalid message: must be JSON" },
    { message: "[]", reason: "Invalid message: must be an object" },
    { message: "null", reason: "Invalid message: must be an object" },
    { message: "{}", reason: "Invalid action: must be announce or scrape" },
    { message: { action: "announce" }, reason: "Missing info_hash" },
    { message: { ...LEAST, info_hash: "short" }, reason: "Invalid info_hash: must be 20 bytes" },
    { message: { ...LEAST, info_hash: "€".repeat(20) }, reason: "Invalid info_hash: must be 20 bytes" },
    { message: { ...LEAST, peer_id: 7 }, reason: "Invalid peer_id: must be 20 bytes" },
    { message: { ...LEAST, left: -1 }, reason: "Invalid left: must be a whole number of bytes" },
    { message: { ...LEAST, uploaded: "5" }, reason: "Invalid uploaded: must be a whole number of bytes" },
    {
      message: { ...LEAST, event: "exploded" },
      reason: "Invalid event: must be started, stopped or completed",
    },
    { message: { ...LEAST, offers: {} }, reason: "Invalid offers: must be a list" },
    { message: { ...LEAST, offers: [1] }, reason: "Invalid offers: must be a list of objects" },
    {
      message: { ...LEAST, offers: [{ offer: { type: "answer", sdp: "" }, offer_id: OFFER_ID }] },
      reason: 'Invalid offer: must have type "offer" and an sdp',
    },
    {
      message: { ...LEAST, offers: [{ offer: { type: "offer", sdp: "" } }] },
      reason: "Missing offer_id",
    },
    { message: { ...LEAST, answer: { type: "answer", sdp: "" } }, reason: "Missing offer_id" },
    { message: { action: "scrape", info_hash: [HASH, 5] }, reason: "Invalid info_hash: must be 20 bytes" },
  ]
) {
  const text = typeof message === "string" ? message : JSON.stringify(message);
  Deno.test(`parseWebMessage() refuses ${text.slice(0, 90)}: ${reason}`, () => {
    assert.throws(() => parseWebMessage(text), new TrackerRequestError(reason));
  });
}

Deno.test("parseWebMessage() throws nothing but TrackerRequestError: 10,000 mutations", () => {
  const random = new SeededRandom(4242);
  const texts = [
    WHOLE,
    { ...LEAST, answer: { type: "answer", sdp: "v=0" }, offer_id: OFFER_ID, to_peer_id: OTHER },
    { action: "scrape", info_hash: [HASH, OTHER] },
  ].map((message) => new TextEncoder().encode(JSON.stringify(message)));
  let read = 0;
  for (let i = 0; i < 10_000; i++) {
    const text = new TextDecoder().decode(mutate(texts[i % texts.length] as Uint8Array, random));
    try {
      parseWebMessage(text);
      read++;
    } catch (error) {
      if (error instanceof TrackerRequestError) continue;
      throw new Error(`seed ${random.seed}, number ${i}: ${text}`, { cause: error });
    }
  }
  assert.ok(read > 100, `only ${read} of the mutated messages could be read`);
});

Deno.test("answers, offers and failures are the JSON that webtorrent reads", () => {
  assert.deepEqual(
    JSON.parse(formatWebAnswer({ infoHash: HASH, interval: 120, complete: 1, incomplete: 2 })),
    {
      action: "announce",
      info_hash: HASH,
      interval: 120,
      complete: 1,
      incomplete: 2,
    },
  );
  const told = { infoHash: HASH, peerId: PEER, offerId: OFFER_ID, sdp: "v=0" };
  const carrier = { action: "announce", info_hash: HASH, peer_id: PEER, offer_id: OFFER_ID };
  assert.deepEqual(JSON.parse(formatWebDescription("offer", told)), {
    ...carrier,
    offer: { type: "offer", sdp: "v=0" },
  });
  assert.deepEqual(JSON.parse(formatWebDescription("answer", told)), {
    ...carrier,
    answer: { type: "answer", sdp: "v=0" },
  });
  const files = new Map([[HASH, { complete: 1, downloaded: 2, incomplete: 3 }]]);
  assert.deepEqual(JSON.parse(formatWebScrape(files)), {
    action: "scrape",
    files: { [HASH]: { complete: 1, downloaded: 2, incomplete: 3 } },
  });
  assert.deepEqual(JSON.parse(formatWebFailure("no")), { "failure reason": "no" });
  assert.deepEqual(JSON.parse(formatWebFailure("no", parseWebMessage(JSON.stringify(WHOLE)))), {
    action: "announce",
    info_hash: HASH,
    "failure reason": "no",
  });
});
