// Memory that a disk thread sees as we do.

/** So many zeros in shared memory, as the buffers of the pool and the spans of the read cache are. */
export function sharedBytes(length: number): Uint8Array<SharedArrayBuffer> {
  return new Uint8Array(new SharedArrayBuffer(length));
}
