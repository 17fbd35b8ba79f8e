// Contestants in turn, A B A B: what else the machine does meanwhile hits them alike, and what a round's figures have
// in common falls out of their ratio.

import { type Needed, version } from "../../support/drivers/needed.ts";

/** What one contestant did in one round: numbers by name. One that could not be taken is left out. */
export type Figures = Readonly<Record<string, number>>;

/** One of those that are compared. */
export interface Contestant {
  readonly name: string;
  /** What has to be installed for it, our own programs among it. */
  readonly needs: readonly Needed[];
  /** Does the work once. Rounds count from 0; warm-up rounds are negative. */
  run(round: number): Promise<Figures>;
}

export interface RoundsOptions {
  rounds: number;
  /** Rounds before those that count. Default 0. */
  warmUps?: number;
  /** Called after each contestant's turn in a round that counts. */
  onTurn?: (contestant: string, round: number, figures: Figures) => void;
}

/** All figures of all contestants. */
export class Results {
  readonly #figures = new Map<string, Figures[]>();
  /** Contestants that did not play, and what they would have needed. */
  readonly missing = new Map<string, readonly Needed[]>();

  add(contestant: string, figures: Figures): void {
    const taken = this.#figures.get(contestant);
    if (taken === undefined) this.#figures.set(contestant, [figures]);
    else taken.push(figures);
  }

  /** Those that played, in their order. */
  get contestants(): string[] {
    return [...this.#figures.keys()];
  }

  /** One figure of a contestant, a value for each round; empty if it did not play or the figure was not taken. */
  values(contestant: string, figure: string): number[] {
    const all = this.#figures.get(contestant) ?? [];
    return all.flatMap((figures) => figures[figure] ?? []);
  }
}

/** Lets each contestant that is installed run in each round. What one throws ends the bench. */
export async function playRounds(
  contestants: readonly Contestant[],
  { rounds, warmUps = 0, onTurn }: RoundsOptions,
): Promise<Results> {
  const results = new Results();
  const present: Contestant[] = [];
  for (const contestant of contestants) {
    const missing: Needed[] = [];
    for (const needed of contestant.needs) {
      if (await version(needed) === undefined) missing.push(needed);
    }
    if (missing.length === 0) present.push(contestant);
    else results.missing.set(contestant.name, missing);
  }
  for (let round = 0 - warmUps; round < rounds; round++) {
    for (const contestant of present) {
      const figures = await contestant.run(round);
      if (round < 0) continue;
      results.add(contestant.name, figures);
      onTurn?.(contestant.name, round, figures);
    }
  }
  return results;
}
