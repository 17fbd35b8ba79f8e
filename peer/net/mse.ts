// Message stream encryption (MSE/PE): the obfuscated handshake, in both roles, before the BitTorrent handshake.
// https://wiki.vuze.com/w/Message_Stream_Encryption. Leaves the stream with the ciphers that were agreed on.
//
//   caller                                                          called
//   public key, pad A ─────────────────────────────────────────────▶
//                     ◀───────────────────────────────────────────── public key, pad B
//   hash(req1 S), hash(req2 H) ^ hash(req3 S) ─────────────────────▶ S the secret, H the info hash
//   RC4: VC, methods offered, pad C, payload ──────────────────────▶
//                     ◀───────────────────────────────────────────── RC4: VC, method chosen, pad D
//   from here on as chosen: RC4, or in the clear
//
// VC is eight zeros, by which both find the place where RC4 begins. The pads' lengths are anybody's choice, so that no
// length gives the protocol away.

import { concat, equals, toHex } from "../../protocol/bytes.ts";
import { ProtocolError } from "../../protocol/errors.ts";
import { isHandshakeStart } from "../../protocol/handshake.ts";
import { CryptoMethod } from "./encryption.ts";
import type { HandshakeStream } from "./handshake_stream.ts";
import { KEY_LENGTH, KeyExchange } from "./key_exchange.ts";
import { Rc4 } from "./rc4.ts";

/** The longest that a pad may be. */
const MAX_PAD_LENGTH = 512;
const HASH_LENGTH = 20;
const VC_LENGTH = 8;
/** Of each key stream, the first bytes are thrown away: they tell of the key. */
const DISCARDED_BYTES = 1024;
/** So many bytes of a plaintext handshake's name can't be the beginning of anybody's public key by chance. */
const NAME_LENGTH = 20;

/** What the side that calls says. */
export interface CallOptions {
  /** The torrent's, 20 bytes: the other side must know it. */
  infoHash: Uint8Array;
  /** CryptoMethod bits. */
  methods: number;
  /** Goes out with the third message: the BitTorrent handshake, so that it costs no round trip. At most 65,535 bytes. */
  payload: Uint8Array;
}

/** What the side that was called must be able to tell. */
export interface AnswerOptions {
  /** The info hash of ours for which `obfuscate()` gives this, in hex; undefined if there is none. */
  findInfoHash(obfuscated: string): Uint8Array | undefined;
  /** Takes one of the CryptoMethod bits `offered`, or 0 to refuse. */
  choose(offered: number): number;
}

/** How an encrypted caller names a torrent, in hex, before the secret is mixed in. */
export async function obfuscate(infoHash: Uint8Array): Promise<string> {
  return toHex(await hash("req2", infoHash));
}

/**
 * Encrypts as the side that connected, and sends `payload`. Returns the method chosen.
 *
 * @throws {ProtocolError} if the answer isn't one
 */
export async function call(
  stream: HandshakeStream,
  { infoHash, methods, payload }: CallOptions,
): Promise<number> {
  const exchange = new KeyExchange();
  await stream.write(concat([exchange.publicKey, randomPad()]));
  const secret = exchange.secretWith(await readKey(stream, new Uint8Array(KEY_LENGTH), 0));

  const { outgoing, incoming } = await makeCiphers("keyA", "keyB", secret, infoHash);
  const pad = emptyPad();
  const offer = concat([
    ...[new Uint8Array(VC_LENGTH), u32(methods), u16(pad.length), pad],
    ...[u16(payload.length), payload],
  ]);
  outgoing.apply(offer);
  const name = mixed(await hash("req2", infoHash), await hash("req3", secret));
  const mark = await hash("req1", secret);
  await stream.write(concat([mark, name, offer]));
  stream.encipher = outgoing;

  const vc = new Uint8Array(VC_LENGTH);
  incoming.apply(vc);
  await skipPast(stream, vc, MAX_PAD_LENGTH);
  stream.decipher = incoming;
  const method = await readU32(stream);
  if ((method & methods) === 0 || (method !== CryptoMethod.rc4 && method !== CryptoMethod.plaintext)) {
    throw new ProtocolError(`Cannot encrypt: the method must be one of those offered: got ${method}`);
  }
  await skipPad(stream);
  follow(stream, method);
  return method;
}

/**
 * Encrypts as the side that was called. Of the caller's public key, `at` bytes are in `start` already (which has room
 * for all of it). The caller's payload is what the stream gives next. Returns the method chosen.
 *
 * @throws {ProtocolError} if the caller says something else, means no torrent of ours, or offers no method that we take
 */
export async function answer(
  stream: HandshakeStream,
  { start, at }: { start: Uint8Array; at: number },
  { findInfoHash, choose }: AnswerOptions,
): Promise<{ method: number; infoHash: Uint8Array }> {
  const theirKey = await readKey(stream, start, at);
  const exchange = new KeyExchange();
  const secret = exchange.secretWith(theirKey);
  await stream.write(concat([exchange.publicKey, randomPad()]));

  await skipPast(stream, await hash("req1", secret), MAX_PAD_LENGTH);
  const named = await readBytes(stream, HASH_LENGTH);
  const infoHash = findInfoHash(toHex(mixed(named, await hash("req3", secret))));
  if (infoHash === undefined) {
    throw new ProtocolError("Cannot shake hands: no torrent here has the info hash of an encrypted caller");
  }
  const { outgoing, incoming } = await makeCiphers("keyB", "keyA", secret, infoHash);
  stream.decipher = incoming;
  if ((await readBytes(stream, VC_LENGTH)).some((byte) => byte !== 0)) {
    throw new ProtocolError("Cannot encrypt: the verification constant must be zeros: got other bytes");
  }
  const offered = await readU32(stream);
  const method = choose(offered);
  if (method === 0) {
    throw new ProtocolError(`Cannot encrypt: a method that we take must be offered: got ${offered}`);
  }
  await skipPad(stream);
  const payload = await readBytes(stream, await readU16(stream));

  stream.encipher = outgoing;
  const pad = emptyPad();
  await stream.write(concat([new Uint8Array(VC_LENGTH), u32(method), u16(pad.length), pad]));
  follow(stream, method);
  stream.unread(payload);
  return { method, infoHash };
}

/** The rest is as was chosen. */
function follow(stream: HandshakeStream, method: number): void {
  if (method === CryptoMethod.rc4) return;
  stream.encipher = undefined;
  stream.decipher = undefined;
}

async function makeCiphers(
  ours: string,
  theirs: string,
  secret: Uint8Array,
  infoHash: Uint8Array,
): Promise<{ outgoing: Rc4; incoming: Rc4 }> {
  const outgoing = new Rc4(await hash(ours, secret, infoHash));
  const incoming = new Rc4(await hash(theirs, secret, infoHash));
  outgoing.skip(DISCARDED_BYTES);
  incoming.skip(DISCARDED_BYTES);
  return { outgoing, incoming };
}

/** Gives up as soon as it is the plaintext handshake that comes: it is shorter, and the rest would be waited for. */
async function readKey(stream: HandshakeStream, key: Uint8Array, at: number): Promise<Uint8Array> {
  const isPlain = (soFar: Uint8Array) => soFar.length >= NAME_LENGTH && isHandshakeStart(soFar);
  await stream.readWhile(key, at, (soFar) => !isPlain(soFar));
  if (isPlain(key)) {
    throw new ProtocolError("Cannot encrypt: must be a public key: got a plaintext handshake");
  }
  return key;
}

/**
 * Reads up to the end of `pattern`, before which there may be `most` bytes of anything. Never reads a byte beyond: the
 * longest end of what is there that can be the pattern's beginning is kept, and only what that lacks is read.
 */
async function skipPast(stream: HandshakeStream, pattern: Uint8Array, most: number): Promise<void> {
  const window = new Uint8Array(pattern.length);
  let kept = 0;
  for (let before = 0; before <= most;) {
    await stream.read(window.subarray(kept));
    if (equals(window, pattern)) return;
    kept = pattern.length - 1;
    while (!equals(window.subarray(pattern.length - kept), pattern.subarray(0, kept))) kept--;
    window.copyWithin(0, pattern.length - kept);
    before += pattern.length - kept;
  }
  throw new ProtocolError(`Cannot encrypt: a pad must be at most ${most} bytes: got more`);
}

async function skipPad(stream: HandshakeStream): Promise<void> {
  const length = await readU16(stream);
  if (length > MAX_PAD_LENGTH) {
    throw new ProtocolError(`Cannot encrypt: a pad must be at most ${MAX_PAD_LENGTH} bytes: got ${length}`);
  }
  await stream.skip(length);
}

async function readBytes(stream: HandshakeStream, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  await stream.read(bytes);
  return bytes;
}

async function readU16(stream: HandshakeStream): Promise<number> {
  const [high = 0, low = 0] = await readBytes(stream, 2);
  return high << 8 | low;
}

async function readU32(stream: HandshakeStream): Promise<number> {
  return new DataView((await readBytes(stream, 4)).buffer).getUint32(0);
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value >>> 8, value);
}

function u32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

function randomPad(): Uint8Array {
  return crypto.getRandomValues(emptyPad());
}

/** Inside RC4 a pad is zeros, kept for later versions. */
function emptyPad(): Uint8Array<ArrayBuffer> {
  const [chance] = crypto.getRandomValues(new Uint16Array(1)) as unknown as [number];
  return new Uint8Array(chance % (MAX_PAD_LENGTH + 1));
}

function mixed(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((byte, i) => byte ^ (b[i] as number));
}

async function hash(word: string, ...parts: Uint8Array[]): Promise<Uint8Array> {
  const bytes = concat([new TextEncoder().encode(word), ...parts]);
  return new Uint8Array(await crypto.subtle.digest("SHA-1", bytes as Uint8Array<ArrayBuffer>));
}
