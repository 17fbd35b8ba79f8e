// Connects to a peer, within a time limit. Whom to call and how many at once is the caller's.

import { formatPeerAddress, type PeerAddress } from "../../protocol/compact.ts";
import { ConnectionError, describeSocketError } from "./errors.ts";

export interface DialOptions {
  /** Limit for name lookup and connect together. Default 10,000. */
  timeoutMs?: number;
  /** Gives up when aborted. A connection that was made already isn't touched. */
  signal?: AbortSignal;
}

/**
 * Opens a TCP connection to `address`, whose `ip` may be a host name.
 *
 * @throws {ConnectionError} naming the address: refused, timed out, not resolved, given up
 */
export async function dial(address: PeerAddress, options: DialOptions = {}): Promise<Deno.TcpConn> {
  const { timeoutMs = 10_000, signal } = options;
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), timeoutMs);
  try {
    const conn = await Deno.connect({
      hostname: address.ip,
      port: address.port,
      signal: signal === undefined ? limit.signal : AbortSignal.any([limit.signal, signal]),
    });
    conn.setNoDelay(true); // requests and haves are small, and they shall not wait for company
    return conn;
  } catch (error) {
    const reason = signal?.aborted
      ? "given up"
      : limit.signal.aborted
      ? `no answer within ${timeoutMs / 1000} s`
      : describeSocketError(error);
    throw new ConnectionError(`Cannot connect to ${formatPeerAddress(address)}: ${reason}`);
  } finally {
    clearTimeout(timer);
  }
}
