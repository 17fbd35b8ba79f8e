// One peer downloads from a few honest seeders while strangers do to it what they can, all in simulated time.

import { pseudoRandomBytes, SeededRandom } from "../../support/random.ts";
import { MemorySwarm, type SwarmNode } from "../../support/memory_swarm.ts";
import { type Misdeed, Stranger } from "./stranger.ts";

const KiB = 1024;
const MiB = 1024 * KiB;
const TOTAL = 24 * MiB;
const PIECE_LENGTH = 256 * KiB;
const HONEST = 4;
const HONEST_RATE = 1e6;
/** Three of them for each honest one. */
const STRANGERS = 12;

/** Who is there. */
export interface Sides {
  /** Default 4. */
  honest?: number;
  /** Default 12. */
  strangers?: number;
}

const LIMIT_MS = 600_000;
/** What may wait for a peer that doesn't take it: past this a connection ends (4 MiB), and nobody here comes close. */
const MAX_WAITING = MiB;
/** Addresses that one stranger's word may bring at first, and in each minute. */
const MAX_NAMED = 100;
const NAMED_PER_MINUTE = 50;
const INFO_BYTES = pseudoRandomBytes(40_000, 3);

/** How it went. */
export interface SiegeOutcome {
  /** Simulated seconds until complete. */
  seconds: number;
  isComplete: boolean;
  /** Names of the honest that were banned or whose connections ended before the download did. */
  honestLost: string[];
  /** Peers, each once. */
  banned: number;
  /** Most bytes that waited to be sent to one stranger. */
  mostWaiting: number;
  /** Buffers that never came back. */
  buffersLost: number;
  /** More addresses than strangers' words may bring. */
  isPoolFlooded: boolean;
  wasted: number;
}

/** Runs it. Without a misdeed the honest are alone. */
export async function besiege(
  misdeed: Misdeed | undefined,
  seed: number,
  sides: Sides = {},
): Promise<SiegeOutcome> {
  const { honest: honestCount = HONEST, strangers: strangerCount = STRANGERS } = sides;
  const swarm = new MemorySwarm({ totalLength: TOTAL, pieceLength: PIECE_LENGTH, seed });
  const random = new SeededRandom(seed);
  const honest = Array.from(
    { length: honestCount },
    (_, i) =>
      swarm.add({ name: `honest ${i}`, isSeeder: true, upRate: HONEST_RATE, infoBytes: INFO_BYTES }, []),
  );
  const victim = swarm.add({ name: "victim", infoBytes: INFO_BYTES }, honest);
  const strangers = misdeed === undefined ? [] : Array.from(
    { length: strangerCount },
    (_, number) => new Stranger(swarm, victim, { number, misdeed, random }),
  );
  let mostWaiting = 0;
  const look = () => {
    for (const { ofNode } of strangers) mostWaiting = Math.max(mostWaiting, ofNode.waiting);
    swarm.simulation.at(swarm.simulation.now + 20, look);
  };
  look();
  const seconds = await swarm.run(LIMIT_MS, () => victim.engine.isComplete);
  const outcome = {
    seconds,
    isComplete: victim.engine.isComplete,
    honestLost: honestLost(victim, honest),
    banned: new Set(victim.banned).size,
    mostWaiting,
    isPoolFlooded: victim.named > strangerCount * (MAX_NAMED + NAMED_PER_MINUTE * Math.ceil(seconds / 60)),
    wasted: victim.engine.wasted,
  };
  await swarm.close();
  return { ...outcome, buffersLost: victim.buffers.lent };
}

/** What was lost by it, compared with how it goes among the honest; nothing if all is well. */
export function lossesOf(siege: SiegeOutcome, honest: SiegeOutcome): string[] {
  const lost: string[] = [];
  const say = (isLost: boolean, what: string) => isLost && lost.push(what);
  say(!siege.isComplete, `the download: not complete after ${siege.seconds.toFixed(0)} s`);
  say(
    siege.isComplete && siege.seconds >= 2 * honest.seconds,
    `time: ${siege.seconds.toFixed(1)} s instead of ${honest.seconds.toFixed(1)} s`,
  );
  say(siege.honestLost.length > 0, `honest peers: ${siege.honestLost.join(", ")}`);
  say(siege.mostWaiting > MAX_WAITING, `memory: ${siege.mostWaiting} bytes waited for one peer`);
  say(siege.buffersLost > 0, `${siege.buffersLost} buffers`);
  say(siege.isPoolFlooded, "room in the pool of addresses");
  return lost;
}

function honestLost(victim: SwarmNode, honest: readonly SwarmNode[]): string[] {
  const nameOf = (peerId: Uint8Array) => new TextDecoder().decode(peerId).replace(/-+$/, "");
  const banned = victim.banned.map(({ peerId }) => nameOf(peerId)).filter((name) =>
    name.startsWith("honest")
  );
  // Complete, the victim parts from them with its last piece; so did nobody before.
  const parted = honest.filter(({ closeReasons }) =>
    closeReasons.some((reason) => !/everything|hung up/.test(reason))
  );
  return [...new Set([...banned, ...parted.map(({ name }) => name)])];
}
