// Options that say how much there may be of something, or how long it may take.

/**
 * Infinity stands for no limit, undefined for the default.
 *
 * @throws {RangeError} naming the first that is no whole number of `least` or more
 */
export function checkAmounts(amounts: Record<string, number | undefined>, { least = 0 } = {}): void {
  for (const [name, amount] of Object.entries(amounts)) {
    if (amount === undefined || amount === Infinity || (Number.isInteger(amount) && amount >= least)) {
      continue;
    }
    throw new RangeError(`Cannot use ${name}: it must be a whole number, ${least} or more: got ${amount}`);
  }
}

/** The longest that a timer waits, in milliseconds; what is longer ends at once. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * For a timer; Infinity is as good as never.
 *
 * @throws {RangeError} if there is no such time
 */
export function timerMs(name: string, ms: number): number {
  if (typeof ms === "number" && ms >= 0) return Math.min(ms, LONGEST_MS);
  throw new RangeError(`Cannot use ${name}: it must be a time in milliseconds, 0 or more: got ${ms}`);
}
