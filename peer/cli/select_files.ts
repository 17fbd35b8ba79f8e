// `--select`, `--high` and `--low`: which files of a torrent, by their numbers as `info` shows them or by patterns for their
// paths.

// @ts-types="@types/picomatch"
import picomatch from "picomatch";
import type { Magnet, Metainfo } from "../../protocol/mod.ts";
import { FilePriorities, type FilePriority } from "../file_priorities.ts";
import { CommandError, ExitCode } from "./exit_code.ts";

const NUMBERS = /^\d{1,9}(-\d{1,9})?(,\d{1,9}(-\d{1,9})?)*$/;

/**
 * Indexes in `metainfo.files`, rising. Each word is a list of numbers and ranges from 0 (`0,2-5`) or a pattern (`*.flac`,
 * `disc 1/**`), which may be a name or path as it is; one without a slash is for names in any folder.
 *
 * @throws {CommandError} for a word that no file answers to
 */
export function selectFiles(metainfo: Metainfo, words: readonly string[]): number[] {
  const selected = new Set<number>();
  for (const word of words) {
    const found = NUMBERS.test(word) ? byNumber(metainfo, word) : byPattern(metainfo, word);
    if (found.length === 0) {
      throw new CommandError(
        `Cannot select ${word}: must be files of ${metainfo.name}: got none (info shows them)`,
        ExitCode.input,
      );
    }
    for (const index of found) selected.add(index);
  }
  return [...selected].sort((a, b) => a - b);
}

/** Words for files, as the flags have them. */
export interface FileWords {
  /** Only these. Default: all, or those that the magnet link names. */
  select?: readonly string[] | undefined;
  high?: readonly string[] | undefined;
  low?: readonly string[] | undefined;
}

/**
 * How much each file is wanted. Who is named twice is high.
 *
 * @throws {CommandError} as selectFiles() does
 */
export function filePriorities(
  metainfo: Metainfo,
  { select, high = [], low = [] }: FileWords,
  magnet?: Magnet,
): FilePriority[] {
  const base = new FilePriorities(metainfo, select && selectFiles(metainfo, select), magnet);
  const [highs, lows] = [high, low].map((words) => new Set(selectFiles(metainfo, words)));
  return metainfo.files.map((_, index) => {
    const priority = base.get(index);
    if (priority === "skip") return priority;
    return highs?.has(index) ? "high" : lows?.has(index) ? "low" : priority;
  });
}

function byNumber({ files }: Metainfo, word: string): number[] {
  return word.split(",").flatMap((part) => {
    const [from = 0, to = from] = part.split("-").map(Number);
    // The torrent's files are gone through, not the range: somebody may have said 0-999999999.
    const found = [...files.keys()].filter((index) =>
      index >= from && index <= to && !files[index]?.isPadding
    );
    return found;
  });
}

function byPattern({ files }: Metainfo, word: string): number[] {
  if (word === "") return [];
  const isPath = word.includes("/");
  const isMatch = picomatch(word, { dot: true, basename: !isPath });
  const find = (isWanted: (path: string[]) => boolean) =>
    files.flatMap(({ path, isPadding }, index) => !isPadding && isWanted(path) ? [index] : []);
  // As a pattern a name such as `[a-z] b` would not match itself.
  const named = find((path) => (isPath ? path.join("/") : path.at(-1)) === word);
  return named.length > 0 ? named : find((path) => isMatch(path.join("/")));
}
