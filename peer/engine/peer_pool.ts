// Known addresses and whom to dial next. No I/O.

import type { PeerAddress } from "../../protocol/mod.ts";

export type PeerSource = "tracker" | "incoming" | "user";

export interface PeerPoolOptions {
  /** Addresses remembered at most. Default 2000. */
  maxKnown?: number;
  /** [0, 1). Default Math.random. */
  random?: () => number;
}

export declare class PeerPool {
  constructor(options?: PeerPoolOptions);
  readonly size: number;
  /** Remembers addresses; returns how many were new. */
  add(addresses: readonly PeerAddress[], source: PeerSource, now: number): number;
  /** The best address that is not connected, banned, our own or in back-off; counts as dialling from here on. */
  next(now: number): PeerAddress | undefined;
  connected(address: PeerAddress): void;
  failed(address: PeerAddress, now: number): void;
  closed(address: PeerAddress, now: number): void;
  /** This address turned out to be ourselves: never offered again. */
  markSelf(address: PeerAddress): void;
  /** Never again: the whole ip, or on loopback only this port. */
  ban(address: PeerAddress): void;
  isBanned(address: PeerAddress): boolean;
}
