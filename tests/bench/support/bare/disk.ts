// The bare leecher's disk thread: compares a piece's SHA-1, writes it, and gives its buffer back.

import { createHash } from "node:crypto";
import { openSync, writeSync } from "node:fs";

/** The first message: where to, and what every piece's SHA-1 must be. */
export interface Start {
  path: string;
  hashes: Uint8Array;
  pieceLength: number;
}

/** A piece. Its buffer travels there and back. */
export interface Job {
  index: number;
  buffer: ArrayBuffer;
}

const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<Start | Job>) => void;
  postMessage(buffer: ArrayBuffer, transfer: ArrayBuffer[]): void;
};

let start: Start;
let file: number;
scope.onmessage = ({ data }) => {
  if ("path" in data) {
    start = data;
    file = openSync(data.path, "w");
    return;
  }
  const { index, buffer } = data;
  const piece = new Uint8Array(buffer);
  const digest = createHash("sha1").update(piece).digest();
  if (!digest.equals(start.hashes.subarray(index * 20, index * 20 + 20))) {
    throw new Error(`piece ${index} is wrong`);
  }
  writeSync(file, piece, 0, piece.length, index * start.pieceLength);
  scope.postMessage(buffer, [buffer]);
};
