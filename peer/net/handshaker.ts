// The handshake over a connection, in both roles. https://www.bittorrent.org/beps/bep_0003.html
// Reads exactly 68 bytes, so what follows is left for PeerConnection. Whether the other end is ourselves (our own
// peer id) or somebody we have already is for the caller to see.

import { toHex } from "../../protocol/bytes.ts";
import { ProtocolError } from "../../protocol/errors.ts";
import {
  decodeHandshake,
  encodeHandshake,
  type Handshake,
  HANDSHAKE_LENGTH,
  isHandshakeStart,
} from "../../protocol/handshake.ts";
import { ConnectionError, describeSocketError } from "./errors.ts";
import { hangUp } from "./hang_up.ts";

/** Protocol name, reserved bits and info hash: what the accepting side must know before it answers. */
const INFO_HASH_END = 48;

/** What we say of ourselves. */
export interface Introduction {
  /** 20 bytes. */
  infoHash: Uint8Array;
  /** 20 bytes. */
  peerId: Uint8Array;
  /** 8 bytes of extension bits. Default: none. */
  reserved?: Uint8Array;
}

/**
 * Shakes hands as the side that connected. On any failure `conn` is closed.
 *
 * @throws {ProtocolError} if the answer isn't a BitTorrent handshake, or is for another torrent
 * @throws {ConnectionError} if the peer hung up or took longer than `timeoutMs` in all
 */
export function initiate(
  conn: Deno.Conn,
  { timeoutMs, ...introduction }: Introduction & { timeoutMs: number },
): Promise<Handshake> {
  return within(timeoutMs, conn, async () => {
    await writeAll(conn, encodeHandshake(introduction));
    const bytes = new Uint8Array(HANDSHAKE_LENGTH);
    await readFully(conn, bytes, 0, HANDSHAKE_LENGTH);
    const handshake = decodeHandshake(bytes);
    const answered = toHex(handshake.infoHash);
    const asked = toHex(introduction.infoHash);
    if (answered !== asked) {
      throw new ProtocolError(`Cannot shake hands: the info hash must be ${asked}: got ${answered}`);
    }
    return handshake;
  });
}

/**
 * Shakes hands as the side that accepted: reads up to the info hash, asks `lookup` (lower-case hex) who we are for
 * it, answers, and reads the rest. On any failure `conn` is closed.
 *
 * @throws {ProtocolError} if what arrives isn't a BitTorrent handshake, or the torrent isn't ours
 * @throws {ConnectionError} if the peer hung up or took longer than `timeoutMs` in all
 */
export function receive(
  conn: Deno.Conn,
  timeoutMs: number,
  lookup: (infoHash: string) => Introduction | undefined,
): Promise<Handshake> {
  return within(timeoutMs, conn, async () => {
    const bytes = new Uint8Array(HANDSHAKE_LENGTH);
    // A caller may hold its peer id back until it has seen our answer, so that must not wait for it.
    await readFully(conn, bytes, 0, INFO_HASH_END);
    const infoHash = toHex(decodeHandshake(bytes).infoHash);
    const introduction = lookup(infoHash);
    if (introduction === undefined) {
      throw new ProtocolError(`Cannot shake hands: no torrent here has this info hash: got ${infoHash}`);
    }
    await writeAll(conn, encodeHandshake(introduction));
    await readFully(conn, bytes, INFO_HASH_END, HANDSHAKE_LENGTH);
    return decodeHandshake(bytes);
  });
}

/** Runs `talk` under one deadline for the whole of it: a byte every now and then doesn't buy more time. */
async function within(
  timeoutMs: number,
  conn: Deno.Conn,
  talk: () => Promise<Handshake>,
): Promise<Handshake> {
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    hangUp(conn); // makes the read or write under way fail
  }, timeoutMs);
  try {
    const handshake = await talk();
    if (isLate) throw new Deno.errors.TimedOut(); // its last byte came while we were hanging up
    return handshake;
  } catch (error) {
    if (isLate) {
      throw new ConnectionError(`Cannot shake hands: nothing complete within ${timeoutMs / 1000} s`);
    }
    hangUp(conn);
    if (error instanceof ProtocolError || error instanceof ConnectionError) throw error;
    throw new ConnectionError(`Cannot shake hands: ${describeSocketError(error)}`);
  } finally {
    clearTimeout(timer);
  }
}

async function readFully(conn: Deno.Conn, into: Uint8Array, from: number, to: number): Promise<void> {
  for (let at = from; at < to;) {
    const n = await conn.read(into.subarray(at, to));
    if (n === null) {
      throw new ConnectionError(
        `Cannot shake hands: the peer hung up: got ${at} of ${HANDSHAKE_LENGTH} bytes`,
      );
    }
    at += n;
    // A browser, or a peer that wants encryption: no need to wait for the rest.
    if (!isHandshakeStart(into.subarray(0, at))) {
      throw new ProtocolError("Cannot shake hands: must speak the BitTorrent protocol: got other bytes");
    }
  }
}

async function writeAll(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
}
