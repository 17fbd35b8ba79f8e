// What is said of figures that were taken several times.

/** The middle one, or the mean of the two in the middle. NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle] ?? NaN;
  return ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

/** The least and the greatest. */
export interface Spread {
  min: number;
  max: number;
}

export function spread(values: readonly number[]): Spread {
  return { min: Math.min(...values), max: Math.max(...values) };
}

/** How two contestants compare. */
export interface Comparison {
  /** Of the medians: what a target is held against. */
  ratio: number;
  /** Of the figures of the same round, which both had the same machine: how steady the ratio is. */
  pairs: Spread;
}

/** `ours` over `theirs`, both in the order of the rounds. */
export function compare(ours: readonly number[], theirs: readonly number[]): Comparison {
  const rounds = Math.min(ours.length, theirs.length);
  const pairs = Array.from({ length: rounds }, (_, round) => (ours[round] ?? NaN) / (theirs[round] ?? NaN));
  return { ratio: median(ours) / median(theirs), pairs: spread(pairs) };
}
