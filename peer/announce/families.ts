// The address families over which a tracker is asked. It knows a peer by the address from which that announces, so one with
// addresses of both families is announced to over both. https://www.bittorrent.org/beps/bep_0007.html

import type { AnnounceResponse } from "../../protocol/announce.ts";

/** Families in which peers can call us. */
export interface Families {
  readonly ip4: boolean;
  readonly ip6: boolean;
}

export const BOTH_FAMILIES: Families = { ip4: true, ip6: true };

/** When one family has answered, the other one's answer is waited for so long. */
const OTHER_FAMILY_MS = 1_000;

/** Of a tracker's addresses those at whose like we can be called; all of them if there are none such. */
export function preferred<W extends { isIp6: boolean }>(ways: readonly W[], { ip4, ip6 }: Families): W[] {
  const fitting = ways.filter(({ isIp6 }) => isIp6 ? ip6 : ip4);
  return fitting.length > 0 ? fitting : [...ways];
}

/**
 * What `ask` gets over each way: one answer at least, the quickest first. Who answers much later than that is given up.
 *
 * @throws {AggregateError} of what each threw, in the order of the ways, if none gets an answer.
 */
export async function askOverEach<W, A>(
  ways: readonly W[],
  signal: AbortSignal,
  ask: (way: W, signal: AbortSignal) => Promise<A>,
): Promise<[A, ...A[]]> {
  const limit = new AbortController();
  const giveUp = () => limit.abort(signal.reason);
  if (signal.aborted) giveUp(); // nobody tells of that again
  signal.addEventListener("abort", giveUp);
  const answers: A[] = [];
  const asked = ways.map(async (way) => void answers.push(await ask(way, limit.signal)));
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    await Promise.any(asked);
    if (answers.length < ways.length) timer = setTimeout(() => limit.abort(), OTHER_FAMILY_MS);
    await Promise.allSettled(asked);
    return answers as [A, ...A[]];
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", giveUp);
  }
}

/** One tracker's answers as one: the peers of all, the rest as the first says. */
export function joinAnswers(
  [first, ...others]: readonly [AnnounceResponse, ...AnnounceResponse[]],
): AnnounceResponse {
  return others.length === 0 ? first : { ...first, peers: [first, ...others].flatMap(({ peers }) => peers) };
}
