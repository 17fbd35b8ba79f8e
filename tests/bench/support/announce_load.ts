// Announces from wrk, on a core of their own. Trackers that are started after share() have the other core, foreign ones
// too: who starts a program hands its place down.

import { findOnPath, output } from "../../support/drivers/program.ts";
import type { Needed } from "../../support/drivers/needed.ts";

const SCRIPT = new URL("announces.lua", import.meta.url).pathname;
const CONNECTIONS = 32;
/** Any odd number that shares no factor with the peers: neighbours in time are none in memory. */
const SCATTER = 7919;
const LIMIT_SECONDS = 60;

const SWARMS = 1000;

export const wrk: Needed = {
  name: "wrk",
  install: "apt-get install wrk",
  // It leaves with 1 when asked for its version.
  find: () => Promise.resolve(findOnPath("wrk") === undefined ? undefined : "installed"),
};

export const taskset: Needed = {
  name: "taskset",
  install: "apt-get install util-linux",
  find: () => Promise.resolve(findOnPath("taskset") === undefined ? undefined : "installed"),
};

/** Which announces are sent. */
export interface Announces {
  first: number;
  peers: number;
  /** In order, or scattered over all peers. */
  isScattered: boolean;
  /** Each over a connection of its own. */
  isClosed: boolean;
  seconds: number;
}

/** The info hashes of the swarms that are announced to, in hex; announces.lua writes the same. */
export function infoHashes(): string[] {
  return Array.from({ length: SWARMS }, (_, i) => {
    const bytes = [i % 256, (i >> 8) % 256, i >> 16];
    for (let j = 3; j < 20; j++) bytes.push((i * 7 + j * 31) % 256);
    return Uint8Array.from(bytes).toHex();
  });
}

/** Gives this process, and what it starts from now on, the first core until `body` has ended. */
export async function share<T>(body: () => Promise<T>): Promise<T> {
  const place = async (cores: string) => {
    const command = ["taskset", "-acp", cores, String(Deno.pid)];
    await output({ name: "taskset", command, cwd: "." });
  };
  await place("0");
  try {
    return await body();
  } finally {
    await place(`0-${navigator.hardwareConcurrency - 1}`);
  }
}

/** Sends announces to a tracker's announce URL as fast as it answers. */
export async function send(
  url: string,
  { first, isClosed, isScattered, peers, seconds }: Announces,
): Promise<{ requests: number; rate: number }> {
  const step = isScattered ? SCATTER : 1;
  const text = await output({
    name: "wrk",
    command: [
      ...["taskset", "-c", "1", "wrk", "-t1", `-c${CONNECTIONS}`, `-d${seconds}s`, "-s", SCRIPT],
      ...(isClosed ? ["-H", "Connection: close"] : []),
      ...[new URL(url).origin, "--", String(first), String(peers), String(SWARMS), String(step)],
    ],
    cwd: ".",
    limitSeconds: LIMIT_SECONDS,
  });
  // To wrk a tracker that closes (opentracker) makes a read error of each answer that it has had.
  const [, connect = 0, write = 0, timeout = 0] =
    /Socket errors: connect (\d+), read \d+, write (\d+), timeout (\d+)/.exec(text)?.map(Number) ?? [];
  if (/Non-2xx/.test(text) || connect + write + timeout > 0) {
    throw new Error(`Some announces were not answered: got ${text}`);
  }
  const requests = Number(/(\d+) requests in/.exec(text)?.[1]);
  const rate = Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1]);
  return { requests, rate };
}
