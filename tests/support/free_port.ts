// Ports for programs that are told one: a tracker takes its number for TCP and UDP.

/** Above it a row would not fit. */
const MOST = 65_000;

const handedOut = new Set<number>();

/** A port that nothing uses now, neither over TCP nor over UDP, and that this process has not handed out before. */
export function freePort(): number {
  return freePorts(1);
}

/** The first of so many such ports in a row. */
export function freePorts(count: number): number {
  for (;;) {
    const first = anyPort();
    const row = Array.from({ length: count }, (_, i) => first + i);
    if (first > MOST || !row.every((port) => !handedOut.has(port) && isFree(port))) continue;
    for (const port of row) handedOut.add(port);
    return first;
  }
}

function anyPort(): number {
  using listener = Deno.listen({ hostname: "0.0.0.0", port: 0 });
  return listener.addr.port;
}

function isFree(port: number): boolean {
  try {
    Deno.listen({ hostname: "0.0.0.0", port }).close();
    Deno.listenDatagram({ transport: "udp", hostname: "0.0.0.0", port }).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return false;
    throw error;
  }
}
