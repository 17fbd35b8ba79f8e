// The messages in which peers tell each other whom they are connected to.
// https://www.bittorrent.org/beps/bep_0011.html. How often, how many and what to believe is the engine's.

import { decode, encode, getBytes } from "./bencode.ts";
import {
  decodeCompact4,
  decodeCompact6,
  encodeCompact4,
  encodeCompact6,
  parseIp,
  type PeerAddress,
} from "./compact.ts";
import { BencodeError, ProtocolError } from "./errors.ts";

/** What is told of a peer besides its address, as bits of one byte (BEP 11). */
export const PexFlag = {
  /** It prefers encrypted connections. */
  prefersEncryption: 0x01,
  /** It only uploads. */
  isUploadOnly: 0x02,
  /** It speaks uTP (BEP 29). */
  supportsUtp: 0x04,
  /** It can bring two peers behind NATs together (BEP 55). */
  supportsHolepunch: 0x08,
  /** The sender has connected to it: it can be reached. */
  isReachable: 0x10,
} as const;

/** Someone to whom the sender is connected. */
export interface PexPeer extends PeerAddress {
  /** Bits of {@link PexFlag}. */
  flags: number;
}

/** What has changed since the sender's last message. */
export interface PexMessage {
  /** New connections. */
  added: PexPeer[];
  /** Connections that are gone. */
  dropped: PeerAddress[];
}

/** Longest message read, in bytes: 50 addresses take 1 KB, and some send all they know at first. */
const MAX_MESSAGE_BYTES = 64 * 1024;
const MAX_VALUES = 64;

/** Lays out the payload of an `ut_pex` message (BEP 11). Peers whose `ip` is a name are left out, with their flags. */
export function encodePex({ added, dropped }: PexMessage): Uint8Array {
  // As the addresses are: one that is left out below with its flags still here would give them to the next peer.
  const added4 = added.filter(({ ip }) => parseIp(ip)?.length === 4);
  const added6 = added.filter(({ ip }) => parseIp(ip)?.length === 16);
  const flags = (peers: PexPeer[]) => Uint8Array.from(peers, (peer) => peer.flags);
  return encode({
    "added": encodeCompact4(added4),
    "added.f": flags(added4),
    "added6": encodeCompact6(added6),
    "added6.f": flags(added6),
    "dropped": encodeCompact4(dropped),
    "dropped6": encodeCompact6(dropped),
  });
}

/**
 * Reads the payload of an `ut_pex` message (BEP 11). Missing lists are empty, missing flags 0.
 *
 * @throws {ProtocolError} if it is not a bencoded dictionary, or too large.
 */
export function decodePex(payload: Uint8Array): PexMessage {
  let reason = "must be a dictionary: got something else";
  try {
    const dict = decode(payload, { lenient: true, maxBytes: MAX_MESSAGE_BYTES, maxValues: MAX_VALUES });
    if (dict instanceof Map) {
      const bytes = (key: string) => getBytes(dict, key) ?? EMPTY;
      return {
        added: [
          ...withFlags(decodeCompact4(bytes("added")), bytes("added.f")),
          ...withFlags(decodeCompact6(bytes("added6")), bytes("added6.f")),
        ],
        dropped: [...decodeCompact4(bytes("dropped")), ...decodeCompact6(bytes("dropped6"))],
      };
    }
  } catch (error) {
    if (!(error instanceof BencodeError)) throw error;
    reason = `${error.reason} at byte ${error.offset}`;
  }
  throw new ProtocolError(`Cannot accept ut_pex: ${reason}`);
}

const EMPTY = new Uint8Array(0);

function withFlags(peers: PeerAddress[], flags: Uint8Array): PexPeer[] {
  return peers.map(({ ip, port }, i) => ({ ip, port, flags: flags[i] ?? 0 }));
}
