// Which benches a command line means.

import type { Bench } from "./bench.ts";

/** Those that are named, alone or by their family; all without names. A string is a name that nobody has. */
export function chooseBenches<B extends Pick<Bench, "name">>(
  benches: readonly B[],
  names: readonly string[],
): readonly B[] | string {
  if (names.length === 0) return benches;
  const isNamed = ({ name }: B, by: string) => name === by || name.startsWith(`${by}:`);
  const unknown = names.find((by) => !benches.some((bench) => isNamed(bench, by)));
  return unknown ?? benches.filter((bench) => names.some((by) => isNamed(bench, by)));
}
