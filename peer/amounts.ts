// Options that say how much there may be of something.

/**
 * Infinity stands for no limit, undefined for the default.
 *
 * @throws {RangeError} naming the first that is no whole number of 0 or more
 */
export function checkAmounts(amounts: Record<string, number | undefined>): void {
  for (const [name, amount] of Object.entries(amounts)) {
    if (amount === undefined || amount === Infinity || (Number.isInteger(amount) && amount >= 0)) continue;
    throw new RangeError(`Cannot use ${name}: it must be a whole number, 0 or more: got ${amount}`);
  }
}
