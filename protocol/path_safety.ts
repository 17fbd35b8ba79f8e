// Makes the names inside a torrent fit to be files: nothing leaves the folder, nothing overwrites anything else there.
// https://www.bittorrent.org/beps/bep_0003.html ("path"), written by whoever made the torrent. Names that could lead
// elsewhere are refused, names that merely can't be had are changed, the same way each time. Opens no files itself.

import { fromUtf8 } from "./bytes.ts";

/** The longest name of a file or folder that file systems take, in bytes of UTF-8. */
export const MAX_NAME_BYTES = 255;
/** The longest path inside a torrent, in bytes of UTF-8 with a separator after each name: what Linux takes. */
export const MAX_PATH_BYTES = 4096;
/** The most names in a path. */
export const MAX_PATH_DEPTH = 128;
/** What counts as an extension and is kept when a name is cut: a dot and this many chars. */
const MAX_EXTENSION = 16;

// Control chars could drive the terminal that shows a name; U+202A.. and U+2066.. turn its text around, which is how
// "exe.jpg" is made of "gpj.exe".
const DANGEROUS_TO_SHOW = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;
/** Windows refuses these; a colon even names another stream of the same file. */
const NOT_ON_WINDOWS = /[<>:"|?*]/g;
/** Windows opens a device under these names, in any folder, with any extension. */
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|clock\$|com[0-9¹²³]|lpt[0-9¹²³])[ ]*(?:\.|$)/i;

/** Says what a name inside a torrent could do that it must not; undefined if it can be used. */
export function whyUnsafe(name: string): string | undefined {
  if (name === "") return "must not be empty";
  if (name === "." || name === "..") return "must not lead to another folder";
  if (name.includes("/") || name.includes("\\")) return "must not contain a path separator";
  if (name.includes("\0")) return "must not contain NUL";
  return undefined;
}

/**
 * Changes a name that `whyUnsafe()` has nothing against so that a file can have it: control chars become `_`, and it
 * is cut to 255 bytes with its extension kept.
 *
 * @param isPortable also changes what Windows can't have: its device names, some punctuation, a dot or space at the
 * end. Not done where files may have these names, else a torrent of such files could not be seeded from them.
 */
export function safeName(name: string, isPortable: boolean): string {
  let safe = name.replace(DANGEROUS_TO_SHOW, "_");
  if (isPortable) {
    safe = safe.replace(NOT_ON_WINDOWS, "_");
    if (DEVICE.test(safe)) safe = `_${safe}`;
    safe = safe.replace(/[. ]$/, "_");
  }
  // No char takes more than 3 bytes: nearly all names are told to be short enough without encoding them.
  return safe.length * 3 <= MAX_NAME_BYTES ? safe : withSuffix(safe, "");
}

/**
 * Gives every file a path of its own: one that is another's too, or another's folder, gets a number, as in
 * `name (2).txt`; the first one keeps its name.
 *
 * @param isPortable paths that differ only in case, or in how accents are composed, count as the same.
 */
export function tellApart(paths: readonly (readonly string[])[], isPortable: boolean): string[][] {
  const fold = isPortable ? (path: string) => path.normalize("NFC").toLowerCase() : (path: string) => path;
  const keys = paths.map((path) => fold(path.join("/")));
  const folders = new Set<string>();
  for (const key of keys) {
    for (let at = key.lastIndexOf("/"); at >= 0; at = key.lastIndexOf("/", at - 1)) {
      const folder = key.slice(0, at);
      if (folders.has(folder)) break; // and so are those above it
      folders.add(folder);
    }
  }
  const wanted = new Set(keys);
  if (wanted.size === keys.length && keys.every((key) => !folders.has(key))) {
    return paths.map((path) => [...path]);
  }
  const taken = new Set<string>();
  // Where the search for a free number goes on, so that many files of one name don't take quadratic time.
  const numbers = new Map<string, number>();
  return paths.map((path, index) => {
    const key = keys[index] ?? "";
    if (!folders.has(key) && !taken.has(key)) {
      taken.add(key);
      return [...path];
    }
    for (let number = numbers.get(key) ?? 2;; number++) {
      const other = [...path.slice(0, -1), withSuffix(path.at(-1) ?? "", ` (${number})`)];
      const otherKey = fold(other.join("/"));
      if (folders.has(otherKey) || wanted.has(otherKey) || taken.has(otherKey)) continue;
      taken.add(otherKey);
      numbers.set(key, number + 1);
      return other;
    }
  });
}

/** Puts `suffix` before the extension, and cuts what stands before it if the name gets longer than files' may be. */
function withSuffix(name: string, suffix: string): string {
  const dot = name.lastIndexOf(".");
  const hasExtension = dot > 0 && name.length - dot - 1 <= MAX_EXTENSION;
  const stem = hasExtension ? name.slice(0, dot) : name;
  const end = suffix + (hasExtension ? name.slice(dot) : "");
  return cut(stem, MAX_NAME_BYTES - fromUtf8(end).length) + end;
}

/** The longest start of a text that takes at most `maxBytes` of UTF-8; no char is halved. */
function cut(text: string, maxBytes: number): string {
  if (text.length * 3 <= maxBytes) return text;
  const bytes = fromUtf8(text);
  if (bytes.length <= maxBytes) return text;
  let end = maxBytes;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return new TextDecoder().decode(bytes.subarray(0, end));
}
