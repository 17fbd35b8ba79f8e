// What strangers do to a peer that downloads.

import {
  BLOCK_LENGTH,
  concat,
  encode,
  encodeExtendedHandshake,
  encodeMetadataRequest,
  encodePex,
  ExtensionId,
  MessageId,
} from "../../../protocol/mod.ts";
import { extended, message, type Misdeed, type Stranger } from "./stranger.ts";

/** Messages in one burst of a flood, and its time: thousands a second, and less than the victim's line can take. */
const BURST = 250;
const BURST_MS = 100;
const MOST_WAITING = 1 << 20;
/** A piece that is asked for although nothing was unchoked; the victim has it from the start. */
const HELD_PIECE = 0;

const HAVE_ALL = message(MessageId.haveAll);
const UNCHOKE = message(MessageId.unchoke);
const CHOKE = message(MessageId.choke);
const INTERESTED = message(MessageId.interested);

/** Pretends to have everything and to give it. */
function pretend(stranger: Stranger): void {
  stranger.say(HAVE_ALL, UNCHOKE);
}

/** Sends a burst of messages over and over. */
function flood(stranger: Stranger, make: (i: number) => Uint8Array, times = BURST): void {
  const burst = concat(Array.from({ length: times }, (_, i) => make(i)));
  stranger.every(BURST_MS, () => {
    // It waits for its own line as everybody must.
    if (stranger.wire.waiting < MOST_WAITING) stranger.say(burst);
  });
}

const INTRODUCTION = extended(
  0,
  encodeExtendedHandshake({
    ids: new Map([["ut_metadata", 3], ["ut_pex", 1], ["lt_donthave", 7]]),
    port: 6881,
  }),
);

export const MISDEEDS: readonly Misdeed[] = [
  {
    name: "wrong data in every block",
    begin(stranger) {
      pretend(stranger);
      return {
        onRequest: (index, begin, length) => stranger.sendBlock(index, begin, length, { isBad: true }),
      };
    },
  },
  {
    name: "wrong data in one block of fifty",
    begin(stranger) {
      pretend(stranger);
      return {
        onRequest: (index, begin, length) =>
          stranger.sendBlock(index, begin, length, { isBad: stranger.random.below(50) === 0 }),
      };
    },
  },
  {
    name: "requests never answered",
    begin(stranger) {
      pretend(stranger);
      return {};
    },
  },
  {
    name: "every request rejected",
    begin(stranger) {
      pretend(stranger);
      return { onRequest: (...block) => stranger.say(message(MessageId.reject, block)) };
    },
  },
  {
    name: "one byte a second",
    upRate: 1,
    begin(stranger) {
      pretend(stranger);
      return { onRequest: (index, begin, length) => stranger.sendBlock(index, begin, length) };
    },
  },
  {
    name: "a block now and then, just before it is given up",
    begin(stranger) {
      pretend(stranger);
      const asked: [number, number, number][] = [];
      stranger.every(9_000, () => {
        const block = asked.shift();
        if (block !== undefined) stranger.sendBlock(...block);
      });
      return { onRequest: (...block) => void asked.push(block) };
    },
  },
  {
    name: "requests without end, while choked",
    begin(stranger) {
      stranger.say(INTERESTED);
      flood(stranger, () => message(MessageId.request, [HELD_PIECE, 0, BLOCK_LENGTH]));
      return {};
    },
  },
  {
    name: "requests without end for blocks of 128 KiB",
    begin(stranger) {
      stranger.say(INTERESTED);
      flood(stranger, () => message(MessageId.request, [HELD_PIECE, 0, 8 * BLOCK_LENGTH]), 5);
      return {};
    },
  },
  {
    name: "requests and cancels without end",
    begin(stranger) {
      stranger.say(INTERESTED);
      flood(stranger, () => message(MessageId.request, [HELD_PIECE, 0, BLOCK_LENGTH]));
      flood(stranger, () => message(MessageId.cancel, [HELD_PIECE, 0, BLOCK_LENGTH]));
      return {};
    },
  },
  {
    name: "storms of haves",
    begin(stranger) {
      flood(stranger, (i) => message(MessageId.have, [i % stranger.swarm.layout.pieceCount]), 4 * BURST);
      return {};
    },
  },
  {
    name: "pieces had and not had, over and over",
    begin(stranger) {
      stranger.say(INTRODUCTION, HAVE_ALL, UNCHOKE);
      flood(stranger, () => {
        const index = stranger.random.below(stranger.swarm.layout.pieceCount);
        const four = message(0, [index]).subarray(5);
        return stranger.random.below(2) === 0
          ? extended(ExtensionId.lt_donthave, four)
          : message(MessageId.have, [index]);
      });
      return {};
    },
  },
  {
    name: "a bitfield of 100 kB",
    begin(stranger) {
      stranger.say(message(MessageId.bitfield, [], new Uint8Array(100_000).fill(0xff)), UNCHOKE);
      return {};
    },
  },
  {
    name: "a message of 2 GiB",
    begin(stranger) {
      stranger.say(Uint8Array.of(0x7f, 0xff, 0xff, 0xff, MessageId.piece));
      flood(stranger, () => new Uint8Array(BLOCK_LENGTH), 10);
      return {};
    },
  },
  {
    name: "a metadata size of 2^53",
    begin(stranger) {
      stranger.say(extended(0, encode({ m: { ut_metadata: 3 }, metadata_size: 2 ** 53 - 1, reqq: 2 ** 40 })));
      pretend(stranger);
      return {};
    },
  },
  {
    name: "metadata asked for without end",
    begin(stranger) {
      stranger.say(INTRODUCTION);
      flood(stranger, (i) => extended(ExtensionId.ut_metadata, encodeMetadataRequest(i % 4)));
      return {};
    },
  },
  {
    name: "extended handshakes without end",
    begin(stranger) {
      flood(stranger, () => INTRODUCTION, 100);
      return {};
    },
  },
  {
    name: "floods of peers",
    begin(stranger) {
      stranger.say(INTRODUCTION);
      const address = () => ({
        ip: `198.${stranger.random.below(256)}.${stranger.random.below(256)}.${
          1 + stranger.random.below(250)
        }`,
        port: 6881,
        flags: 0,
      });
      const added = Array.from({ length: 200 }, address);
      flood(stranger, () => extended(ExtensionId.ut_pex, encodePex({ added, dropped: [] })), 10);
      return {};
    },
  },
  {
    name: "choke flapping, requests lost",
    begin(stranger) {
      stranger.say(HAVE_ALL);
      let turn = 0;
      stranger.every(30, () => stranger.say(turn++ % 2 === 0 ? UNCHOKE : CHOKE));
      return {};
    },
  },
  {
    name: "interest flapping",
    begin(stranger) {
      flood(stranger, (i) => message(i % 2 === 0 ? MessageId.interested : MessageId.notInterested));
      return {};
    },
  },
  {
    name: "every block twice",
    begin(stranger) {
      pretend(stranger);
      return {
        onRequest(index, begin, length) {
          stranger.sendBlock(index, begin, length);
          stranger.sendBlock(index, begin, length);
        },
      };
    },
  },
  {
    name: "blocks that overlap those asked for",
    begin(stranger) {
      pretend(stranger);
      return {
        onRequest(index, begin, length) {
          if (length > 1) stranger.sendBlock(index, begin + 1, length - 1);
          stranger.sendBlock(index, begin, length);
        },
      };
    },
  },
  {
    name: "blocks half as long as asked for",
    begin(stranger) {
      pretend(stranger);
      return { onRequest: (index, begin, length) => stranger.sendBlock(index, begin, Math.ceil(length / 2)) };
    },
  },
  {
    name: "blocks that nobody asked for",
    begin(stranger) {
      pretend(stranger);
      stranger.sendBlock(1, 0, BLOCK_LENGTH);
      return {};
    },
  },
  {
    name: "allowed and suggested pieces without end",
    begin(stranger) {
      stranger.say(HAVE_ALL);
      flood(stranger, () => {
        const id = stranger.random.below(2) === 0 ? MessageId.allowedFast : MessageId.suggest;
        return message(id, [stranger.random.below(stranger.swarm.layout.pieceCount)]);
      });
      return {};
    },
  },
  {
    name: "unknown messages without end",
    begin(stranger) {
      flood(stranger, () => message(99, [1, 2, 3]));
      return {};
    },
  },
];
