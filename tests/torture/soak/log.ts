// What the programs of a soak complained about. Nothing is explained in advance: each kind of line is a loss, told once, with
// how often it came and what the first one was.

/** A line, and whose it is: "peer 3, life 12". */
export interface Complaint {
  who: string;
  line: string;
}

/** The kinds of lines, the most frequent first. Two that differ in numbers only are of one kind. */
export function kindsOf(complaints: readonly Complaint[]): string[] {
  const kinds = Map.groupBy(complaints, ({ line }) => line.replaceAll(/\d+/g, "#"));
  return [...kinds.values()].sort((a, b) => b.length - a.length).map((list) => {
    const [first] = list as [Complaint];
    return `${list.length} times, first of ${first.who}: ${first.line}`;
  });
}
