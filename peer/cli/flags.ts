// Flags as commands describe them. None has a default here: what the command line doesn't say is left to settings.ts.

import { parseChoice, parseNonEmpty, parseSwitch } from "./values.ts";

/** Is said or not. */
export interface Switch {
  readonly kind: "switch";
  /** One line of the help. */
  readonly brief: string;
}

/** Has a value, which is parsed of one word. */
export interface Valued<T> {
  readonly kind: "parsed";
  readonly brief: string;
  /** Stands for the value in the help. */
  readonly placeholder: string;
  readonly parse: (text: string) => T;
}

/** May be given several times: its values are a list. */
export interface Repeated<T> extends Valued<T> {
  readonly variadic: true;
}

/** Has one of these values. */
export interface Choice<T extends string> extends Valued<T> {
  readonly choices: readonly T[];
}

export type Flag = Switch | Valued<unknown> | Repeated<unknown> | Choice<string>;

/** The flags of a command by their names on the command line, without the dashes. */
export type Flags = Readonly<Record<string, Flag>>;

type FlagFor<T> = [T] extends [boolean] ? Switch
  : [T] extends [readonly (infer Each)[]] ? Repeated<Each>
  : Valued<T> | ([T] extends [string] ? Choice<T> : never);

/** A flag for each option: `stateDir` is `--state-dir`. */
export type FlagsFor<Options> = {
  readonly [Name in keyof Options]-?: FlagFor<NonNullable<Options[Name]>>;
};

/** A flag without a value. */
export function toggle(brief: string): Switch {
  return { kind: "switch", brief };
}

/** A flag with one. */
export function valued<T>(placeholder: string, brief: string, parse: (text: string) => T): Valued<T> {
  return { kind: "parsed", placeholder, brief, parse };
}

/** One whose value is the word as it is. */
export function text(placeholder: string, brief: string): Valued<string> {
  return valued(placeholder, brief, String);
}

/** The same for a path, an address: what can't be without a character. */
export function nonEmpty(placeholder: string, brief: string): Valued<string> {
  return valued(placeholder, brief, parseNonEmpty);
}

/** One that may be given several times. */
export function repeated(
  placeholder: string,
  brief: string,
  parse: (text: string) => string = String,
): Repeated<string> {
  return { ...valued(placeholder, brief, parse), variadic: true };
}

/** One whose value is one of a few words. */
export function choice<T extends string>(
  placeholder: string,
  brief: string,
  choices: readonly T[],
): Choice<T> {
  return { ...valued(placeholder, brief, (text) => parseChoice(text, choices)), choices };
}

/**
 * What a text means as one value of a flag, wherever it was said.
 *
 * @throws {ValueError} for one that can't be used
 */
export function parseFlag(flag: Flag, text: string): unknown {
  return flag.kind === "switch" ? parseSwitch(text) : flag.parse(text);
}

/** `"stateDir"` → `"state-dir"`. */
export function flagName(option: string): string {
  return option.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `"state-dir"` → `"stateDir"`. */
export function optionName(flag: string): string {
  return flag.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
