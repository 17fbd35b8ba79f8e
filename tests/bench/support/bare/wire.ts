// What the bare pair says to each other: requests and pieces of BEP 3, without a handshake.

/** Bytes of a block, of a piece message with it, and of a request. */
export const BLOCK = 16384;
export const MESSAGE = 13 + BLOCK;
export const REQUEST = 17;

/** Requests that are sent together, and answers: 1 MiB of blocks. */
export const MESSAGES = 64;
