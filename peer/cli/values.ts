// What flags may be set to: text in, a value out, or one sentence about what is wanted.

/** A text that can't be a value. The message is the sentence. */
export class ValueError extends Error {
  override name = "ValueError";
}

/** Any text but none: what a script's variable without a value stands for is no path, and least of all the present folder. */
export function parseNonEmpty(text: string): string {
  if (text !== "") return text;
  throw new ValueError("It must not be empty.");
}

/** A TCP port, 0 for any free one. */
export function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65535) return port;
  throw new ValueError("A port is a number from 0 to 65535.");
}

/** How many of something, one at least. */
export function parseCount(text: string): number {
  const count = Number(text);
  if (/^\d{1,9}$/.test(text) && count > 0) return count;
  throw new ValueError("A number of 1 or more is wanted.");
}

const BINARY_UNITS: Record<string, number> = { "": 1, k: 2 ** 10, m: 2 ** 20 };

/** `"262144"`, `"256k"`, `"256 KiB"`, `"1M"` → bytes of a piece. Binary units: no other number of thousands is a power of two. */
export function parsePieceLength(text: string): number {
  const [, number, unit] = /^(\d{1,9}) ?(?:([km])(?:ib)?)?$/i.exec(text) ?? [];
  const length = Number(number) * (BINARY_UNITS[(unit ?? "").toLowerCase()] ?? 1);
  if (length >= 16384 && Number.isInteger(Math.log2(length))) return length;
  throw new ValueError("A piece length is a power of two, 16384 or more: 262144, 256k or 1M.");
}

const RATIO = /^\d{1,6}(\.\d{1,6})?$/;

/** `"1.5"`: so many times the bytes received. */
export function parseRatio(text: string): number {
  if (RATIO.test(text)) return Number(text);
  throw new ValueError("A ratio is a number such as 1.5.");
}

const SECONDS: Record<string, number> = { "": 1, s: 1, m: 60, h: 3600, d: 86400 };

/** `"90"`, `"90s"`, `"30m"`, `"12h"`, `"7d"` → seconds. */
export function parseDuration(text: string): number {
  const [, number, unit] = /^(\d{1,9})([smhd]?)$/.exec(text) ?? [];
  if (number !== undefined) return Number(number) * (SECONDS[unit ?? ""] ?? 1);
  throw new ValueError("A time is a number of seconds, or one with s, m, h or d behind it: 30m.");
}

const UNITS: Record<string, number> = { "": 1, k: 1e3, M: 1e6, G: 1e9 };

/** `"800000"`, `"800k"`, `"1.5M"` → bytes a second; 0 for none. */
export function parseRate(text: string): number {
  const [, number, unit] = /^(\d{1,12}(?:\.\d{1,6})?)([kMG]?)$/.exec(text) ?? [];
  if (number !== undefined) return Number(number) * (UNITS[unit ?? ""] ?? 1);
  throw new ValueError("A rate is bytes a second, or a number with k, M or G behind it: 1.5M.");
}

/** An http or https address. */
export function parseHttpUrl(text: string): string {
  if (/^https?:\/\//i.test(text) && URL.canParse(text)) return text;
  throw new ValueError("An address that begins with http:// or https:// is wanted.");
}

/** Where a tracker is. Without its scheme `localhost:6969/announce` would be a URL, too: of the scheme `localhost`. */
export function parseTrackerUrl(text: string): string {
  if (/^(https?|udp|wss?):\/\//i.test(text) && URL.canParse(text)) return text;
  throw new ValueError("An address that begins with http://, https://, udp://, ws:// or wss:// is wanted.");
}

/** One of a few words. */
export function parseChoice<T extends string>(text: string, choices: readonly T[]): T {
  const chosen = choices.find((each) => each === text);
  if (chosen !== undefined) return chosen;
  throw new ValueError(`It must be one of ${choices.join(", ")}.`);
}

/** Yes or no, in the words of config files and environments. */
export function parseSwitch(text: string): boolean {
  const word = text.toLowerCase();
  if (["true", "1", "yes", "on"].includes(word)) return true;
  if (["false", "0", "no", "off"].includes(word)) return false;
  throw new ValueError("It must be true or false.");
}
