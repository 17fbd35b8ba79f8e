// What the programs of a soak may complain about: each line has its reason, and any other one is a loss.

interface Explained {
  line: RegExp;
  /** Why it is no fault. */
  reason: string;
}

const EXPLAINED: readonly Explained[] = [];

/** The lines that have no explanation, and how many have one. */
export function unexplained(lines: readonly string[]): { lost: string[]; explained: number } {
  const lost = lines.filter((line) => !EXPLAINED.some((each) => each.line.test(line)));
  return { lost, explained: lines.length - lost.length };
}
