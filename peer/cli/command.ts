// A command as it is described: words, flags, and what is done with them. The command line, the settings, the help and the
// completions are all made of this.

import type { Aliases } from "@stricli/core";
import { flagName, type Flags, type FlagsFor } from "./flags.ts";

/** What was said, by the names that options have: `stateDir` for `--state-dir`. */
export type Options = Record<string, unknown>;

export interface Command {
  /** What it does: a line among other commands. */
  readonly brief: string;
  /** What its own help says, if that is more than the brief. */
  readonly about?: () => string;
  /** How else it can be called, after the usual way: lines of the help, without its name. */
  readonly moreUsage?: readonly string[];
  readonly flags: Flags;
  /** Flags by their short names. */
  readonly shorts: Aliases<string>;
  readonly words: Words;
  /** Its flags are all that counts: neither the environment nor a config file sets any. */
  readonly hasNoSettings: boolean;
  /**
   * Options that can't be meant together. The command line may say one of them, and where one is said, what counts less
   * doesn't set the other.
   */
  readonly contraries: readonly (readonly [string, string])[];
  /** Runs it and returns the exit code. */
  run(options: Options, words: readonly unknown[]): Promise<number>;
}

/** What stands on the line besides flags: a row of different words, or any number of one kind. */
export type Words =
  | { readonly kind: "tuple"; readonly parameters: readonly Word<unknown>[] }
  | { readonly kind: "array"; readonly minimum?: number; readonly parameter: Word<unknown> };

export interface Word<T> {
  readonly placeholder: string;
  readonly brief: string;
  readonly parse: (text: string) => T;
  /** Need not be there. */
  readonly optional?: true;
}

type WordFor<T> = undefined extends T ? Word<NonNullable<T>> & { readonly optional: true } : Word<T>;

/** The words that yield such values. */
export type WordsFor<Row extends readonly unknown[]> = number extends Row["length"]
  ? { readonly kind: "array"; readonly minimum?: number; readonly parameter: Word<Row[number]> }
  : { readonly kind: "tuple"; readonly parameters: { readonly [Place in keyof Row]: WordFor<Row[Place]> } };

/** A command's parts, with the types that its words and options have. */
export interface Description<Said, Row extends readonly unknown[]> {
  brief: string;
  about?: () => string;
  moreUsage?: readonly string[];
  flags: FlagsFor<Said>;
  shorts?: Aliases<keyof Said & string>;
  words: WordsFor<Row>;
  hasNoSettings?: boolean;
  contraries?: readonly (readonly [keyof Said & string, keyof Said & string])[];
  run(options: Said, ...words: Row): Promise<number>;
}

/** Checks the types of a command's parts against each other. */
export function describe<Said, Row extends readonly unknown[]>(
  { flags, run, shorts = {}, words, ...parts }: Description<Said, Row>,
): Command {
  return {
    hasNoSettings: false,
    contraries: [],
    ...parts,
    flags: Object.fromEntries(
      Object.entries<Flags[string]>(flags).map(([name, flag]) => [flagName(name), flag]),
    ),
    shorts: Object.fromEntries(
      Object.entries<string>(shorts).map(([short, name]) => [short, flagName(name)]),
    ),
    words: words as Words,
    // They come from the parsers above.
    run: (options, words) => run(options as Said, ...words as Row),
  };
}

/** A word that is taken as it is, or parsed. */
export function word(placeholder: string, brief: string): Word<string>;
export function word<T>(placeholder: string, brief: string, parse: (text: string) => T): Word<T>;
export function word(
  placeholder: string,
  brief: string,
  parse: (text: string) => unknown = String,
): Word<unknown> {
  return { placeholder, brief, parse };
}
