// Feeds a target with inputs and watches what comes of it.

import { InputMaker } from "./inputs.ts";
import type { Feed, FuzzTarget } from "./target.ts";

/** How long, and with which inputs. */
export interface FuzzOptions {
  seed: number;
  /** Inputs. */
  count: number;
  /** An input that takes longer takes too long. Default 5000. */
  mostMs?: number;
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

/** On whatever machine. */
const MOST_MS = 5000;
/** A busy machine lets a process wait for seconds now and then, but not each time. */
const CHANCES = 3;
const PROGRESS_INPUTS = 512;
/** Of an input that is told. */
const MAX_HEX = 4000;

/** Runs until the first failure. */
export async function fuzz(
  target: FuzzTarget,
  { count, mostMs = MOST_MS, onProgress, seed }: FuzzOptions,
): Promise<FuzzOutcome> {
  const inputs = new InputMaker(seed, await target.corpus(), target.words);
  const feed = await target.open();
  const outcome: FuzzOutcome = { taken: 0, refused: 0, slowestMs: 0 };
  for (let round = 0; round < count; round++) {
    if (round % PROGRESS_INPUTS === 0) onProgress?.(round);
    const input = inputs.next();
    const fail = (error: string) => ({
      ...outcome,
      failure: { round, hex: input.toHex().slice(0, MAX_HEX), error },
    });
    let ms = Infinity;
    for (let chance = 0; chance < CHANCES && ms > mostMs; chance++) {
      const startedAt = performance.now();
      const error = await errorOf(feed, input);
      ms = Math.min(ms, performance.now() - startedAt);
      if (chance === 0) error === undefined ? outcome.taken++ : outcome.refused++;
      if (error !== undefined && !target.errors.some((own) => error instanceof own)) {
        return fail(describe(error));
      }
    }
    outcome.slowestMs = Math.max(outcome.slowestMs, ms);
    if (ms > mostMs) return fail(`took ${ms.toFixed(0)} ms and more, ${CHANCES} times`);
  }
  return outcome;
}

/** What is thrown, which is an error whatever it is; undefined if nothing is. */
async function errorOf(feed: Feed, input: Uint8Array): Promise<unknown> {
  try {
    const read = feed(input);
    if (read instanceof Promise) await read;
    return undefined;
  } catch (error) {
    return error ?? new Error(`threw ${error}`);
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}
