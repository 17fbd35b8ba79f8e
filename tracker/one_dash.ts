// Words that begin with one dash, where a flag is meant, which has two: how such a word was read, and what to write.

import { quote } from "../protocol/quote.ts";
import type { Flag } from "./flags.ts";

const ONE_DASH = /^-(?<name>[a-z][a-z-]*)(?<value>.*)$/is;
/** More flags than these begin with a letter: naming them helps nobody. */
const MOST_MEANT = 3;

/** The end of a sentence about such a word; undefined for any other. `letters`: those that there are, without values. */
export function whatIsWrongWith(
  word: string,
  { flags, letters }: { flags: readonly Flag[]; letters: string },
): string | undefined {
  const { name, value = "" } = ONE_DASH.exec(word)?.groups ?? {};
  if (name === undefined) return undefined;
  const said = value.replace(/^=/, "");
  const behind = said === "" ? "" : ` ${isPlain(said) ? said : "…"}`;
  if (flags.some((flag) => flag.name === name)) return `a flag has two dashes. Write --${name}${behind}`;
  const first = name.slice(0, 1);
  if (letters.includes(first)) return value === "" ? undefined : `-${first} has no value. Write it by itself`;
  const read = word.length > 2 ? `${quote(word)} reads as -${first}, and ` : "";
  const isLetter = name.length === 1;
  const meant = flags.filter((flag) =>
    isLetter && flag.name[0] === first && (said === "" || flag.kind !== "switch")
  );
  const proposal = meant.map((flag) => `--${flag.name}${behind}`).join(" or ");
  const isHelp = proposal !== "" && meant.length <= MOST_MEANT;
  return `${read}there is no -${first}${isHelp ? `: is it ${proposal}?` : ""}`;
}

/** Can be shown as it is. */
function isPlain(text: string): boolean {
  return /^[\w./:=+-]+$/.test(text);
}
