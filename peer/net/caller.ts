// Calls a peer: connects and shakes hands, plain or encrypted; where one is refused the other is tried, on a connection
// of its own.

import type { PeerAddress } from "../../protocol/compact.ts";
import { ProtocolError } from "../../protocol/errors.ts";
import { dial } from "./dialer.ts";
import { type Encryption, methodsOf, WAYS_TO_CALL } from "./encryption.ts";
import { ConnectionError } from "./errors.ts";
import { hangUp } from "./hang_up.ts";
import { type Greeting, HandshakeTimeout, initiate, type Introduction } from "./handshaker.ts";

export interface CallOptions {
  introduction: Introduction;
  encryption: Encryption;
  /** Limit for each attempt to connect. */
  connectTimeoutMs: number;
  /** Limit for each handshake. */
  handshakeTimeoutMs: number;
  /** Gives up when aborted. */
  signal: AbortSignal;
}

/**
 * Connects to `address` and shakes hands.
 *
 * @throws {ProtocolError} if the peer, asked the last way, answers with something else
 * @throws {ConnectionError} if it can't be reached, hangs up or takes too long
 */
export async function callPeer(
  address: PeerAddress,
  { introduction, encryption, connectTimeoutMs, handshakeTimeoutMs, signal }: CallOptions,
): Promise<{ conn: Deno.TcpConn; greeting: Greeting }> {
  let refusal: unknown;
  for (const way of WAYS_TO_CALL[encryption]) {
    const conn = await dial(address, { timeoutMs: connectTimeoutMs, signal });
    const giveUp = () => hangUp(conn);
    signal.addEventListener("abort", giveUp);
    if (signal.aborted) giveUp(); // while the connection was being made
    try {
      const greeting = await initiate(conn, {
        ...introduction,
        timeoutMs: handshakeTimeoutMs,
        ...(way === "encrypted" ? { methods: methodsOf(encryption) } : {}),
      });
      return { conn, greeting };
    } catch (error) {
      if (error instanceof HandshakeTimeout) throw error;
      if (!(error instanceof ConnectionError || error instanceof ProtocolError)) throw error;
      refusal ??= error; // the first says what this peer thinks of the way that we like best
    } finally {
      signal.removeEventListener("abort", giveUp);
    }
  }
  throw refusal;
}
