// What all answers of HTTP trackers have in common: a bencoded dictionary, or a refusal, or something else entirely
// (a web page, nothing, half of it). https://www.bittorrent.org/beps/bep_0003.html, BEP 31 (`retry in`).

import { type BencodeDict, decodeDict, getInteger, getText } from "./bencode.ts";
import { toBinary } from "./bytes.ts";
import { BencodeError, TrackerError } from "./errors.ts";

/** Longest answer that is looked at. 2,000 IPv6 peers take 36 kB. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/** Longest text of a tracker that is shown, in characters. */
const MAX_TEXT_LENGTH = 200;

/**
 * Reads a tracker's answer as far as announce and scrape agree.
 *
 * @throws {TrackerError} with a sentence for the user if it is no answer, or if it is a refusal.
 */
export function readAnswer(bytes: Uint8Array, action: "announce" | "scrape"): BencodeDict {
  if (bytes.length === 0) throw unreadable("it is empty");
  if (bytes.length > MAX_ANSWER_BYTES) {
    throw unreadable(`must be at most ${MAX_ANSWER_BYTES} bytes: got ${bytes.length}`);
  }
  if (bytes[0] !== 0x64) throw unreadable(`expected bencode: got "${preview(bytes)}"`);
  let dict: BencodeDict;
  try {
    dict = decodeDict(bytes, { lenient: true, maxDepth: 8 }).dict;
  } catch (error) {
    if (!(error instanceof BencodeError)) throw error;
    throw unreadable(`its bencode is cut short or broken at byte ${error.offset}`);
  }
  const reason = getText(dict, "failure reason");
  if (reason !== undefined) {
    throw new TrackerError(
      `Cannot ${action}: the tracker refuses: got "${toPlainText(reason)}"`,
      retryInSeconds(dict),
    );
  }
  return dict;
}

/** A TrackerError for an answer that makes no sense. */
export function unreadable(why: string): TrackerError {
  return new TrackerError(`Cannot read the tracker's answer: ${why}`);
}

/** A stranger's text made fit for one line of a terminal: no control or direction characters, not too long. */
export function toPlainText(text: string): string {
  const plain = text.slice(0, 4 * MAX_TEXT_LENGTH).replace(/[\p{C}\p{Z}]+/gu, " ").trim();
  const chars = [...plain];
  return chars.length <= MAX_TEXT_LENGTH ? plain : chars.slice(0, MAX_TEXT_LENGTH).join("") + "…";
}

/** When a refused request may be repeated (BEP 31): "never" is Infinity. */
function retryInSeconds(dict: BencodeDict): number | undefined {
  const minutes = getInteger(dict, "retry in");
  if (minutes !== undefined) return minutes > 0 ? minutes * 60 : undefined;
  const text = getText(dict, "retry in");
  if (text === "never") return Infinity;
  // Seen in the field: the number as a string.
  return text !== undefined && /^[1-9]\d{0,8}$/.test(text) ? Number(text) * 60 : undefined;
}

function preview(bytes: Uint8Array): string {
  const text = toPlainText(toBinary(bytes.subarray(0, 12)));
  return bytes.length > 12 ? `${text}…` : text;
}
