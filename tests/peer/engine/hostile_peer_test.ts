// Whole conversations, spoilt: what an engine makes of them, from bytes to decisions.

import assert from "node:assert/strict";
import { ProtocolError } from "../../../protocol/errors.ts";
import { MessageDecoder } from "../../../protocol/message_decoder.ts";
import { contentOf, EngineHarness, type Remote } from "../../support/engine_harness.ts";
import { mutate, randomParts } from "../../support/mutations.ts";
import { SeededRandom } from "../../support/random.ts";

const SEED = 20261125;
/** Pieces of one short block, so that a conversation is short, too. */
const PIECE_LENGTH = 50;
const PIECES = 12;

function message(id: number, ...payload: (number | Uint8Array)[]): Uint8Array {
  const bytes = payload.flatMap((part) =>
    typeof part === "number"
      ? [part >>> 24, part >>> 16, part >>> 8, part].map((byte) => byte & 0xff)
      : [...part]
  );
  return Uint8Array.of(0, 0, 0, bytes.length + 1, id, ...bytes);
}

/** What a peer with all pieces says who answers the first requests, and asks for something itself. */
function conversation(requests: number[]): Uint8Array {
  const parts = [
    message(5, Uint8Array.of(0xff, 0xf0)), // bitfield
    message(1), // unchoke
    message(2), // interested
    message(17, 3), // allowed fast
    message(13, 5), // suggest
    ...requests.map((index) => message(7, index, 0, new Uint8Array(PIECE_LENGTH).fill(contentOf(index, 0)))),
    message(6, 0, 0, PIECE_LENGTH), // request
    message(6, 1, 0, PIECE_LENGTH),
    message(8, 1, 0, PIECE_LENGTH), // cancel
    message(16, requests[0] ?? 0, 0, PIECE_LENGTH), // reject
    message(4, 11), // have
    message(0), // choke
    Uint8Array.of(0, 0, 0, 0), // keep-alive
  ];
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** Ends like a connection does: the reason is the engine's, or the breach of the protocol. */
function talk(harness: EngineHarness, remote: Remote, bytes: Uint8Array, random: SeededRandom): void {
  const decoder = new MessageDecoder();
  try {
    for (const part of randomParts(bytes, 1 + random.below(200), random)) {
      decoder.space().set(part);
      decoder.advance(part.length, remote.peer);
      harness.batch(remote);
      if (remote.peer.isGone) return;
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    harness.engine.remove(remote.peer);
  }
}

Deno.test("an engine meets 10,000 spoilt conversations with nothing but ProtocolError, and lends nobody a buffer for good", async () => {
  const random = new SeededRandom(SEED);
  let banned = 0;
  let breaches = 0;
  for (let round = 0; round < 10_000;) {
    // A hundred liars for each engine, then an honest peer: whatever they did, it completes.
    const harness = new EngineHarness({
      pieceLength: PIECE_LENGTH,
      totalLength: PIECES * PIECE_LENGTH,
      have: [0, 1],
      extensions: true,
      buffers: 4,
      seed: round,
    });
    for (const end = round + 100; round < end; round++) {
      const remote = harness.join("none", { unchokes: false, fast: random.below(2) === 0, extended: true });
      const spoilt = mutate(conversation([2 + random.below(10), 2 + random.below(10)]), random);
      try {
        talk(harness, remote, spoilt, random);
      } catch (error) {
        throw new Error(`seed ${SEED}, round ${round}: ${spoilt.toHex()}`, { cause: error });
      }
      harness.now += random.below(3000);
      if (random.below(3) === 0) harness.engine.tick(harness.now);
      if (random.below(3) === 0) await harness.settle();
      if (remote.peer.isGone) breaches++;
      remote.wire.take();
      harness.engine.remove(remote.peer);
    }
    await harness.settle();
    banned += harness.events.filter((event) => event.startsWith("ban")).length;
    assert.equal(harness.buffers.lent, 0, `seed ${SEED}, before round ${round}`);
    const honest = harness.join("all");
    for (let left = PIECES; left > 0 && !harness.engine.isComplete; left--) {
      harness.answer(honest);
      await harness.settle();
    }
    assert.equal(harness.engine.isComplete, true, `seed ${SEED}, before round ${round}`);
  }
  assert.ok(breaches > 1000 && breaches < 10_000, `${breaches} breaches`);
  assert.ok(banned > 0, `${banned} banned`);
});
