import assert from "node:assert/strict";
import type { PeerAddress } from "../../../protocol/compact.ts";
import { encodeHandshake } from "../../../protocol/handshake.ts";
import { ConnectionError, ListenError, PortInUseError } from "../../../peer/net/errors.ts";
import { receive } from "../../../peer/net/handshaker.ts";
import { Listener } from "../../../peer/net/listener.ts";
import { isHungUp, readUpTo, writeAll } from "../../support/socket_pair.ts";

const OURS = { infoHash: new Uint8Array(20).fill(1), peerId: new Uint8Array(20).fill(2) };
const THEIRS = { infoHash: OURS.infoHash, peerId: new Uint8Array(20).fill(3) };

/** Beyond any test: what ends a handshake here is not its deadline. */
const NEVER_MS = 3_600_000;

function call(listener: Listener, hostname = "127.0.0.1"): Promise<Deno.TcpConn> {
  return Deno.connect({ hostname, port: listener.port });
}

Deno.test("Listener takes IPv4 and IPv6 on one port and tells IPv4 addresses as such", async () => {
  const addresses: PeerAddress[] = [];
  const listener = Listener.listen({
    port: 0,
    onConnection(conn, address) {
      addresses.push(address);
      conn.close();
      return Promise.resolve();
    },
  });
  const hosts = hasIpv6() ? ["127.0.0.1", "::1"] : ["127.0.0.1"];
  for (const hostname of hosts) {
    const conn = await call(listener, hostname);
    await isHungUp(conn);
    assert.deepEqual(addresses.pop(), { ip: hostname, port: conn.localAddr.port });
    conn.close();
  }
  await listener.close();
});

function hasIpv6(): boolean {
  try {
    Deno.listen({ hostname: "::1", port: 0 }).close();
    return true;
  } catch {
    return false;
  }
}

Deno.test("Listener knows in which families it can be called", async () => {
  const cases = [{ hostname: "127.0.0.1", ip4: true, ip6: false }];
  if (hasIpv6()) {
    cases.push({ hostname: "::1", ip4: false, ip6: true }, { hostname: "::", ip4: true, ip6: true });
  }
  for (const { hostname, ...families } of cases) {
    const listener = Listener.listen({ port: 0, hostname, onConnection: () => Promise.resolve() });
    assert.deepEqual(listener.families, families, hostname);
    await listener.close();
  }
  const listener = Listener.listen({ port: 0, onConnection: () => Promise.resolve() });
  assert.deepEqual(listener.families, { ip4: true, ip6: hasIpv6() });
  await listener.close();
});

Deno.test("Listener.listen() says what to do about a port in use", async () => {
  const first = Listener.listen({ port: 0, onConnection: () => Promise.resolve() });
  for (const hostname of [undefined, "0.0.0.0", "127.0.0.1"]) {
    assert.throws(() => {
      Listener.listen({
        port: first.port,
        ...(hostname === undefined ? {} : { hostname }),
        onConnection: () => Promise.resolve(),
      });
    }, (error) => {
      assert.ok(error instanceof PortInUseError);
      assert.equal(error.port, first.port);
      assert.equal(
        error.message,
        `Cannot listen on port ${first.port}: it is in use: choose another port or stop the program that holds it`,
      );
      return true;
    });
  }
  await first.close();
  const second = Listener.listen({ port: first.port, onConnection: () => Promise.resolve() });
  assert.equal(second.port, first.port);
  await second.close();
});

Deno.test("Listener.listen() names an address that isn't ours", () => {
  assert.throws(
    () => Listener.listen({ port: 0, hostname: "198.51.100.7", onConnection: () => Promise.resolve() }),
    (error) => {
      assert.ok(error instanceof ListenError);
      assert.match(error.message, /^Cannot listen on port 0: \S/);
      assert.doesNotMatch(error.message, /os error/);
      return true;
    },
  );
});

Deno.test("Listener lets an honest caller through a flood of silent ones", async () => {
  const { promise: arrived, resolve: onArrived } = Promise.withResolvers<Uint8Array>();
  const refused = new Set<number>();
  let most = 0;
  const accepted: Deno.Conn[] = [];
  const listener: Listener = Listener.listen({
    port: 0,
    maxHandshakes: 4,
    onRefused: ({ port }) => void refused.add(port),
    async onConnection(conn) {
      most = Math.max(most, listener.handshakes);
      const { peerId } = await receive(conn, { timeoutMs: NEVER_MS, introduce: () => OURS });
      accepted.push(conn);
      onArrived(peerId);
    },
  });
  const flood: Deno.TcpConn[] = [];
  for (let i = 0; i < 30; i++) flood.push(await call(listener));
  // The first of the flood is hung up on although not one of them has said a word: it has been at it longest.
  assert.equal(await isHungUp(flood[0] as Deno.TcpConn), true);
  const honest = await call(listener);
  await writeAll(honest, encodeHandshake(THEIRS));
  assert.deepEqual(await readUpTo(honest, 68), encodeHandshake(OURS));
  assert.deepEqual(await arrived, THEIRS.peerId);
  assert.equal(most, 4);
  await listener.close();
  assert.equal(listener.handshakes, 0);
  // Whoever else tries this port, such as peers of another run that had it, doesn't count.
  for (const { localAddr } of flood) assert.ok(refused.has(localAddr.port));
  assert.ok(!refused.has(honest.localAddr.port));
  assert.equal(await honest.write(Uint8Array.of(1)), 1); // a connection after its handshake isn't the listener's
  for (const conn of [...flood, honest, ...accepted]) conn.close();
});

Deno.test("Listener.close() ends handshakes under way and waits for them", async () => {
  const { promise: called, resolve: onCalled } = Promise.withResolvers<void>();
  let isOver = false;
  const listener = Listener.listen({
    port: 0,
    async onConnection(conn) {
      onCalled();
      try {
        await receive(conn, { timeoutMs: NEVER_MS, introduce: () => OURS });
      } finally {
        isOver = true;
      }
    },
  });
  const conn = await call(listener);
  await called;
  await Promise.all([listener.close(), listener.close()]);
  assert.equal(isOver, true);
  assert.equal(await isHungUp(conn), true);
  conn.close();
});

Deno.test("Listener hands our own bugs on, and hangs up on a caller it failed", async () => {
  const bugs: unknown[] = [];
  const refused: Error[] = [];
  const outcomes = [new RangeError("ours"), new ConnectionError("theirs")];
  const listener = Listener.listen({
    port: 0,
    onConnection: () => Promise.reject(outcomes.shift()),
    onRefused: (_, error) => refused.push(error),
    onBug: (error) => bugs.push(error),
  });
  for (let i = 0; i < 2; i++) {
    const conn = await call(listener);
    assert.equal(await isHungUp(conn), true);
    conn.close();
  }
  assert.deepEqual(bugs.map(String), ["RangeError: ours"]);
  assert.deepEqual(refused.map(String), ["ConnectionError: theirs"]);
  await listener.close();
});

Deno.test("Listener goes on when accepting fails for a while", async () => {
  const real = Deno.listen;
  let failures = 2;
  // Stands in for a system that is out of file descriptors.
  Deno.listen = ((options: Deno.TcpListenOptions & { transport?: "tcp" }) => {
    const socket = real(options);
    const accept = socket.accept.bind(socket);
    socket.accept = () =>
      failures-- > 0 ? Promise.reject(new Error("Too many open files (os error 24)")) : accept();
    return socket;
  }) as typeof Deno.listen;
  try {
    const { promise: called, resolve: onCalled } = Promise.withResolvers<void>();
    const listener = Listener.listen({
      port: 0,
      hostname: "127.0.0.1",
      onConnection(conn) {
        conn.close();
        onCalled();
        return Promise.resolve();
      },
    });
    const conn = await call(listener);
    await called;
    assert.ok(failures < 0);
    conn.close();
    await listener.close();
  } finally {
    Deno.listen = real;
  }
});
