// Names that somebody has mistyped: which of those that there are may be meant.

/** What is so little wrong with a name is a slip: another letter, two that have changed places, some forgotten. */
export const SLIP = {
  threshold: 3,
  weights: { insertion: 1, deletion: 3, substitution: 2, transposition: 0 },
};

/** Names that a word may be a slip of: the nearest ones. Dashes and capitals make no difference. */
export function meantBy(word: string, names: Iterable<string>): string[] {
  const distances = Array.from(names, (name) => ({ name, away: distance(plain(word), plain(name)) }));
  const least = Math.min(SLIP.threshold, ...distances.map(({ away }) => away));
  return distances.filter(({ away }) => away === least).map(({ name }) => name).sort();
}

function plain(name: string): string {
  return name.replaceAll(/[-_]/g, "").toLowerCase();
}

/** What it costs to make one text of another (Damerau-Levenshtein, each letter in one change only). */
function distance(from: string, to: string): number {
  const { threshold, weights } = SLIP;
  if (Math.abs(from.length - to.length) > threshold) return Infinity;
  const costs: number[][] = [];
  const cost = (i: number, j: number) => costs[i]?.[j] ?? Infinity;
  for (let i = 0; i <= from.length; i++) {
    const row: number[] = [];
    costs.push(row);
    for (let j = 0; j <= to.length; j++) {
      const isSame = from[i - 1] === to[j - 1];
      const isSwapped = from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      row.push(
        i + j === 0 ? 0 : Math.min(
          cost(i, j - 1) + weights.insertion,
          cost(i - 1, j) + weights.deletion,
          cost(i - 1, j - 1) + (isSame ? 0 : weights.substitution),
          isSwapped ? cost(i - 2, j - 2) + weights.transposition : Infinity,
        ),
      );
    }
  }
  return cost(from.length, to.length);
}
