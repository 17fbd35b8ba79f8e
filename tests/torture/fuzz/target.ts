// A parser of bytes from outside, as the fuzzer sees it.

/** Any class of errors. */
// deno-lint-ignore no-explicit-any -- constructors of errors take anything
export type ErrorClass = new (...args: any[]) => Error;

/** What is fed, and what may come of it. */
export interface FuzzTarget {
  name: string;
  /** How many times the time of a simple parser one input takes: so many fewer are tried. Default 1. */
  cost?: number;
  /** Valid inputs. */
  corpus(): readonly Uint8Array[] | Promise<readonly Uint8Array[]>;
  /** Words of the format. */
  words?: readonly string[];
  /** The parser's own errors: nothing else may be thrown. */
  errors: readonly ErrorClass[];
  /** Makes what takes the inputs, one after the other. It throws if what was read can't be true. */
  open(): Feed | Promise<Feed>;
}

/** Takes one input. */
export type Feed = (input: Uint8Array) => unknown | Promise<unknown>;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The input as text, what is no UTF-8 replaced. */
export function asText(input: Uint8Array): string {
  return decoder.decode(input);
}

/** Texts as inputs. */
export function texts(...list: readonly string[]): Uint8Array[] {
  return list.map((text) => new TextEncoder().encode(text));
}
