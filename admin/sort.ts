// How a table is sorted, as a value that fits into an address: "seeders" or "-seeders".

/** One column, one direction. */
export interface Sort<Column extends string> {
  readonly column: Column;
  readonly descending: boolean;
}

/** A click on a column: turns the direction round, or takes the new column in its natural direction. */
export function toggleSort<Column extends string>(
  sort: Sort<Column>,
  column: Column,
  naturallyDescending: boolean,
): Sort<Column> {
  return { column, descending: sort.column === column ? !sort.descending : naturallyDescending };
}

/** "-seeders" for descending. */
export function formatSort(sort: Sort<string>): string {
  return sort.descending ? `-${sort.column}` : sort.column;
}

/** The other way round; undefined when no such column exists. */
export function parseSort<Column extends string>(
  value: string,
  columns: readonly Column[],
): Sort<Column> | undefined {
  const descending = value.startsWith("-");
  const name = descending ? value.slice(1) : value;
  const column = columns.find((candidate) => candidate === name);
  return column === undefined ? undefined : { column, descending };
}
