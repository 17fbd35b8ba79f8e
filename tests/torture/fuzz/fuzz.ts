// Feeds a target with inputs and watches what comes of it.

import { InputMaker } from "./inputs.ts";
import type { FuzzTarget } from "./target.ts";

/** How long, and with which inputs. */
export interface FuzzOptions {
  seed: number;
  /** Inputs. */
  count: number;
  /** Called now and then with the number of inputs done. */
  onProgress?(done: number): void;
}

/** What came of it. */
export interface FuzzOutcome {
  taken: number;
  refused: number;
  /** Milliseconds of the input that took longest. */
  slowestMs: number;
  failure?: FuzzFailure;
}

/** An input that something else came of than a value or the parser's own error. */
export interface FuzzFailure {
  /** Its number. */
  round: number;
  hex: string;
  error: string;
}

/** An input that takes so long, on whatever machine, takes too long. */
const MOST_MS = 5000;
const PROGRESS_INPUTS = 512;
/** Of an input that is told. */
const MAX_HEX = 4000;

/** Runs until the first failure. */
export async function fuzz(
  target: FuzzTarget,
  { count, onProgress, seed }: FuzzOptions,
): Promise<FuzzOutcome> {
  const inputs = new InputMaker(seed, await target.corpus(), target.words);
  const feed = await target.open();
  const outcome: FuzzOutcome = { taken: 0, refused: 0, slowestMs: 0 };
  for (let round = 0; round < count; round++) {
    if (round % PROGRESS_INPUTS === 0) onProgress?.(round);
    const input = inputs.next();
    const hex = () => input.toHex().slice(0, MAX_HEX);
    const startedAt = performance.now();
    try {
      const read = feed(input);
      if (read instanceof Promise) await read;
      outcome.taken++;
    } catch (error) {
      outcome.refused++;
      if (!target.errors.some((own) => error instanceof own)) {
        return { ...outcome, failure: { round, hex: hex(), error: describe(error) } };
      }
    }
    const ms = performance.now() - startedAt;
    outcome.slowestMs = Math.max(outcome.slowestMs, ms);
    if (ms > MOST_MS) {
      return { ...outcome, failure: { round, hex: hex(), error: `took ${ms.toFixed(0)} ms` } };
    }
  }
  return outcome;
}

function describe(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}
