// What a block costs, by number of peers: it should stay level. By number of pieces: pieces.ts.
// deno bench tests/bench/blocks_bench.ts

import { Bitfield } from "../../protocol/bitfield.ts";
import { BLOCK_LENGTH, PieceLayout } from "../../protocol/piece_layout.ts";
import type { Peer } from "../../peer/engine/peer.ts";
import type { Wire } from "../../peer/engine/ports.ts";
import { TorrentEngine } from "../../peer/engine/torrent_engine.ts";
import { CountingPool } from "../support/memory_swarm.ts";
import { seededRandom } from "../support/random.ts";

const random = seededRandom(1);

/** Takes requests as they come and answers them in batches of 16. */
class AnsweringWire implements Wire {
  readonly #asked = new Int32Array(1024);
  #from = 0;
  #to = 0;
  peer: Peer | undefined;
  readonly #block = new Uint8Array(BLOCK_LENGTH);
  readonly room = 0;

  choke(): void {}
  unchoke(): void {}
  interested(): void {}
  notInterested(): void {}
  haves(): void {}
  bitfield(): void {}
  keepAlive(): void {}
  flush(): void {}
  close(): void {}
  piece(): Uint8Array {
    return this.#block;
  }
  request(index: number, begin: number): void {
    this.#asked[this.#to++ & 1023] = index * 64 + begin / BLOCK_LENGTH;
  }

  cancel(index: number, begin: number): void {
    for (let at = this.#from; at < this.#to; at++) {
      if (this.#asked[at & 1023] === index * 64 + begin / BLOCK_LENGTH) this.#asked[at & 1023] = -1;
    }
  }

  answer(now: number): number {
    let sent = 0;
    while (this.#from < this.#to && sent < 16) {
      const block = this.#asked[this.#from++ & 1023]!;
      if (block < 0) continue;
      sent++;
      this.peer?.onPiece(block >>> 6, (block & 63) * BLOCK_LENGTH, this.#block);
    }
    if (sent > 0) this.peer?.onBatchEnd(now);
    return sent;
  }
}

/**
 * A torrent of 1 TiB in pieces of 1 MiB, so that it never ends, and peers that have all of it and take turns in sending
 * up to 16 blocks. Nothing is hashed or stored. Returns how to download so many blocks more.
 */
function downloader(peerCount: number, buffers: number): (blocks: number) => Promise<void> {
  const layout = new PieceLayout(64 * BLOCK_LENGTH, 2 ** 40);
  const engine = new TorrentEngine({
    layout,
    have: new Bitfield(layout.pieceCount),
    buffers: new CountingPool(buffers),
    random,
    store: { finish: () => Promise.resolve("stored") },
    source: { ready: () => false, copy: () => {} },
    events: {
      onPieceStored: () => {},
      onPieceRejected: () => {},
      onComplete: () => {},
      onStorageError: () => {},
      onBan: () => {},
    },
  });
  const everything = new Bitfield(layout.pieceCount);
  everything.setAll();
  const wires = Array.from({ length: peerCount }, () => {
    const wire = new AnsweringWire();
    const address = { ip: "10.0.0.1", port: 1 };
    wire.peer = engine.add(wire, { peerId: new Uint8Array(20), address, outgoing: true }, 0);
    wire.peer.onBitfield(everything.bytes);
    wire.peer.onUnchoke();
    wire.peer.onBatchEnd(0);
    return wire;
  });
  let now = 0;
  let turn = 0;
  return async (blocks) => {
    for (let sent = 0; sent < blocks;) {
      // 16 blocks take 400 µs at 600 MB/s.
      sent += wires[turn++ % peerCount]!.answer(now += 0.4);
      if (Math.floor(now / 1000) !== Math.floor((now - 0.4) / 1000)) engine.tick(now);
      await null;
    }
  };
}

for (const buffers of [32, 200]) {
  for (const peerCount of [10, 100, 1000]) {
    let run: ((blocks: number) => Promise<void>) | undefined;
    Deno.bench({
      name: `blocks from ${peerCount} peers`,
      group: `1024 blocks through the engine, ${buffers} buffers of 1 MiB`,
      // Not only a promise: Deno awaits what an async function returns.
      async fn() {
        await (run ??= downloader(peerCount, buffers))(1024);
      },
    });
  }
}
