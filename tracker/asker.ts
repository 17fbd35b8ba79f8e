// Who sends an announce, laid out for the peer table: address and port, peer id, hash of the key.
// https://www.bittorrent.org/beps/bep_0003.html (`ip`, `peer_id`, `key`). Whose word counts, tracker.ts decides.

import { type AnnounceRequest, parseIp, TrackerRequestError } from "../protocol/mod.ts";
import { isLocalAddress } from "./client_address.ts";
import { hashKey } from "./hash.ts";
import { MAX_KEY } from "./peer_record.ts";
import { Reach, reachOf } from "./reach.ts";
import type { PeerIdentity } from "./peer_table.ts";

/** The sender of the announce at hand. One is used for all of them, one after the other. */
export class Asker implements PeerIdentity {
  endpoint: Uint16Array;
  readonly peerId: Uint32Array = new Uint32Array(5);
  key = 0;
  /** Of which family the endpoint is. */
  isIp6 = false;
  /** True if the address isn't the one that it asks from, but named in `ip`. */
  isElsewhere = false;
  /** From where the endpoint, and from where it asks from, can be reached. */
  reach: Reach = Reach.everywhere;
  fromReach: Reach = Reach.everywhere;

  /** What keys are hashed with. */
  seed: number;
  /** Whether everybody may name another address, not only askers from the tracker's own network. */
  allowIp: boolean;

  readonly #peerIdBytes = new Uint8Array(this.peerId.buffer);
  readonly #endpoint4 = new Uint16Array(3);
  readonly #endpoint6 = new Uint16Array(9);
  readonly #bytes4 = new Uint8Array(this.#endpoint4.buffer);
  readonly #bytes6 = new Uint8Array(this.#endpoint6.buffer);

  constructor(seed: number, allowIp: boolean) {
    this.seed = seed;
    this.allowIp = allowIp;
    this.endpoint = this.#endpoint4;
  }

  /**
   * Takes in an announce from `from`, 4 or 16 bytes.
   *
   * @throws {TrackerRequestError} if it may name another address, but that isn't one.
   */
  read({ ip, key, peerId, port }: AnnounceRequest, from: Uint8Array): void {
    const address = ip === undefined ? from : this.#claimed(ip, from);
    this.isElsewhere = address !== from;
    const isIp6 = address.length !== 4;
    const bytes = isIp6 ? this.#bytes6 : this.#bytes4;
    for (let i = 0; i < address.length; i++) bytes[i] = address[i] as number;
    bytes[address.length] = port >>> 8;
    bytes[address.length + 1] = port;
    this.isIp6 = isIp6;
    this.fromReach = reachOf(from, 0, from.length);
    this.reach = this.isElsewhere ? reachOf(address, 0, address.length) : this.fromReach;
    this.endpoint = isIp6 ? this.#endpoint6 : this.#endpoint4;
    for (let i = 0; i < 20; i++) this.#peerIdBytes[i] = peerId.charCodeAt(i);
    // Zero stands for no key.
    this.key = key === undefined ? 0 : hashKey(this.seed, key) & MAX_KEY || 1;
  }

  /** Its address without the port, 4 or 16 bytes, borrowed. */
  get address(): Uint8Array {
    return (this.isIp6 ? this.#bytes6 : this.#bytes4).subarray(0, -2);
  }

  #claimed(ip: string, from: Uint8Array): Uint8Array {
    // Anybody else could send a whole swarm to a victim. Ignored, not refused: clients send it without being asked to.
    if (!this.allowIp && !isLocalAddress(from)) return from;
    const address = parseIp(ip);
    if (address === undefined) throw new TrackerRequestError("Invalid ip: must be an IPv4 or IPv6 address");
    // Clients say so that listen on all their addresses.
    if (address.every((byte) => byte === 0)) return from;
    return isSame(address, from) ? from : address;
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
