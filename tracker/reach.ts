// Who can reach whom. A peer with a private address is told to askers of the same network only, one on the tracker's own
// machine to askers on it: for everybody else it is a connection in vain, to somebody else's machine at worst.

/** From where on an address means something. The lower, the more can reach it. */
export const Reach = { everywhere: 0, network: 1, machine: 2 } as const;
export type Reach = typeof Reach[keyof typeof Reach];

/** The reach of an address that begins at `at` and has 4 or 16 bytes. */
export function reachOf(bytes: Uint8Array, at: number, length: number): Reach {
  const a = bytes[at] as number;
  const b = bytes[at + 1] as number;
  if (length === 4) {
    if (a === 127) return Reach.machine;
    const isPrivate = a === 10 || (a === 172 && (b & 0xf0) === 16) || (a === 192 && b === 168) ||
      (a === 169 && b === 254);
    return isPrivate ? Reach.network : Reach.everywhere;
  }
  if ((a & 0xfe) === 0xfc || (a === 0xfe && (b & 0xc0) === 0x80)) return Reach.network;
  if (a !== 0 || bytes[at + 15] !== 1) return Reach.everywhere;
  for (let i = 1; i < 15; i++) if (bytes[at + i] !== 0) return Reach.everywhere;
  return Reach.machine;
}

/** Whether an asker can connect to a peer. */
export function isReachable(peer: Reach, asker: Reach): boolean {
  return peer <= asker;
}
