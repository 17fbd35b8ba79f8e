// Every parser of bytes from outside.

import { FORMAT_TARGETS } from "./format_targets.ts";
import { PEER_TARGETS } from "./peer_targets.ts";
import type { FuzzTarget } from "./target.ts";
import { TRACKER_TARGETS } from "./tracker_targets.ts";

export const TARGETS: readonly FuzzTarget[] = [...FORMAT_TARGETS, ...PEER_TARGETS, ...TRACKER_TARGETS];
