// The checks that fields of a torrent go through, and how what is wrong with one is said.
// A message names the field and what was found: who made the torrent, or has it, must be able to act on it.

import type { BencodeDict, BencodeValue } from "./bencode.ts";
import { toUtf8 } from "./bytes.ts";
import { type BencodeError, MetainfoError } from "./errors.ts";
import { MAX_QUOTED, quote } from "./quote.ts";

/** The whole number at `key` of `dict`, which must lie from `min` to `max`. `parent` is the field that `dict` is. */
export function integerAt(dict: BencodeDict, key: string, parent: string, min: number, max: number): number {
  const field = `${parent}.${key}`;
  const value = dict.get(key);
  if (typeof value !== "number" && typeof value !== "bigint") throw wrong(field, "must be an integer", value);
  if (value < min) throw wrong(field, `must be ${min === 1 ? "> 0" : ">= 0"}`, value);
  if (typeof value === "bigint" || value > max) throw wrong(field, `must be at most ${max}`, value);
  return value;
}

/** A flag that is wrong in form counts as set: a private torrent must not leak because its maker wrote "1" as text. */
export function isSet(value: BencodeValue | undefined): boolean {
  if (value === undefined || value === 0) return false;
  if (value instanceof Uint8Array) return !(value.length === 0 || (value.length === 1 && value[0] === 0x30));
  return true;
}

/** Says that `field` is not what it must be. */
export function wrong(field: string, must: string, value: BencodeValue | undefined): MetainfoError {
  return new MetainfoError(`"${field}" ${must}: got ${describe(value)}`, field);
}

function describe(value: BencodeValue | undefined): string {
  if (value === undefined) return "nothing";
  if (typeof value === "bigint") {
    const digits = String(value);
    return digits.length > 24 ? `${digits.slice(0, 24)}… (${digits.length} digits)` : digits;
  }
  if (typeof value === "number") return String(value);
  if (value instanceof Uint8Array) {
    return value.length > MAX_QUOTED ? `${value.length} bytes` : `${quote(toUtf8(value))}`;
  }
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  return "a dictionary";
}

/** The same trouble, said of the metainfo. */
export function notBencode(error: BencodeError, what: string, field: string): MetainfoError {
  return new MetainfoError(`${what} at byte ${error.offset}: ${error.reason}`, field, { cause: error });
}
