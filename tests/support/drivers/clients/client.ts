// What every driver of a BitTorrent client offers the rows: find it, seed with it, download with it.

import type { Content } from "../content.ts";
import type { Needed } from "../needed.ts";
import type { Program } from "../program.ts";
import type { Stage } from "../stage.ts";

/** One client's part in a transfer. */
export interface Job {
  stage: Stage;
  content: Content;
  /** The .torrent file, or a magnet link where the row says so. */
  torrent: string;
  /** The client's own folder: the content is, or arrives, at `folder/content.name`. */
  folder: string;
  /** Where the client listens for peers. */
  host: string;
  port: number;
  /** Put before the command line, to run it in a network namespace: `["ip", "netns", "exec", NAME]`. */
  enter: string[];
}

/** An address as it stands before a port. */
export function bracketed(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}

/** A client at work. */
export interface RunningClient {
  readonly program: Program;
  /** Resolves once the client itself says that all of the content is there and verified. */
  complete(timeoutMs: number): Promise<void>;
  /** Makes the client leave the swarm in its own orderly way. */
  stop(): Promise<void>;
}

/** A program that takes part in swarms. */
export interface ForeignClient extends Needed {
  /** Drops peers at 127.x that a tracker names: on loopback the others have to connect to it. */
  readonly mustBeCalled?: boolean;
  /** Seeds content that is in place already; resolves once it listens. */
  seed(job: Job): Promise<RunningClient>;
  /** Downloads, then stays as a seeder. */
  leech(job: Job): Promise<RunningClient>;
}

/** A client whose driver makes it print "complete" on a line of its own. */
export function speakingClient(program: Program): RunningClient {
  return {
    program,
    complete: async (timeoutMs) => {
      await program.line("that it is complete", (line) => line === "complete", timeoutMs);
    },
    stop: () => program.stop(),
  };
}

// Hashing 8 GiB takes the slowest of them half a minute.
const CHECK_LIMIT_MS = 120_000;

/** Starts a client over content that is there already, and waits until it has verified it. */
export async function seedWith(
  start: (job: Job, role: string) => Promise<RunningClient>,
  job: Job,
): Promise<RunningClient> {
  const running = await start(job, "seeder");
  await running.complete(CHECK_LIMIT_MS);
  return running;
}
