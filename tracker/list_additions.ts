// Entries that are added to a list together: all of them, or none if one can't be an entry or can't be written. In slices:
// a deny list of two hundred thousand, read, written and taken over in one go, is a second without answers.

import { type AccessLists, ListError, type ListName } from "./access_lists.ts";
import type { Slices } from "./sliced_order.ts";

/** Entries that are written together: a millisecond's work. */
const WRITTEN_AT_ONCE = 200;
/** Characters of a wrong entry that are shown: all of an info hash. */
const MAX_SHOWN = 60;

/** Where entries are kept. */
export interface KeptEntries {
  /** `isMore`: others follow, and with them these will be safe from a power cut, too. */
  addEntries(list: ListName, entries: readonly string[], options: { isMore: boolean }): void;
  removeEntries(list: ListName, entries: readonly string[]): void;
}

/** Where entries go. */
export interface ListHome {
  lists: AccessLists;
  data: KeptEntries;
}

/**
 * Adds entries, one a line; empty lines are none. Returns those that are new: they are in the data file.
 *
 * @throws {ListError} if one can't be an entry, or there are too many.
 */
export async function addEntries(
  list: ListName,
  lines: Iterable<string>,
  { data, lists }: ListHome,
  slices: Slices,
): Promise<string[]> {
  const entries = await readEntries(list, lines, lists, slices);
  const added: string[] = [];
  try {
    for (let at = 0; at < entries.length; at += WRITTEN_AT_ONCE) {
      if (at > 0) await slices.rest();
      const end = at + WRITTEN_AT_ONCE;
      const before = added.length;
      for (const entry of entries.slice(at, end)) if (lists.add(list, entry) !== undefined) added.push(entry);
      data.addEntries(list, added.slice(before), { isMore: end < entries.length });
    }
  } catch (error) {
    for (const entry of added) lists.remove(list, entry);
    takeBack(list, added, data);
    throw error;
  }
  return added;
}

/** Those that aren't there. Nothing is added before all are read: who is refused meanwhile may never come back. */
async function readEntries(
  list: ListName,
  lines: Iterable<string>,
  lists: AccessLists,
  slices: Slices,
): Promise<string[]> {
  const entries = new Set<string>();
  const iterator = Iterator.from(lines);
  let number = 0;
  let texts = 0;
  for (const line of iterator) {
    number++;
    if (slices.isOver) await slices.pause();
    if (line === "") continue;
    texts++;
    try {
      const entry = lists.canonical(list, line);
      if (lists.has(list, entry) || entries.has(entry)) continue;
      lists.checkRoom(list, entries.size);
      entries.add(entry);
    } catch (error) {
      const isOne = texts === 1 && iterator.every((line) => line === "");
      throw error instanceof ListError && !isOne ? inLine(error, number, line) : error;
    }
  }
  return [...entries];
}

/** A disk that takes nothing more may not even do that: then they are back with the next start. */
function takeBack(list: ListName, entries: readonly string[], data: KeptEntries): void {
  try {
    data.removeEntries(list, entries);
  } catch {
    // What went wrong first is told.
  }
}

/** Which of many entries it is. */
function inLine(error: ListError, number: number, entry: string): ListError {
  const shown = entry.length > MAX_SHOWN ? `${entry.slice(0, MAX_SHOWN)}…` : entry;
  return new ListError(`Line ${number}, ${JSON.stringify(shown)}: ${error.message}`, { cause: error });
}
