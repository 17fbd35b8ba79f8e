// The admin token: who shows it may read and change everything. None is built in. It is the operator's own, by flag, file
// or variable, or one that is made at the first start and shown once: what is kept then, beside the data file, is its
// hash. A token of ours has 192 random bits, so a plain hash of it is as hard to turn round as the token is to guess.

import { createHash, timingSafeEqual } from "node:crypto";
import { TrackerStartError } from "./errors.ts";

/** Random bytes of a token that is made here. */
const TOKEN_BYTES = 24;
/** What an operator may choose: long enough that guessing is slower than the table of wrong tokens. */
const OWN_TOKEN = /^[\x21-\x7e]{16,256}$/;
/** Longest token that is looked at. */
const MAX_LENGTH = 256;

/** Where a tracker's token comes from. */
export interface TokenSource {
  /** The operator's own. */
  given: string | undefined;
  /** The data file that the hash lies beside; without one a token lasts for one run. */
  data: string | undefined;
}

/** The token of one tracker. */
export class AdminToken {
  #hash: Uint8Array;
  /** The file of the hash, and what is known of it; undefined for a token that isn't kept. */
  readonly #path: string | undefined;
  #stamp = "";
  /** The token itself if it was made just now: to be shown once. */
  readonly fresh: string | undefined;

  private constructor(hash: Uint8Array, fresh?: string, path?: string) {
    this.#hash = hash;
    this.fresh = fresh;
    this.#path = path;
    if (path !== undefined) this.#stamp = stampOf(path);
  }

  /**
   * The operator's token, that of before, or a new one.
   *
   * @throws {RangeError} if the operator's can't be one.
   * @throws {TrackerStartError} if the file of the hash can't be used.
   */
  static open({ data, given }: TokenSource): AdminToken {
    if (given !== undefined) {
      checkAdminToken(given);
      return new AdminToken(hashOf(given));
    }
    if (data === undefined) {
      const token = makeToken();
      return new AdminToken(hashOf(token), token);
    }
    const path = tokenPath(data);
    const known = explained(path, () => readHash(path));
    if (known !== undefined) return new AdminToken(known, undefined, path);
    const token = renewToken(data);
    return new AdminToken(hashOf(token), token, path);
  }

  /** Whether a token is the one. */
  matches(token: string): boolean {
    return token.length <= MAX_LENGTH && timingSafeEqual(hashOf(token), this.#hash);
  }

  /** Tells tokens apart without telling them: 8 hexadecimal digits. */
  get tag(): string {
    return createHash("sha256").update("tag").update(this.#hash).digest("hex").slice(0, 8);
  }

  /** Looks whether the token was renewed meanwhile. Returns whether it was. A file that is gone or broken changes nothing. */
  reread(): boolean {
    if (this.#path === undefined) return false;
    try {
      const stamp = stampOf(this.#path);
      if (stamp === this.#stamp) return false;
      this.#stamp = stamp;
      const hash = readHash(this.#path);
      if (hash === undefined || timingSafeEqual(hash, this.#hash)) return false;
      this.#hash = hash;
      return true;
    } catch {
      return false;
    }
  }
}

/** Throws RangeError unless an operator may choose this token. */
export function checkAdminToken(given: string): void {
  if (OWN_TOKEN.test(given)) return;
  throw new RangeError("Cannot use this admin token: must be 16 to 256 visible ASCII characters");
}

/**
 * Makes another token for the tracker with this data file, whether it runs or not. Returns it: it is nowhere else. It counts
 * as soon as it was shown; what `show` throws leaves the former one.
 *
 * @throws {TrackerStartError} if its hash can't be kept.
 */
export function renewToken(data: string, show: (token: string) => void = () => {}): string {
  const token = makeToken();
  const path = tokenPath(data);
  const next = `${path}.new`;
  explained(path, () => Deno.writeTextFileSync(next, `sha256 ${hashOf(token).toHex()}\n`, { mode: 0o600 }));
  try {
    show(token);
  } catch (error) {
    Deno.removeSync(next);
    throw error;
  }
  // Put there in one piece: a tracker that looks meanwhile finds the hash of before.
  explained(path, () => Deno.renameSync(next, path));
  return token;
}

function tokenPath(data: string): string {
  return `${data}.token`;
}

function makeToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(TOKEN_BYTES));
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

function hashOf(token: string): Uint8Array {
  return createHash("sha256").update(token).digest();
}

/** Undefined where there is no file. */
function readHash(path: string): Uint8Array | undefined {
  try {
    const [, hex] = /^sha256 ([0-9a-f]{64})\n?$/.exec(Deno.readTextFileSync(path)) ?? [];
    if (hex === undefined) throw new Error("it isn't the hash of a token. Remove it for a new one");
    return Uint8Array.fromHex(hex);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Differs for two files one after the other, also within the grain of the file system's clock. */
function stampOf(path: string): string {
  const { ino, mtime } = Deno.statSync(path);
  return `${ino} ${mtime?.getTime()}`;
}

function explained<Value>(path: string, use: () => Value): Value {
  try {
    return use();
  } catch (error) {
    const isNotCapable = error instanceof Deno.errors.NotCapable;
    const reason = isNotCapable
      ? "permission is missing. Add --allow-read and --allow-write of its folder, or name a token with --admin-token-file"
      : error instanceof Error
      ? error.message
      : String(error);
    const message = `Cannot keep the admin token's hash in ${path}: ${reason}`;
    throw new TrackerStartError(message, isNotCapable ? "permission" : "data", { cause: error });
  }
}
