// What every driver of a tracker offers the rows.

import { poll } from "../support/program.ts";
import type { Stage } from "../support/stage.ts";

export interface ForeignTracker {
  readonly name: string;
  /** What to install when it is missing. */
  readonly install: string;
  /** The version that is installed, or undefined when there is none. */
  find(): Promise<string | undefined>;
  /** Starts it on loopback and returns its announce URL. `infoHashes` are the only ones that will be asked for. */
  start(stage: Stage, infoHashes: string[]): Promise<string>;
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

/** Asks the tracker behind `announceUrl`, and reads its answer without any of our own code. */
export async function scrape(announceUrl: string, infoHash: string): Promise<Scrape> {
  const url = announceUrl.replace("/announce", "/scrape") + "?info_hash=" + infoHash.replaceAll(/../g, "%$&");
  const answer = await (await fetch(url)).bytes();
  const text = new TextDecoder("latin1").decode(answer);
  const count = (key: string) => Number(new RegExp(`${key.length}:${key}i(\\d+)e`).exec(text)?.[1] ?? 0);
  if (!text.startsWith("d5:filesd")) {
    throw new Error(`Cannot read the scrape's answer: got ${JSON.stringify(text)}`);
  }
  return { complete: count("complete"), downloaded: count("downloaded"), incomplete: count("incomplete") };
}

/** Scrapes until `test` holds, and returns the counts. */
export async function scrapeUntil(
  announceUrl: string,
  infoHash: string,
  what: string,
  test: (scrape: Scrape) => boolean,
  timeoutMs = 20_000,
): Promise<Scrape> {
  let counts: Scrape = { complete: 0, downloaded: 0, incomplete: 0 };
  const holds = async () => test(counts = await scrape(announceUrl, infoHash));
  await poll(timeoutMs, holds, () => `The tracker did not count ${what}, but ${JSON.stringify(counts)},`);
  return counts;
}
