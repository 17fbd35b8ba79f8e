// Two ends of a real connection over loopback.

/** Connects through a listener that lives only for this. */
export async function socketPair(): Promise<[Deno.TcpConn, Deno.TcpConn]> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const [near, far] = await Promise.all([
    Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port }),
    listener.accept(),
  ]);
  return [near, far];
}

/** Writes all of `bytes`, to a socket or a file: a socket takes what its buffer holds. */
export async function writeAll(conn: Deno.Conn | Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
}

/** Reads exactly `length` bytes, or fewer if the other end hangs up first. */
export async function readUpTo(conn: Deno.Conn, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let at = 0;
  while (at < length) {
    const n = await conn.read(bytes.subarray(at));
    if (n === null) break;
    at += n;
  }
  return bytes.subarray(0, at);
}

/** True once the other end has hung up, after whatever it sent before. */
export async function isHungUp(conn: Deno.Conn): Promise<boolean> {
  const buffer = new Uint8Array(4096);
  try {
    while (await conn.read(buffer) !== null);
  } catch (error) {
    if (!(error instanceof Deno.errors.ConnectionReset)) throw error; // it had not read all we sent
  }
  return true;
}
