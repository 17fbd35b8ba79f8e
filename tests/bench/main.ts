// `deno task bench`: every bench, or those that are named. A new file of benches joins with a line in BENCHES;
// support/bench.ts says what it exports.

import type { Bench } from "./support/bench.ts";
import { runAlone } from "./support/bench_program.ts";
import { adminBenches } from "./admin.ts";
import { announceBenches } from "./announces.ts";
import { checkBenches } from "./check.ts";
import { createBenches } from "./create.ts";
import { loadBenches } from "./load.ts";
import { peerBenches } from "./peers.ts";
import { pieceBenches } from "./pieces.ts";
import { redisBenches } from "./redis.ts";
import { startBenches } from "./start.ts";
import { stepBenches } from "./steps.ts";
import { storageBenches } from "./storage.ts";
import { swarmBenches } from "./swarms.ts";
import { torrentBenches } from "./torrents.ts";
import { transferBenches } from "./transfer.ts";
import { udpBenches } from "./udp.ts";
import { webSocketBenches } from "./websockets.ts";

const BENCHES: Bench[] = [
  ...transferBenches,
  ...stepBenches,
  ...checkBenches,
  ...createBenches,
  ...startBenches,
  ...storageBenches,
  ...pieceBenches,
  ...announceBenches,
  ...adminBenches,
  ...udpBenches,
  ...webSocketBenches,
  ...redisBenches,
  ...swarmBenches,
  ...loadBenches,
  ...peerBenches,
  ...torrentBenches,
];

await runAlone(BENCHES);
