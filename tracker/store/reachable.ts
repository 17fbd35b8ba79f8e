// Leaves out of a store's answer who can't be reached from where the asker is (reach.ts): the store gives all addresses
// alike.

import { isReachable, Reach, reachOf } from "../reach.ts";
import type { SharedAnswer } from "./store_reply.ts";

/** Leaves out peers that an asker can't reach. */
export function keepReachable(answer: SharedAnswer, asker: Reach): void {
  if (asker === Reach.machine) return;
  [answer.peers, answer.ids] = reachable(answer.peers, 6, answer.ids, asker);
  [answer.peers6, answer.ids6] = reachable(answer.peers6, 18, answer.ids6, asker);
}

function reachable(
  compact: Uint8Array,
  length: number,
  ids: Uint8Array,
  asker: Reach,
): [Uint8Array, Uint8Array] {
  let kept = 0;
  for (let i = 0; i * length < compact.length; i++) {
    if (!isReachable(reachOf(compact, i * length, length - 2), asker)) continue;
    if (kept !== i) {
      compact.copyWithin(kept * length, i * length, (i + 1) * length);
      ids.copyWithin(kept * 20, i * 20, (i + 1) * 20);
    }
    kept++;
  }
  return [compact.subarray(0, kept * length), ids.subarray(0, kept * 20)];
}
