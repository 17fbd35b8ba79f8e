import assert from "node:assert/strict";
import {
  encodeResume,
  MAX_KEPT_PIECES,
  MAX_SAVED_PEERS,
  parseBody,
  parseResume,
  ResumeError,
  type ResumeSubject,
} from "../../../peer/storage/resume_state.ts";
import { PieceLayout } from "../../../protocol/piece_layout.ts";
import { bitfield } from "../../support/engine_harness.ts";
import { makeState, subject } from "../../support/resume_sample.ts";
import { mutate } from "../../support/mutations.ts";
import { SeededRandom } from "../../support/random.ts";

const SUM_LENGTH = 20;

Deno.test("parseResume() reads what encodeResume() wrote", async () => {
  const state = makeState();
  assert.deepEqual(await parseResume(await encodeResume(subject, state), subject), state);
  const { bootedAtMs: _, ...unknown } = state;
  const again = await parseResume(
    await encodeResume(subject, { ...unknown, bootedAtMs: undefined }),
    subject,
  );
  assert.equal(again.bootedAtMs, undefined);
});

Deno.test("encodeResume() keeps a bounded number of peers", async () => {
  const peers = Array.from({ length: 5000 }, (_, i) => ({ ip: `10.0.${i >> 8}.${i & 255}`, port: 6881 }));
  const state = await parseResume(await encodeResume(subject, { ...makeState(), peers }), subject);
  assert.equal(state.peers.length, MAX_SAVED_PEERS);
});

Deno.test("encodeResume() keeps a bounded number of unfinished pieces", async () => {
  const kept = Array.from(
    { length: 5000 },
    (_, i) => ({ index: i % 11, blocks: bitfield(i % 11 < 10 ? 10 : 7, [0]) }),
  );
  const state = await parseResume(await encodeResume(subject, { ...makeState(), kept }), subject);
  assert.equal(state.kept.length, MAX_KEPT_PIECES);
});

Deno.test("parseResume() reads a state without unfinished pieces, as they were before there was such a thing", async () => {
  const body = (await encodeResume(subject, { ...makeState(), kept: [] })).slice(0, -SUM_LENGTH);
  const text = new TextDecoder("latin1").decode(body);
  const old = Uint8Array.from(text.replace("4:keptle", ""), (char) => char.charCodeAt(0));
  assert.equal(old.length, body.length - "4:keptle".length);
  assert.deepEqual(parseBody(old, subject), { ...makeState(), kept: [] });
});

Deno.test("parseResume() refuses the state of another torrent, path or shape", async () => {
  const bytes = await encodeResume(subject, makeState());
  const rows: [Partial<ResumeSubject>, RegExp][] = [
    [{ infoHash: new Uint8Array(20) }, /another torrent/],
    [{ path: "/films/ete" }, /another path/],
    [{ layout: new PieceLayout(160_000, 20 * 160_000) }, /"have"/],
    [{ layout: new PieceLayout(16_384, 11 * 16_384) }, /"kept"/],
    [{ fileCount: 5 }, /"files"/],
  ];
  for (const [other, said] of rows) {
    await assert.rejects(parseResume(bytes, { ...subject, ...other }), (error: Error) => {
      assert(error instanceof ResumeError);
      assert.match(error.message, said);
      return true;
    });
  }
});

Deno.test("parseResume() refuses a state that is not whole, wherever it is cut or changed", async () => {
  const bytes = await encodeResume(subject, makeState());
  for (let length = 0; length < bytes.length; length++) {
    await assert.rejects(parseResume(bytes.subarray(0, length), subject), ResumeError);
  }
  for (let at = 0; at < bytes.length; at++) {
    const changed = bytes.slice();
    changed[at] = (changed[at] as number) ^ 1;
    await assert.rejects(parseResume(changed, subject), ResumeError);
  }
});

Deno.test("whatever stands in a state, it is refused with a ResumeError or fits the torrent (10,000 mutations)", async () => {
  const body = (await encodeResume(subject, makeState())).slice(0, -SUM_LENGTH);
  const random = new SeededRandom(20261124);
  let accepted = 0;
  for (let i = 0; i < 10_000; i++) {
    try {
      const state = parseBody(mutate(body, random), subject);
      accepted++;
      assert.equal(state.have.length, 11);
      assert.equal(state.files.length, 4);
      assert(state.unsure.every((index) => index >= 0 && index < 11));
      for (const { index, blocks } of state.kept) {
        assert.equal(blocks.length, subject.layout.blockCount(index));
      }
      assert(state.peers.length <= 2 * MAX_SAVED_PEERS);
      assert(state.downloaded >= 0 && state.uploaded >= 0);
    } catch (error) {
      assert(error instanceof ResumeError, `seed 20261124, round ${i}: ${error}`);
    }
  }
  assert(accepted > 0 && accepted < 10_000, `${accepted} were accepted`);
});
