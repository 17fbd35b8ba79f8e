// Words that begin with one dash, where somebody means something else than what is read: the name of a flag, whose first
// letter may be a flag that has a value, or a value behind a flag that has none.

import { quote } from "../../protocol/quote.ts";

/** What can be said on a command line, without the dashes. */
export interface Dashes {
  readonly names: ReadonlySet<string>;
  /** Letters without a value, of which several may stand behind one dash. */
  readonly switches: ReadonlySet<string>;
  /** Letters with one. */
  readonly valued: ReadonlySet<string>;
}

const ONE_DASH = /^-(?<joined>[a-z][^=]*)(?<assigned>=.*)?$/is;

/**
 * The end of a sentence that says how such a word was read, and what to write instead. Nothing is wrong with one that can be
 * meant so; one whose first letter is no flag is left to who reads the line.
 */
export function whatIsWrongWith(arg: string, dashes: Dashes): string | undefined {
  const { joined = "", assigned = "" } = ONE_DASH.exec(arg)?.groups ?? {};
  const first = joined.slice(0, 1);
  if (joined.length > 1 && dashes.names.has(joined)) {
    if (!dashes.valued.has(first)) return `the name of a flag has two dashes. Write --${joined}`;
    const value = `${joined.slice(1)}${assigned}`;
    const same = `-${first}=${isPlain(value) ? value : "…"}`;
    return `it reads as -${first} with the value ${
      quote(value)
    }. Write --${joined} for the flag, ${same} for that value`;
  }
  if (!dashes.switches.has(first)) return undefined;
  const letters = [...joined];
  if (assigned !== "" || letters.some((letter) => !/[a-z]/i.test(letter))) {
    return `-${first} has no value. Write it by itself`;
  }
  const stranger = letters.find((letter) => !dashes.switches.has(letter));
  if (stranger === undefined) return undefined;
  const read = `it reads as ${letters.map((letter) => `-${letter}`).join(" ")}, and`;
  return dashes.valued.has(stranger)
    ? `${read} -${stranger} must stand by itself, with its value behind it`
    : `${read} there is no -${stranger}`;
}

/** Can be shown as it is. */
function isPlain(text: string): boolean {
  return /^[\w./:=+-]+$/.test(text);
}
