// Who somebody is who asks for the admin page's data: whoever shows the token, as a bearer with each request or once for a
// session. A session is a cookie with a random name of its own; what is kept of it is a hash. Which requests need one is
// admin_guard.ts's business.

import { createHash } from "node:crypto";
import type { AdminRecords } from "./admin_records.ts";
import type { AdminToken } from "./admin_token.ts";
import { WrongTokens } from "./wrong_tokens.ts";

/** For how long a session lasts. */
const SESSION_MS = 30 * 86_400_000;
/** Sessions at a time: the records keep as many. */
const MAX_SESSIONS = 1000;
const SESSION_BYTES = 32;

/** What a request shows of who sends it. */
export interface Shown {
  /** Where it comes from, 4 or 16 bytes. */
  address: Uint8Array;
  /** Header "Authorization". */
  authorization: string | undefined;
  /** Header "Cookie". */
  cookie: string | undefined;
}

/** Who sent a request. */
export type Visitor =
  | { by: "bearer"; expiresAt: null }
  | { by: "cookie"; expiresAt: number; session: string };

/** Why a token isn't looked at, or isn't taken. */
export type Refused = { waitMs: number };

/** Time, twice: milliseconds of the tracker's clock, and Unix milliseconds. */
export interface AccessClocks {
  now: number;
  unix: number;
}

/** The token and the sessions of one tracker. */
export class AdminAccess {
  readonly #token: AdminToken;
  readonly #records: AdminRecords;
  readonly #wrong = new WrongTokens();
  /** When each ends, by the hex of its hash; the first to end first. */
  #sessions: Map<string, number>;

  constructor(token: AdminToken, records: AdminRecords, unix: number) {
    this.#token = token;
    this.#records = records;
    this.#sessions = records.sessions(unix);
    // Sessions that another token began end with it.
    const tag = records.tokenTag;
    if (tag !== token.tag) this.#endAll();
  }

  /** The cookie's name: two trackers on one machine share a browser's cookies, whatever their ports. */
  get cookieName(): string {
    return `seedling_${this.#token.tag}`;
  }

  /** Who sent a request; null for nobody known, or how long to wait where a token was wrong too often. */
  visitor({ address, authorization, cookie }: Shown, { now, unix }: AccessClocks): Visitor | Refused | null {
    const [, bearer] = /^Bearer +(\S+)$/i.exec(authorization ?? "") ?? [];
    if (bearer !== undefined) {
      const checked = this.#check(bearer, address, now);
      return checked === true ? { by: "bearer", expiresAt: null } : checked;
    }
    const value = cookie === undefined ? undefined : readCookie(cookie, this.cookieName);
    if (value === undefined) return null;
    const session = hashOf(value);
    const expiresAt = this.#sessions.get(session);
    if (expiresAt === undefined || expiresAt <= unix) return null;
    return { by: "cookie", expiresAt, session };
  }

  /** Begins a session for who shows the token. */
  signIn(
    token: string,
    address: Uint8Array,
    { now, unix }: AccessClocks,
  ): { cookie: string; expiresAt: number } | Refused | null {
    const checked = this.#check(token, address, now);
    if (checked !== true) return checked;
    const bytes = crypto.getRandomValues(new Uint8Array(SESSION_BYTES));
    const value = bytes.toBase64({ alphabet: "base64url", omitPadding: true });
    const expiresAt = unix + SESSION_MS;
    const session = hashOf(value);
    this.#records.addSession(session, expiresAt);
    this.#sessions.set(session, expiresAt);
    const oldest = this.#sessions.keys().next();
    if (this.#sessions.size > MAX_SESSIONS && !oldest.done) this.#sessions.delete(oldest.value);
    return {
      cookie: `${this.cookieName}=${value}; HttpOnly; SameSite=Strict; Path=/; Max-Age=${SESSION_MS / 1000}`,
      expiresAt,
    };
  }

  /** Ends a session. Returns what makes a browser forget its cookie. */
  signOut(visitor: Visitor | null): string {
    if (visitor?.by === "cookie") {
      this.#records.removeSession(visitor.session);
      this.#sessions.delete(visitor.session);
    }
    return `${this.cookieName}=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0`;
  }

  /** Looks whether the token was renewed: then all sessions end. Call it once a second. */
  tick(): void {
    if (this.#token.reread()) this.#endAll();
  }

  #endAll(): void {
    this.#records.removeSessions();
    this.#records.tokenTag = this.#token.tag;
    this.#sessions = new Map();
  }

  /** True for the token; null for another, how long to wait for one of too many. */
  #check(token: string, address: Uint8Array, now: number): true | Refused | null {
    const waitMs = this.#wrong.wait(address, now);
    if (waitMs > 0) return { waitMs };
    if (this.#token.matches(token)) {
      this.#wrong.forgive(address);
      return true;
    }
    this.#wrong.note(address, now);
    return null;
  }
}

function hashOf(session: string): string {
  return createHash("sha256").update(session).digest("hex");
}

/** The value of a cookie; of two with one name the first counts. */
function readCookie(header: string, name: string): string | undefined {
  for (const pair of header.split(";")) {
    const equals = pair.indexOf("=");
    if (equals > 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
  }
  return undefined;
}
