// The handshake over a connection, in both roles, plain or encrypted. https://www.bittorrent.org/beps/bep_0003.html
// Reads no byte of what follows (but for what an encrypted caller has put into its handshake). Whether the other end is
// ourselves (our own peer id) or somebody we have already is for the caller to see.

import { toHex } from "../../protocol/bytes.ts";
import { ProtocolError } from "../../protocol/errors.ts";
import {
  decodeHandshake,
  encodeHandshake,
  type Handshake,
  HANDSHAKE_LENGTH,
  isHandshakeStart,
} from "../../protocol/handshake.ts";
import { chooseMethod, CryptoMethod, type Encryption, type Protection } from "./encryption.ts";
import { ConnectionError, describeSocketError } from "./errors.ts";
import { HandshakeStream } from "./handshake_stream.ts";
import { hangUp } from "./hang_up.ts";
import { KEY_LENGTH } from "./key_exchange.ts";
import { answer, call } from "./mse.ts";
import type { Rc4 } from "./rc4.ts";

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
 * What a handshake came to: who the other side is, and how the connection goes on.
 *
 * @internal
 */
export interface Greeting extends Handshake {
  /** How the connection is protected. */
  protection: Protection;
  /** For what comes and for what leaves after the handshake; undefined: in the clear. */
  ciphers?: Ciphers | undefined;
  /** What came with the handshake and belongs after it, deciphered. */
  received: Uint8Array;
}

/**
 * The two directions' key streams.
 *
 * @internal
 */
export interface Ciphers {
  /** Deciphers what comes in. */
  incoming: Rc4;
  /** Enciphers what goes out. */
  outgoing: Rc4;
}

/** How to call. */
export interface InitiateOptions extends Introduction {
  timeoutMs: number;
  /** Encrypted, offering these CryptoMethod bits. Default: plain. */
  methods?: number;
}

/** How to treat who calls. */
export interface ReceiveOptions {
  timeoutMs: number;
  /** Who we are for this info hash (lower-case hex); undefined if it isn't ours. */
  introduce(infoHash: string): Introduction | undefined;
  /** Default "off". */
  encryption?: Encryption;
  /** The info hash that an encrypted caller means (mse.ts). Default: none. */
  findInfoHash?(obfuscated: string): Uint8Array | undefined;
}

/**
 * Shakes hands as the side that connected. On any failure `conn` is closed.
 *
 * @throws {ProtocolError} if the answer isn't a BitTorrent handshake, or is for another torrent
 * @throws {ConnectionError} if the peer hung up or took longer than `timeoutMs` in all
 */
export function initiate(
  conn: Deno.Conn,
  { timeoutMs, methods, ...introduction }: InitiateOptions,
): Promise<Greeting> {
  return within(timeoutMs, conn, async (stream) => {
    const ours = encodeHandshake(introduction);
    let method: number | undefined;
    if (methods === undefined) await stream.write(ours);
    else method = await call(stream, { infoHash: introduction.infoHash, methods, payload: ours });
    const bytes = new Uint8Array(HANDSHAKE_LENGTH);
    requireStart(await stream.readWhile(bytes, 0, isHandshakeStart), bytes);
    const handshake = decodeHandshake(bytes);
    requireTorrent(handshake.infoHash, introduction.infoHash);
    return greeting(stream, handshake, method);
  });
}

/**
 * Shakes hands as the side that accepted: reads up to the info hash, asks who we are for it, answers, and reads the
 * rest. The first bytes tell whether the caller is plain or encrypted. On any failure `conn` is closed.
 *
 * @throws {ProtocolError} if what arrives is no handshake, or not as we want it, or the torrent isn't ours
 * @throws {ConnectionError} if the peer hung up or took longer than `timeoutMs` in all
 */
export function receive(conn: Deno.Conn, options: ReceiveOptions): Promise<Greeting> {
  return within(options.timeoutMs, conn, async (stream) => {
    const start = new Uint8Array(KEY_LENGTH);
    const bytes = start.subarray(0, HANDSHAKE_LENGTH);
    const opening = bytes.subarray(0, INFO_HASH_END);
    // A caller may hold its peer id back until it has seen our answer, so that must not wait for it.
    const at = await stream.readWhile(opening, 0, isHandshakeStart);
    const secured = await secure(stream, { start, at }, options);
    if (secured !== undefined) requireStart(await stream.readWhile(opening, 0, isHandshakeStart), opening);
    const { infoHash } = decodeHandshake(bytes);
    if (secured !== undefined) requireTorrent(infoHash, secured.infoHash);
    const introduction = options.introduce(toHex(infoHash));
    if (introduction === undefined) {
      throw new ProtocolError(
        `Cannot shake hands: no torrent here has this info hash: got ${toHex(infoHash)}`,
      );
    }
    await stream.write(encodeHandshake(introduction));
    await stream.read(bytes.subarray(INFO_HASH_END));
    return greeting(stream, decodeHandshake(bytes), secured?.method);
  });
}

/** Encrypts if the caller, of whom `at` bytes are in `start`, is not plain. Undefined if it is. */
async function secure(
  stream: HandshakeStream,
  { start, at }: { start: Uint8Array; at: number },
  { encryption = "off", findInfoHash = () => undefined }: ReceiveOptions,
): Promise<{ method: number; infoHash: Uint8Array } | undefined> {
  if (isHandshakeStart(start.subarray(0, at))) {
    if (encryption !== "required") return undefined;
    throw new ProtocolError("Cannot shake hands: must be encrypted: got a plaintext handshake");
  }
  if (encryption === "off") requireStart(at, start);
  return await answer(stream, { start, at }, {
    findInfoHash,
    choose: (offered) => chooseMethod(encryption, offered),
  });
}

/** A browser, or a peer that wants encryption: no need to wait for the rest. */
function requireStart(at: number, bytes: Uint8Array): void {
  if (isHandshakeStart(bytes.subarray(0, at))) return;
  throw new ProtocolError("Cannot shake hands: must speak the BitTorrent protocol: got other bytes");
}

function requireTorrent(infoHash: Uint8Array, expected: Uint8Array): void {
  if (toHex(infoHash) === toHex(expected)) return;
  throw new ProtocolError(
    `Cannot shake hands: the info hash must be ${toHex(expected)}: got ${toHex(infoHash)}`,
  );
}

function greeting(stream: HandshakeStream, handshake: Handshake, method: number | undefined): Greeting {
  const { decipher, encipher } = stream;
  return {
    ...handshake,
    protection: method === undefined ? "none" : method === CryptoMethod.rc4 ? "rc4" : "handshake",
    ciphers: decipher && encipher && { incoming: decipher, outgoing: encipher },
    received: stream.takeRest(),
  };
}

/** Runs `talk` under one deadline for the whole of it: a byte every now and then doesn't buy more time. */
async function within(
  timeoutMs: number,
  conn: Deno.Conn,
  talk: (stream: HandshakeStream) => Promise<Greeting>,
): Promise<Greeting> {
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    hangUp(conn); // makes the read or write under way fail
  }, timeoutMs);
  try {
    const greeting = await talk(new HandshakeStream(conn));
    if (isLate) throw new Deno.errors.TimedOut(); // its last byte came while we were hanging up
    return greeting;
  } catch (error) {
    if (isLate) {
      throw new HandshakeTimeout(`Cannot shake hands: nothing complete within ${timeoutMs / 1000} s`);
    }
    hangUp(conn);
    if (error instanceof ProtocolError || error instanceof ConnectionError) throw error;
    throw new ConnectionError(`Cannot shake hands: ${describeSocketError(error)}`);
  } finally {
    clearTimeout(timer);
  }
}

/** The peer took too long. It would take as long another way. */
export class HandshakeTimeout extends ConnectionError {}
