import assert from "node:assert/strict";
import { fromHex } from "../../../protocol/mod.ts";
import { StoreError } from "../../../tracker/store/store_link.ts";
import {
  readActiveReply,
  readAnnounceReply,
  readPeersReply,
  readScrapeReply,
  toDictionaryPeers,
} from "../../../tracker/store/store_reply.ts";
import { mutate } from "../../support/mutations.ts";
import { pseudoRandomBytes, SeededRandom } from "../../support/random.ts";

const SEED = 20_270_115;
const MUTATIONS = 10_000;

const PEER4 = fromHex("c00002011ae1");
const PEER6 = fromHex("20010db80000000000000000000000011ae1");
const ID = new TextEncoder().encode("-SE0100-abcdefghijkl");

/** What each reader is given when all is well, and what reads it. */
const REPLIES: { name: string; reply: unknown[]; read: (reply: unknown) => unknown }[] = [
  { name: "an announce's", reply: [0, 3, 4, 5, 1, PEER4, PEER6], read: readAnnounceReply },
  { name: "an announce's with ids", reply: [0, 3, 4, 5, 0, PEER4, PEER6, ID, ID], read: readAnnounceReply },
  { name: "a scrape's", reply: [1, 2, 3, 1], read: readScrapeReply },
  {
    name: "the peers'",
    reply: [PEER4, pseudoRandomBytes(63, 1), PEER6, pseudoRandomBytes(63, 2)],
    read: readPeersReply,
  },
  {
    name: "the active swarms'",
    reply: [pseudoRandomBytes(20, 1), new TextEncoder().encode("3 4"), 1_800_000_000_000],
    read: readActiveReply,
  },
];

/** Something else in a part's place. */
function spoil(part: unknown, random: SeededRandom): unknown {
  const others = [
    null,
    undefined,
    -1,
    1.5,
    NaN,
    2 ** 60,
    "text",
    [],
    new Uint8Array(0),
    new Error("an error reply"),
    7,
  ];
  return part instanceof Uint8Array && random.below(2) === 0
    ? mutate(part, random)
    : others[random.below(others.length)];
}

for (const { name, read, reply } of REPLIES) {
  Deno.test(`${name} reply is read, and whatever else comes is a StoreError or a reply of the same kind`, () => {
    assert.ok(read(reply));
    const random = new SeededRandom(SEED);
    let refused = 0;
    for (let i = 0; i < MUTATIONS; i++) {
      const spoilt = [...reply];
      for (let faults = 1 + random.below(2); faults > 0; faults--) {
        const at = random.below(spoilt.length);
        if (random.below(8) === 0) spoilt.splice(at, 1);
        else spoilt[at] = spoil(spoilt[at], random);
      }
      try {
        assert.ok(JSON.stringify(read(random.below(50) === 0 ? spoilt[0] : spoilt)) !== undefined);
      } catch (error) {
        assert.ok(error instanceof StoreError, `seed ${SEED}, mutation ${i}: ${error}`);
        assert.equal(error.isOutage, false);
        refused++;
      }
    }
    assert.ok(refused > MUTATIONS / 4, `only ${refused} were refused`);
  });
}

Deno.test("an announce's reply must name as many ids as peers, whole addresses, and counts", () => {
  const refuses = (...reply: unknown[]) =>
    assert.throws(() => readAnnounceReply(reply), {
      name: "StoreError",
      message: /^Cannot read the store's reply: must be /,
    });
  refuses(0, 3, 4, 5, 0, PEER4, PEER6, ID, new Uint8Array(0));
  refuses(0, 3, 4, 5, 0, PEER4.subarray(1), PEER6);
  refuses(0, 3, -4, 5, 0, PEER4, PEER6);
  refuses("0");
});

Deno.test("an announce that wasn't done has no counts", () => {
  assert.deepEqual(readAnnounceReply([2]).status, 2);
});

Deno.test("compact peers of a store as a dictionary's", () => {
  assert.deepEqual(toDictionaryPeers(PEER4, 6, new Uint8Array(0)), [{ ip: "192.0.2.1", port: 6881 }]);
  assert.deepEqual(toDictionaryPeers(PEER6, 18, ID), [{ ip: "2001:db8::1", port: 6881, peerId: ID }]);
});
