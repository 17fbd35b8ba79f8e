import assert from "node:assert/strict";
import { allowedFastSet, allowedFastSize } from "../../../peer/engine/allowed_fast.ts";
import { PieceLayout } from "../../../protocol/piece_layout.ts";
import { EngineHarness } from "../../support/engine_harness.ts";

const infoHash = new Uint8Array(20).fill(0xaa);
const BLOCK = 16384;

Deno.test("allowedFastSet() gives the sets that BEP 6 gives as its example", async () => {
  const nine = [1059, 431, 808, 1217, 287, 376, 1188, 353, 508];
  for (const size of [7, 9]) {
    const set = await allowedFastSet(infoHash, "80.4.4.200", { pieceCount: 1313, size });
    assert.deepEqual(set, nine.slice(0, size));
  }
});

Deno.test("allowedFastSet() is the same for a whole network and differs from the next one's", async () => {
  const options = { pieceCount: 1313, size: 10 };
  const of = (ip: string) => allowedFastSet(infoHash, ip, options);
  assert.deepEqual(await of("80.4.4.1"), await of("80.4.4.200"));
  assert.notDeepEqual(await of("80.4.5.200"), await of("80.4.4.200"));
  assert.deepEqual(await of("2001:db8:1:2::1"), await of("2001:db8:1:2:ffff::9"));
  assert.notDeepEqual(await of("2001:db8:1:3::1"), await of("2001:db8:1:2::1"));
  assert.deepEqual(await of("::ffff:80.4.4.1"), await of("80.4.4.200"));
});

Deno.test("allowedFastSet() names every piece of a small torrent once, and none of an empty one", async () => {
  const set = await allowedFastSet(infoHash, "80.4.4.200", { pieceCount: 3, size: 10 });
  assert.deepEqual(set.toSorted(), [0, 1, 2]);
  assert.deepEqual(await allowedFastSet(infoHash, "80.4.4.200", { pieceCount: 0, size: 10 }), []);
});

Deno.test("allowedFastSize() is ten pieces, or 4 MiB of large ones, and never none", () => {
  const MiB = 1024 * 1024;
  const sizes = [MiB / 4, MiB, 3 * MiB, 64 * MiB].map((length) =>
    allowedFastSize(new PieceLayout(length, length))
  );
  assert.deepEqual(sizes, [10, 4, 1, 1]);
});

/** A seeder without slots, and a peer that is interested. */
async function choked({ fast = true, have = "all" as "all" | number[], theirs = [] as number[] } = {}) {
  const harness = new EngineHarness({ have, uploadSlots: -1, allowedFast: [1, 4, 6] });
  const remote = harness.join(theirs, { unchokes: false, fast });
  remote.peer.onInterested();
  harness.batch(remote);
  await harness.settle();
  return { harness, remote };
}

Deno.test("AllowedFast tells a choked newcomer which pieces it may have, and each block of them is sent once", async () => {
  const { harness, remote } = await choked({ have: [0, 1, 2, 3, 5, 6], theirs: [6] });
  assert.deepEqual(remote.wire.take("allowedFast"), [["allowedFast", 1]], "what we have and it lacks");
  for (const begin of [0, BLOCK, 2 * BLOCK, 3 * BLOCK]) remote.peer.onRequest(1, begin, BLOCK);
  harness.batch(remote);
  assert.equal(remote.wire.take("piece").length, 4);
  remote.peer.onRequest(1, 0, BLOCK);
  remote.peer.onRequest(2, 0, BLOCK);
  harness.batch(remote);
  assert.deepEqual(remote.wire.take(), [["reject", 1, 0, BLOCK], ["reject", 2, 0, BLOCK]]);
});

Deno.test("AllowedFast gives nothing to a peer without the extension, nor when we have nothing", async () => {
  for (const options of [{ fast: false }, { have: [] }]) {
    const { remote } = await choked(options);
    assert.deepEqual(remote.wire.take("allowedFast"), []);
  }
});

Deno.test("AllowedFast gives nothing to a peer that has ten pieces or a slot, nor twice to the same", async () => {
  const allowedFast = [30, 31];
  const full = new EngineHarness({ pieceCount: 40, have: "all", uploadSlots: 0, allowedFast });
  const [rich, served] = [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], []].map((pieces) =>
    full.join(pieces, { unchokes: false, fast: true })
  );
  assert.ok(rich !== undefined && served !== undefined);
  served.peer.onInterested();
  rich.peer.onInterested();
  await full.settle();
  assert.equal(served.peer.amChoking, false);
  assert.deepEqual([rich, served].flatMap(({ wire }) => wire.take("allowedFast")), []);
  const { harness, remote } = await choked();
  remote.peer.onNotInterested();
  remote.peer.onInterested();
  await harness.settle();
  assert.equal(remote.wire.take("allowedFast").length, 3);
});

Deno.test("AllowedFast forgets a newcomer that left before its set was known", async () => {
  const harness = new EngineHarness({ have: "all", uploadSlots: -1, allowedFast: [1] });
  const { peer, wire } = harness.join("none", { unchokes: false, fast: true });
  peer.onInterested();
  harness.engine.remove(peer);
  await harness.settle();
  assert.deepEqual(wire.take("allowedFast"), []);
});
