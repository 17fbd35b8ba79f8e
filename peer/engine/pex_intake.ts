// What other peers say of whom they are connected to: how much of it is taken. https://www.bittorrent.org/beps/bep_0011.html
// Anybody may send anything, so nobody may fill the pool, or send us to places that he could not reach himself.

import type { PeerAddress } from "../../protocol/compact.ts";
import { decodePex } from "../../protocol/ut_pex.ts";
import { mayName } from "./address_scope.ts";
import type { ExtendingPeer } from "./extensions.ts";

/** A message that comes sooner after the one before is not even read, ms: one a minute is what the BEP allows. */
const LEAST_INTERVAL_MS = 20_000;
/** Addresses taken from one peer: so many at first, and as many more a minute as the BEP lets it send. */
const MOST_ADDRESSES = 100;
const ADDRESSES_PER_MS = 50 / 60_000;

/** What one peer may still tell us. */
export class PexAllowance {
  /** When its last message was read, ms. */
  takenAt = -Infinity;
  /** Addresses that it may name. */
  addresses = MOST_ADDRESSES;
}

/** The addresses in `payload` that are worth trying: none if the peer says too much. */
export function takePex(peer: ExtendingPeer, payload: Uint8Array, now: number): PeerAddress[] {
  if (peer.extensions === undefined) return [];
  const allowance = peer.extensions.pexAllowance ??= new PexAllowance();
  const passedMs = now - allowance.takenAt;
  if (passedMs < LEAST_INTERVAL_MS) return [];
  allowance.takenAt = now;
  allowance.addresses = Math.min(MOST_ADDRESSES, allowance.addresses + passedMs * ADDRESSES_PER_MS);
  const taken: PeerAddress[] = [];
  for (const { ip, port } of decodePex(payload).added) {
    if (taken.length + 1 > allowance.addresses) break;
    if (port > 0 && mayName(peer.address.ip, ip)) taken.push({ ip, port });
  }
  allowance.addresses -= taken.length;
  return taken;
}
