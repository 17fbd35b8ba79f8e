// What the programs of a soak complained about: each kind of line is a loss, told once, with how often it came and what the
// first one was. One kind is explained in advance.

/** A line, and whose it is: "peer 3, life 12". */
export interface Complaint {
  who: string;
  line: string;
}

/**
 * An announce that was not answered in time: where more processes want to run than there are cores, that says how busy the
 * machine is. It is made again, and who leaves does not wait for it. They are counted, and whether everybody found everybody
 * shows in the copies.
 */
export function isLate({ line }: Complaint): boolean {
  return /^announce: Cannot reach the tracker: no answer within [\d.]+ s$/.test(line);
}

/** The kinds of lines, the most frequent first. Two that differ in numbers only are of one kind. */
export function kindsOf(complaints: readonly Complaint[]): string[] {
  const kinds = Map.groupBy(complaints, ({ line }) => line.replaceAll(/\d+/g, "#"));
  return [...kinds.values()].sort((a, b) => b.length - a.length).map((list) => {
    const [first] = list as [Complaint];
    return `${list.length} times, first of ${first.who}: ${first.line}`;
  });
}
