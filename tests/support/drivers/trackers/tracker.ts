// What every driver of a tracker offers the rows.

import type { Needed } from "../needed.ts";
import type { Host } from "../namespaces.ts";
import { poll } from "../program.ts";
import type { Stage } from "../stage.ts";

export interface ForeignTracker extends Needed {
  /** Its scrape calls every seeder a download. */
  readonly countsSeedersAsDownloads?: boolean;
  /** Starts it on loopback and returns its announce URL. `infoHashes` are the only ones that will be asked for. */
  start(stage: Stage, infoHashes: string[]): Promise<string>;
}

/** The same tracker, announced to over UDP: all of them have it on the port number of their HTTP. */
export function overUdp(tracker: ForeignTracker): ForeignTracker {
  return {
    ...tracker,
    name: `${tracker.name} over UDP`,
    find: () => tracker.find(),
    start: async (stage, infoHashes) => (await tracker.start(stage, infoHashes)).replace(/^http:/, "udp:"),
  };
}

/** Waits until something accepts connections on `port`. */
export async function listens(port: number, timeoutMs = 15_000): Promise<void> {
  const connects = async () => {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return true;
    } catch (error) {
      if (error instanceof Deno.errors.ConnectionRefused) return false;
      throw error;
    }
  };
  await poll(timeoutMs, connects, () => `Nothing listened on port ${port}`);
}

/** A tracker's counts for one info hash. */
export interface Scrape {
  complete: number;
  downloaded: number;
  incomplete: number;
}

/** Asks the tracker behind `announceUrl` from `host`, and reads its answer without any of our own code. */
async function scrape(announceUrl: string, infoHash: string, host?: Host): Promise<Scrape> {
  const url = announceUrl.replace(/^(ws|udp)/, "http").replace("/announce", "/scrape") + "?info_hash=" +
    infoHash.replaceAll(/../g, "%$&");
  const answer = host === undefined ? await (await fetch(url)).bytes() : await fetchFrom(host, url);
  const text = new TextDecoder("latin1").decode(answer);
  if (!text.startsWith("d5:filesd")) {
    throw new Error(`Cannot read the scrape's answer: got ${JSON.stringify(text)}`);
  }
  const count = (key: string) => Number(new RegExp(`${key.length}:${key}i(\\d+)e`).exec(text)?.[1] ?? 0);
  return { complete: count("complete"), downloaded: count("downloaded"), incomplete: count("incomplete") };
}

/** Scrapes until `test` holds, and returns the counts. */
export async function scrapeUntil(
  announceUrl: string,
  infoHash: string,
  what: string,
  test: (scrape: Scrape) => boolean,
  host?: Host,
): Promise<Scrape> {
  let counts: Scrape = { complete: 0, downloaded: 0, incomplete: 0 };
  const holds = async () => test(counts = await scrape(announceUrl, infoHash, host));
  await poll(20_000, holds, () => `The tracker did not count ${what}, but ${JSON.stringify(counts)},`);
  return counts;
}

// A fetch from here can't reach into a network namespace; a Deno that is started there can.
async function fetchFrom(host: Host, url: string): Promise<Uint8Array> {
  const script = "await (await fetch(Deno.args[0])).body.pipeTo(Deno.stdout.writable)";
  const command = [...host.enter, Deno.execPath(), "eval", "--no-config", script, url];
  const { stdout } = await new Deno.Command(command[0] ?? "", { args: command.slice(1), stderr: "inherit" })
    .output();
  return stdout;
}
