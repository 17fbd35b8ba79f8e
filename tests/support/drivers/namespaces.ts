// Network namespaces on one bridge: every peer of a swarm gets an address of its own, which loopback can't give.
// They are cut off from everything else: nothing in them has a way out. Needs root and iproute2.

import { findOnPath, output } from "./program.ts";
import type { Needed } from "./needed.ts";
import type { Stage } from "./stage.ts";
import { Wire } from "./wire.ts";

/** One host of the network. */
export interface Host {
  address: string;
  /** Put before a command line to run it there. */
  enter: string[];
}

/** A host whose way to the others can be bad; `toFar` is to it. */
export interface WiredHost extends Host {
  wire: Wire;
  /** Pulls its plug, or puts it in again: both ends of the wire know, and nobody beyond them. */
  plug(isIn: boolean): Promise<void>;
  /** Ends its connections to an address. What the other side hears of it is the wire's. */
  disconnect(address: string): Promise<void>;
}

export const namespaces: Needed = {
  name: "network namespaces",
  install: "run as root with iproute2",
  async find() {
    if (Deno.build.os !== "linux" || Deno.uid() !== 0 || findOnPath("ip") === undefined) return undefined;
    const name = newName();
    try {
      await ip("netns", "add", name);
      await ip("netns", "delete", name);
      return (await ip("-Version")).match(/iproute2-([\d.]+)/)?.[1] ?? "unknown";
    } catch {
      // Root, but not allowed to: a container without the right to make networks.
      return undefined;
    }
  },
};

/** Makes `count` hosts at 198.51.100.1 and up (addresses that belong to no one), gone again with the stage. */
export async function makeHosts(stage: Stage, count: number): Promise<Host[]> {
  const network = await makeNetwork(stage);
  const hosts: Host[] = [];
  for (let i = 1; i <= count; i++) {
    const { address, enter, name } = await addHost(stage, network, i);
    const peer = ["type", "veth", "peer", "name", "eth0", "netns", name];
    await ip("-n", network.bridge, "link", "add", `port${i}`, ...peer);
    await connect(network, i, name, address);
    hosts.push({ address, enter });
  }
  return hosts;
}

/** The same with wires between them and the bridge. Needs Python and /dev/net/tun as well. */
export async function makeWiredHosts(stage: Stage, count: number, seed: number): Promise<WiredHost[]> {
  const network = await makeNetwork(stage);
  const { bridge } = network;
  const hosts: WiredHost[] = [];
  for (let i = 1; i <= count; i++) {
    const { address, enter, name } = await addHost(stage, network, i);
    const port = `port${i}`;
    const wire = await Wire.make(port, "eth0", { enter: enterInto(bridge), seed: seed + i });
    stage.defer(() => wire.close());
    await ip("-n", bridge, "link", "set", "eth0", "netns", name);
    await connect(network, i, name, address);
    hosts.push({
      address,
      enter,
      wire,
      plug: async (isIn) => void await ip("-n", bridge, "link", "set", port, isIn ? "up" : "down"),
      disconnect: async (from) => void await run(...enter, "ss", "--kill", "--tcp", "dst", from),
    });
  }
  return hosts;
}

interface Network {
  /** What the names of its namespaces begin with. */
  prefix: string;
  /** The namespace of the bridge. */
  bridge: string;
}

async function makeNetwork(stage: Stage): Promise<Network> {
  await removeLeftOvers();
  const prefix = newName();
  const bridge = `${prefix}-bridge`;
  await addNamespace(stage, bridge);
  await ip("-n", bridge, "link", "add", "bridge", "type", "bridge");
  await ip("-n", bridge, "link", "set", "bridge", "up");
  return { prefix, bridge };
}

async function addHost(stage: Stage, { prefix }: Network, i: number): Promise<Host & { name: string }> {
  const name = `${prefix}-${i}`;
  await addNamespace(stage, name);
  return { name, address: `198.51.100.${i}`, enter: enterInto(name) };
}

/** The host's device is there, and one of the bridge's. */
async function connect({ bridge }: Network, i: number, name: string, address: string): Promise<void> {
  await ip("-n", bridge, "link", "set", `port${i}`, "master", "bridge", "up");
  await ip("-n", name, "address", "add", `${address}/24`, "dev", "eth0");
  await ip("-n", name, "link", "set", "lo", "up");
  await ip("-n", name, "link", "set", "eth0", "up");
}

async function addNamespace(stage: Stage, name: string): Promise<void> {
  await ip("netns", "add", name);
  stage.defer(async () => void await ip("netns", "delete", name));
}

/** Says whose it is: a harness that is killed leaves its namespaces behind. */
function newName(): string {
  return `seedling-p${Deno.pid}-${crypto.randomUUID().slice(0, 8)}`;
}

/** Removes the namespaces of harnesses that are gone. */
async function removeLeftOvers(): Promise<void> {
  for (const [name, pid] of (await ip("netns", "list")).matchAll(/^seedling-p(\d+)-\S+/gm)) {
    const isAlive = await run("kill", "-0", `${pid}`).then(() => true, () => false);
    // Another harness may be at it, too.
    if (!isAlive) await ip("netns", "delete", name).catch(() => {});
  }
}

function enterInto(namespace: string): string[] {
  return ["ip", "netns", "exec", namespace];
}

function ip(...args: string[]): Promise<string> {
  return run("ip", ...args);
}

function run(...command: string[]): Promise<string> {
  return output({ name: command.join(" "), command, cwd: "/" });
}
