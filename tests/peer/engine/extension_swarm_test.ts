// Engines back to back: real messages over simulated links, time as a number.

import assert from "node:assert/strict";
import { equals } from "../../../protocol/bytes.ts";
import type { PeerAddress } from "../../../protocol/compact.ts";
import { MetadataEngine } from "../../../peer/engine/metadata_engine.ts";
import type { RemotePeer } from "../../../peer/engine/peer.ts";
import type { Wire } from "../../../peer/engine/ports.ts";
import { EngineHarness } from "../../support/engine_harness.ts";
import { Downlink, MemoryWire, type Receiver, Uplink } from "../../support/memory_wire.ts";
import { pseudoRandomBytes } from "../../support/random.ts";
import { Simulation } from "../../support/simulation.ts";

const BYTES_PER_MS = 1000;
const LATENCY_MS = 20;

interface Engine<P extends Receiver> {
  add(wire: Wire, remote: RemotePeer, now: number): P;
  remove(peer: P): void;
  tick(now: number): void;
}

interface Node {
  address: PeerAddress;
  up: Uplink;
  down: Downlink;
  /** Takes one end of a connection; returns who receives, and what ends it. */
  join(wire: Wire, remote: RemotePeer): { receiver: Receiver; leave(): void };
}

/** Engines with links of a certain rate and latency. */
class Network {
  readonly simulation = new Simulation();
  readonly #nodes: Node[] = [];

  /** Adds an engine; it is told the time every second. Returns its number. */
  add<P extends Receiver>(engine: Engine<P>): number {
    const number = this.#nodes.length;
    this.#nodes.push({
      join: (wire, remote) => {
        const peer = engine.add(wire, remote, this.simulation.now);
        return { receiver: peer, leave: () => engine.remove(peer) };
      },
      address: { ip: "192.0.2.1", port: 7000 + number },
      up: new Uplink(this.simulation, BYTES_PER_MS),
      down: new Downlink(BYTES_PER_MS),
    });
    const tick = (): void => {
      engine.tick(this.simulation.now);
      this.simulation.at(this.simulation.now + 1000, tick);
    };
    this.simulation.at(this.simulation.now + 1000, tick);
    return number;
  }

  /** `caller` connects to `called`. */
  connect(caller: number, called: number): void {
    const near = this.#join(caller, called, true);
    const far = this.#join(called, caller, false);
    near.wire.join(far.wire, far.down, near.receiver);
    far.wire.join(near.wire, near.down, far.receiver);
  }

  #join(self: number, other: number, outgoing: boolean) {
    const { up, down, join } = this.#node(self);
    const wire: MemoryWire = new MemoryWire({
      simulation: this.simulation,
      uplink: up,
      latencyMs: LATENCY_MS,
      onClose: () => end.leave(),
    });
    const peerId = new Uint8Array(20).fill(other + 1);
    const end = join(wire, { peerId, address: this.#node(other).address, outgoing, extended: true });
    return { wire, down, receiver: end.receiver };
  }

  #node(number: number): Node {
    const node = this.#nodes[number];
    assert.ok(node !== undefined);
    return node;
  }
}

/** A torrent's engine that has everything, or nothing. */
function torrent(infoBytes?: Uint8Array, have: "all" | [] = "all"): EngineHarness {
  return new EngineHarness({ extensions: true, have, ...(infoBytes === undefined ? {} : { infoBytes }) });
}

interface Search {
  engine: MetadataEngine;
  found: Uint8Array[];
  bans: string[];
}

function search(infoBytes: Uint8Array, simulation: Simulation): Search {
  const found: Uint8Array[] = [];
  const bans: string[] = [];
  const engine = new MetadataEngine({
    port: 7000,
    verify: (bytes) => {
      simulation.hasSettled = true; // its followers run before the next event
      return Promise.resolve(equals(bytes, infoBytes));
    },
    events: {
      onMetadata: (bytes) => found.push(bytes),
      onListening: () => {},
      onPeers: () => {},
      onBan: (peer) => bans.push(String(peer.peerId[0])),
    },
  });
  return { engine, found, bans };
}

Deno.test("a megabyte of metadata comes from three engines at once, nearly as fast as the line is", async () => {
  const network = new Network();
  const infoBytes = pseudoRandomBytes(1_000_000, 5);
  const { engine, found } = search(infoBytes, network.simulation);
  const seeker = network.add(engine);
  for (let i = 0; i < 3; i++) network.connect(seeker, network.add(torrent(infoBytes).engine));
  await network.simulation.run(60_000, () => found.length > 0);
  assert.deepEqual(found, [infoBytes]);
  assert.ok(network.simulation.now < 2_000, `at 1 MB/s it took ${network.simulation.now} ms`);
});

Deno.test("metadata come also when most who offer them have others of the same length, and only those are banned", async () => {
  const network = new Network();
  const infoBytes = pseudoRandomBytes(200_000, 5);
  const { engine, found, bans } = search(infoBytes, network.simulation);
  const seeker = network.add(engine);
  const honest = network.add(torrent(infoBytes).engine);
  for (let i = 0; i < 4; i++) {
    network.connect(seeker, network.add(torrent(pseudoRandomBytes(200_000, 6 + i)).engine));
  }
  network.connect(seeker, honest);
  await network.simulation.run(600_000, () => found.length > 0);
  assert.deepEqual(found, [infoBytes]);
  assert.ok(!bans.includes(String(honest + 1)), `banned ${bans}`);
});

Deno.test("two engines that are connected to a third hear of each other, but not in a private torrent", async () => {
  for (const isPrivate of [false, true]) {
    const network = new Network();
    const nodes = [0, 1, 2].map(() => new EngineHarness({ extensions: true, isPrivate }));
    const [middle, first, second] = nodes.map(({ engine }) => network.add(engine)) as [
      number,
      number,
      number,
    ];
    network.connect(middle, first);
    network.connect(middle, second);
    await network.simulation.run(5_000, () => false);
    const heard = nodes.map(({ events }) => events.filter((event) => event.startsWith("peers")));
    const expected = [[], ["peers 192.0.2.1:7002"], ["peers 192.0.2.1:7001"]];
    assert.deepEqual(heard, isPrivate ? [[], [], []] : expected);
  }
});
