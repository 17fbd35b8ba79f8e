// A connection while hands are shaken: reads exactly what is asked for, so that what follows the handshake is left for
// PeerConnection, and deciphers and enciphers once that is agreed.

import { ConnectionError } from "./errors.ts";
import type { Rc4 } from "./rc4.ts";

/** The bytes of one handshake, both ways. */
export class HandshakeStream {
  /** What the other side sends from here on is enciphered with it. */
  decipher: Rc4 | undefined;
  /** What we send from here on is enciphered with it. */
  encipher: Rc4 | undefined;
  readonly #conn: Deno.Conn;
  /** Deciphered already, and to be read before what the socket brings. */
  #ahead: Uint8Array<ArrayBufferLike> = new Uint8Array();
  #received = 0;

  constructor(conn: Deno.Conn) {
    this.#conn = conn;
  }

  /** Fills `into`. @throws {ConnectionError} if the other side hangs up before. */
  async read(into: Uint8Array): Promise<void> {
    await this.readWhile(into, 0, () => true);
  }

  /**
   * Fills `into` from `at` on, as long as `isWanted` says of all that is there that it can be what is waited for; returns
   * how far it came.
   */
  async readWhile(into: Uint8Array, at: number, isWanted: (soFar: Uint8Array) => boolean): Promise<number> {
    while (at < into.length) {
      at += await this.#readSome(into.subarray(at));
      if (!isWanted(into.subarray(0, at))) break;
    }
    return at;
  }

  /** Reads past `length` bytes. */
  skip(length: number): Promise<void> {
    return this.read(new Uint8Array(length));
  }

  /** Puts deciphered `bytes` back before what comes next. */
  unread(bytes: Uint8Array): void {
    this.#ahead = bytes;
  }

  /** What was put back and not read again. */
  takeRest(): Uint8Array {
    const rest = this.#ahead;
    this.#ahead = new Uint8Array();
    return rest;
  }

  /** Sends `bytes`, which are enciphered in place. */
  async write(bytes: Uint8Array): Promise<void> {
    this.encipher?.apply(bytes);
    for (let at = 0; at < bytes.length;) at += await this.#conn.write(bytes.subarray(at));
  }

  async #readSome(into: Uint8Array): Promise<number> {
    if (this.#ahead.length > 0) {
      const part = this.#ahead.subarray(0, into.length);
      into.set(part);
      this.#ahead = this.#ahead.subarray(part.length);
      return part.length;
    }
    const n = await this.#conn.read(into);
    if (n === null) {
      throw new ConnectionError(`Cannot shake hands: the peer hung up: got ${this.#received} bytes`);
    }
    this.#received += n;
    this.decipher?.apply(into.subarray(0, n));
    return n;
  }
}
