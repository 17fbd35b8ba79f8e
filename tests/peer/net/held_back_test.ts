import assert from "node:assert/strict";
import { type ConnectedPeer, PeerConnection } from "../../../peer/net/peer_connection.ts";
import { SharedThrottle, Throttle } from "../../../peer/net/throttle.ts";
import { socketPair, writeAll } from "../../support/socket_pair.ts";

Deno.test("PeerConnection tells its peer of the time in which our limit kept it from reading, as it goes by", async () => {
  const shared = new SharedThrottle();
  const limits = { down: new Throttle(shared), up: new Throttle(new SharedThrottle()) };
  limits.down.limit(1000);
  limits.down.take(2500); // a quarter of a second was there: 2250 are owed
  const clock = { now: 0 };
  const [near, far] = await socketPair();
  const heard = Promise.withResolvers<void>();
  const held: [ms: number, now: number][] = [];
  const peer = {
    onKeepAlive: () => heard.resolve(),
    onBatchEnd: () => {},
    onWritable: () => {},
    onHeldBack: (ms: number, now: number) => held.push([ms, now]),
  };
  const connection = new PeerConnection(near, { limits, now: () => clock.now });
  const run = connection.run(peer as unknown as ConnectedPeer);
  await writeAll(far, new Uint8Array(4));
  for (clock.now = 1000; clock.now < 3000; clock.now += 1000) {
    connection.tick(clock.now);
    shared.refill(1000);
  }
  assert.deepEqual(held, [[1000, 1000], [1000, 2000]]);
  clock.now = 2500;
  shared.refill(500);
  await heard.promise;
  assert.deepEqual(held.slice(2), [[500, 2500]]);
  clock.now = 9000;
  connection.tick(clock.now); // from here on it waits for the peer
  assert.equal(held.length, 3);
  connection.close("done");
  await run;
  far.close();
});
