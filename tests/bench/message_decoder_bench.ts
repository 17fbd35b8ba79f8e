// How fast MessageDecoder takes a stream of piece messages apart. 64 MiB an iteration: 64 MiB / time is the rate.
// "copy" is the floor: what a socket read costs the same core anyway. Run: deno bench tests/bench/message_decoder_bench.ts

import { MessageDecoder, type MessageHandler } from "../../protocol/message_decoder.ts";
import {
  PIECE_HEADER_LENGTH,
  REQUEST_LENGTH,
  writePieceHeader,
  writeRequest,
} from "../../protocol/messages.ts";

const BLOCK = 16384;
const TOTAL = 64 * 1024 * 1024;

class Counter implements MessageHandler {
  blocks = 0;
  bytes = 0;
  requests = 0;
  onKeepAlive(): void {}
  onChoke(): void {}
  onUnchoke(): void {}
  onInterested(): void {}
  onNotInterested(): void {}
  onHave(): void {}
  onBitfield(): void {}
  onRequest(_index: number, _begin: number, length: number): void {
    this.requests++;
    this.bytes += length;
  }
  onPiece(_index: number, _begin: number, block: Uint8Array): void {
    this.blocks++;
    this.bytes += block.length;
  }
  onCancel(): void {}
  onExtended(): void {}
  onSuggest(): void {}
  onHaveAll(): void {}
  onHaveNone(): void {}
  onReject(): void {}
  onAllowedFast(): void {}
  onUnknown(): void {}
}

/** Piece messages back to back, at least `bytes` long. */
function pieceStream(bytes: number): Uint8Array {
  const size = PIECE_HEADER_LENGTH + BLOCK;
  const count = Math.ceil(bytes / size);
  const stream = new Uint8Array(count * size);
  const view = new DataView(stream.buffer);
  for (let i = 0; i < count; i++) writePieceHeader(view, i * size, i, 0, BLOCK);
  return stream;
}

for (const kib of [64, 256, 1024]) {
  const read = kib * 1024;
  const stream = pieceStream(4 * 1024 * 1024);
  const target = new Uint8Array(read);

  Deno.bench(`copy, reads of ${kib} KiB`, { group: `${kib} KiB`, baseline: true }, () => {
    for (let fed = 0, at = 0; fed < TOTAL;) {
      const n = Math.min(read, stream.length - at);
      target.set(stream.subarray(at, at + n));
      at = (at + n) % stream.length;
      fed += n;
    }
  });

  Deno.bench(`copy and decode, reads of ${kib} KiB`, { group: `${kib} KiB` }, () => {
    const decoder = new MessageDecoder({ initialBytes: read, maxBytes: read });
    const counter = new Counter();
    for (let fed = 0, at = 0; fed < TOTAL;) {
      const space = decoder.space();
      const n = Math.min(space.length, stream.length - at);
      space.set(stream.subarray(at, at + n));
      decoder.advance(n, counter);
      at = (at + n) % stream.length;
      fed += n;
    }
    if (counter.blocks < TOTAL / (BLOCK + PIECE_HEADER_LENGTH) - 1) throw new Error("blocks were lost");
  });

  // Whole messages leave the buffer as it was: the next advance() decodes the same bytes again, no copy in between.
  const whole = Math.floor(read / (BLOCK + PIECE_HEADER_LENGTH)) * (BLOCK + PIECE_HEADER_LENGTH);
  Deno.bench(`decode only, reads of ${kib} KiB`, { group: `${kib} KiB` }, () => {
    const decoder = new MessageDecoder({ initialBytes: read, maxBytes: read });
    const counter = new Counter();
    decoder.space().set(stream.subarray(0, whole));
    for (let fed = 0; fed < TOTAL; fed += whole) decoder.advance(whole, counter);
    if (counter.blocks < TOTAL / (BLOCK + PIECE_HEADER_LENGTH) - 1) throw new Error("blocks were lost");
  });
}

const requests = new Uint8Array(REQUEST_LENGTH * 1000);
const requestsView = new DataView(requests.buffer);
for (let i = 0; i < 1000; i++) writeRequest(requestsView, i * REQUEST_LENGTH, i, i * BLOCK, BLOCK);

Deno.bench("1000 requests", { group: "requests" }, () => {
  const decoder = new MessageDecoder();
  const counter = new Counter();
  decoder.space().set(requests);
  decoder.advance(requests.length, counter);
  if (counter.requests !== 1000) throw new Error("requests were lost");
});
