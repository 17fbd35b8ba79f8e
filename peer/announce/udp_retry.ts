// How long silence lasts before a UDP tracker is asked once more. https://www.bittorrent.org/beps/bep_0015.html

const FIRST_MS = 15_000;
const MOST_DOUBLINGS = 8;

/** Milliseconds from a request to the next, after so many in a row without an answer before it: 15 s, 30 … 64 min. */
export function udpRetryMs(silences: number): number {
  return FIRST_MS * 2 ** Math.min(silences, MOST_DOUBLINGS);
}
