// What one tracker of a store makes of its askers, whatever the store says.

import assert from "node:assert/strict";
import { SharedSwarms } from "../../../tracker/store/shared_swarms.ts";
import { StoreClock } from "../../../tracker/store/store_clock.ts";
import type { StoreLink } from "../../../tracker/store/store_link.ts";
import type { Tracker } from "../../../tracker/tracker.ts";
import { addressOf, newTracker, request } from "../announcing.ts";
import { newWeb, offers } from "../browsers.ts";

/** A store that answers every announce with a swarm of one, and the arguments of all of them. */
function storeOf(tracker: Tracker): { swarms: SharedSwarms; told: unknown[][] } {
  const told: unknown[][] = [];
  const link: StoreLink = {
    isUp: true,
    run: (_script, _keys, args) => {
      told.push([...args]);
      return Promise.resolve([0, 0, 1, 0, 0, new Uint8Array(0), new Uint8Array(0)]);
    },
    tell() {},
  };
  return {
    told,
    swarms: new SharedSwarms(tracker, {
      link,
      clock: new StoreClock(0),
      random: () => 0,
      secret: new Uint8Array(20),
      log() {},
    }),
  };
}

Deno.test("who asks is told its own address (BEP 24), although the next asker is read before the store answers", async () => {
  const { swarms } = storeOf(newTracker());
  const at = "192.0.2.1:6881";
  for (const kind of ["announce", "announceOneFamily", "announceDictionary"] as const) {
    const from = addressOf(at); // one for all askers, as client_address.ts has it
    const answer = swarms[kind](request({ at }), from, 0);
    from.set(addressOf("198.51.100.2:6881"));
    assert.deepEqual((await answer).externalIp, addressOf(at), kind);
  }
});

Deno.test("addresses that askers say are believed as long as the rules say so, and no longer", async () => {
  const tracker = newTracker({ allowIpParameter: true });
  const { swarms, told } = storeOf(tracker);
  const [real, said] = ["192.0.2.1:6881", "198.51.100.9:6881"];
  const announce = () => swarms.announce(request({ at: real, ip: "198.51.100.9" }), addressOf(real), 0);
  await announce();
  tracker.setRules({ allowIpParameter: false });
  await announce();
  assert.deepEqual(told.map((args) => args[3]), [endpointOf(said), endpointOf(real)]);
});

Deno.test("a tracker holds its own browsers to the limit of swarms; peers in the store take no place from them", async () => {
  const { browser, tracker } = newWeb({ maxSwarmPeers: 1 });
  const { swarms } = storeOf(tracker);
  const announceTcp = () => swarms.announce(request({ at: "192.0.2.9:1" }), addressOf("192.0.2.9:1"), 0);
  await announceTcp();
  const [one, guest] = [browser("one"), browser("guest")];
  assert.equal(one.announce()[0]?.incomplete, 2);
  assert.equal(guest.announce({ offers: offers("o1") })[0]?.incomplete, 2);
  assert.deepEqual([one.take().length, one.peers.size, guest.peers.size], [1, 1, 0]);
  assert.equal((await announceTcp()).incomplete, 2);
});

function endpointOf(at: string): Uint8Array {
  return Uint8Array.from([...addressOf(at), 6881 >> 8, 6881 & 255]);
}
