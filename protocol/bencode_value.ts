// What bencode can say, as types, and safe ways to ask a decoded dictionary for what should be in it.
// https://www.bittorrent.org/beps/bep_0003.html ("bencoding"). What a missing or odd member means, the asker decides.

import { toUtf8 } from "./bytes.ts";

/** A decoded dictionary. Keys are binary strings (one char a byte), so that they sort as their bytes do. */
export type BencodeDict = Map<string, BencodeValue>;

/** A decoded value. Integers are numbers where these are exact, bigints beyond ±(2^53 - 1). */
export type BencodeValue = number | bigint | Uint8Array | BencodeValue[] | BencodeDict;

/** What can be encoded: text as UTF-8, Maps and objects as dictionaries whose undefined members are left out. */
export type BencodeInput =
  | number
  | bigint
  | string
  | Uint8Array
  | readonly BencodeInput[]
  | ReadonlyMap<string, BencodeInput>
  | { readonly [key: string]: BencodeInput | undefined };

/** The dictionary at `key`; undefined if there is none, or something else. */
export function getDict(dict: BencodeDict, key: string): BencodeDict | undefined {
  const value = dict.get(key);
  return value instanceof Map ? value : undefined;
}

/** The list at `key`; undefined if there is none, or something else. */
export function getList(dict: BencodeDict, key: string): BencodeValue[] | undefined {
  const value = dict.get(key);
  return Array.isArray(value) ? value : undefined;
}

/** The byte string at `key`, a view of the input; undefined if there is none, or something else. */
export function getBytes(dict: BencodeDict, key: string): Uint8Array | undefined {
  const value = dict.get(key);
  return value instanceof Uint8Array ? value : undefined;
}

/** The byte string at `key` read as UTF-8, what is not UTF-8 as U+FFFD; undefined if there is none, or something else. */
export function getText(dict: BencodeDict, key: string): string | undefined {
  const bytes = getBytes(dict, key);
  return bytes === undefined ? undefined : toUtf8(bytes);
}

/** The integer at `key`; undefined if there is none, something else, or one beyond ±(2^53 - 1). */
export function getInteger(dict: BencodeDict, key: string): number | undefined {
  const value = dict.get(key);
  return typeof value === "number" ? value : undefined;
}
