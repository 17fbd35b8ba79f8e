import assert from "node:assert/strict";
import { dial } from "../../../peer/net/dialer.ts";
import { ConnectionError } from "../../../peer/net/errors.ts";

function portNobodyListensOn(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

Deno.test("dial() connects to an address and to a host name", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  for (const ip of ["127.0.0.1", "localhost"]) {
    const [conn, accepted] = await Promise.all([
      dial({ ip, port: listener.addr.port }),
      listener.accept(),
    ]);
    assert.equal(conn.remoteAddr.port, listener.addr.port);
    conn.close();
    accepted.close();
  }
});

Deno.test("dial() names the address and what is wrong with it", async (t) => {
  const port = portNobodyListensOn();
  const cases = [
    { ip: "127.0.0.1", message: `Cannot connect to 127.0.0.1:${port}: connection refused` },
    {
      ip: "no-such-host.invalid",
      message: `Cannot connect to no-such-host.invalid:${port}: the host name can't be resolved`,
    },
  ];
  for (const { ip, message } of cases) {
    await t.step(ip, async () => {
      await assert.rejects(dial({ ip, port }), { name: "ConnectionError", message });
    });
  }
});

Deno.test("dial() gives up after its time limit", async () => {
  // A listener that never accepts and whose queue is full lets nobody in: the connect hangs.
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const address = { ip: "127.0.0.1", port: listener.addr.port };
  const waiting: Deno.Conn[] = [];
  let refusal: unknown;
  while (refusal === undefined && waiting.length < 5_000) {
    try {
      waiting.push(await dial(address, { timeoutMs: 200 }));
    } catch (error) {
      refusal = error;
    }
  }
  assert.ok(refusal instanceof ConnectionError);
  assert.equal(refusal.message, `Cannot connect to 127.0.0.1:${address.port}: no answer within 0.2 s`);
  const stop = new AbortController();
  const dialling = dial(address, { timeoutMs: 30_000, signal: stop.signal });
  stop.abort();
  await assert.rejects(dialling, { message: `Cannot connect to 127.0.0.1:${address.port}: given up` });
  for (const conn of waiting) conn.close();
});

Deno.test("dial() with a signal that is aborted already doesn't connect", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await assert.rejects(
    dial({ ip: "127.0.0.1", port: listener.addr.port }, { signal: AbortSignal.abort() }),
    ConnectionError,
  );
});

Deno.test("dial() leaves a connection alone when the signal is aborted later", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const stop = new AbortController();
  const [conn, accepted] = await Promise.all([
    dial({ ip: "127.0.0.1", port: listener.addr.port }, { signal: stop.signal }),
    listener.accept(),
  ]);
  stop.abort();
  assert.equal(await conn.write(Uint8Array.of(1)), 1);
  assert.equal(await accepted.read(new Uint8Array(8)), 1);
  conn.close();
  accepted.close();
});
