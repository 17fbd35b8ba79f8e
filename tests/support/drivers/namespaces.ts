// Network namespaces on one bridge: every peer of a swarm gets an address of its own, which loopback can't give.
// They are cut off from everything else: nothing in them has a way out. Needs root and iproute2.

import { findOnPath, output } from "./program.ts";
import type { Needed } from "./needed.ts";
import type { Stage } from "./stage.ts";

/** One host of the network. */
export interface Host {
  address: string;
  /** Put before a command line to run it there. */
  enter: string[];
}

export const namespaces: Needed = {
  name: "network namespaces",
  install: "run as root with iproute2",
  async find() {
    if (Deno.build.os !== "linux" || Deno.uid() !== 0 || findOnPath("ip") === undefined) return undefined;
    const name = `seedling-try-${crypto.randomUUID().slice(0, 8)}`;
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
  const prefix = `seedling-${crypto.randomUUID().slice(0, 8)}`;
  const bridge = `${prefix}-bridge`;
  await addNamespace(stage, bridge);
  await ip("-n", bridge, "link", "add", "bridge", "type", "bridge");
  await ip("-n", bridge, "link", "set", "bridge", "up");
  const hosts: Host[] = [];
  for (let i = 1; i <= count; i++) {
    const name = `${prefix}-${i}`;
    const address = `198.51.100.${i}`;
    await addNamespace(stage, name);
    await ip("-n", bridge, "link", "add", `port${i}`, "type", "veth", "peer", "name", "eth0", "netns", name);
    await ip("-n", bridge, "link", "set", `port${i}`, "master", "bridge", "up");
    await ip("-n", name, "address", "add", `${address}/24`, "dev", "eth0");
    await ip("-n", name, "link", "set", "lo", "up");
    await ip("-n", name, "link", "set", "eth0", "up");
    hosts.push({ address, enter: ["ip", "netns", "exec", name] });
  }
  return hosts;
}

async function addNamespace(stage: Stage, name: string): Promise<void> {
  await ip("netns", "add", name);
  stage.defer(async () => void await ip("netns", "delete", name));
}

function ip(...args: string[]): Promise<string> {
  return output({ name: `ip ${args.join(" ")}`, command: ["ip", ...args], cwd: "/" });
}
