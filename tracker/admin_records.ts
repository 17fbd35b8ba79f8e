// What the admin page needs kept over restarts, in the data file beside lists and torrents: sessions, the audit log, points
// of the plots, changed settings. Every table is bounded.

import type { AuditAction, AuditEntry } from "./admin_api.ts";
import type { Database } from "./database.ts";

/** Sessions at a time: beyond, the oldest ends. */
const MAX_SESSIONS = 1000;
/** Changes that are remembered. */
const MAX_AUDIT = 10_000;
/** Most that one question gets of them. */
const MAX_AUDIT_PAGE = 500;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS sessions (id BLOB PRIMARY KEY, expires_at INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, address TEXT NOT NULL, by TEXT NOT NULL,
    action TEXT NOT NULL, subject TEXT NOT NULL, detail TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS timeline (
    step INTEGER, time INTEGER, point TEXT NOT NULL, PRIMARY KEY (step, time)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS rules (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`;

/** A point of a plot: the numbers of its series in their order. */
export interface KeptPoint {
  /** Unix seconds. */
  time: number;
  values: number[];
}

/** Who did something, and to what. */
export type NewAuditEntry = Omit<AuditEntry, "id">;

/** The tables. */
export class AdminRecords {
  readonly #db: Database;

  /** `db`: the data file's, open. */
  constructor(db: Database) {
    this.#db = db;
    db.exec(SCHEMA);
  }

  /** Sessions that haven't ended, by the hex of their hash, with when they end. */
  sessions(unix: number): Map<string, number> {
    this.#db.query("DELETE FROM sessions WHERE expires_at <= ?").run(unix);
    const rows = this.#db.query("SELECT hex(id) AS id, expires_at FROM sessions ORDER BY expires_at").all();
    return new Map(rows.map(({ expires_at, id }) => [(id as string).toLowerCase(), expires_at as number]));
  }

  addSession(idHex: string, expiresAt: number): void {
    const insert = this.#db.query("INSERT OR REPLACE INTO sessions VALUES (?, ?)");
    const { lastInsertRowid } = insert.run(Uint8Array.fromHex(idHex), expiresAt);
    this.#db.query("DELETE FROM sessions WHERE rowid <= ?").run(Number(lastInsertRowid) - MAX_SESSIONS);
  }

  removeSession(idHex: string): void {
    const remove = this.#db.query("DELETE FROM sessions WHERE id = ?");
    this.#db.durably(() => remove.run(Uint8Array.fromHex(idHex)));
  }

  removeSessions(): void {
    this.#db.durably(() => this.#db.query("DELETE FROM sessions").run());
  }

  /** Which token the sessions were begun with; see `AdminToken.tag`. */
  get tokenTag(): string | undefined {
    return this.#db.query("SELECT value FROM settings WHERE name = 'tokenTag'").get()?.["value"] as
      | string
      | undefined;
  }

  set tokenTag(tag: string) {
    const insert = this.#db.query("INSERT OR REPLACE INTO settings VALUES ('tokenTag', ?)");
    this.#db.durably(() => insert.run(tag));
  }

  addAudit({ action, address, by, detail, subject, time }: NewAuditEntry): void {
    const insert = this.#db.query(
      "INSERT INTO audit (time, address, by, action, subject, detail) VALUES (?, ?, ?, ?, ?, ?)",
    );
    this.#db.durably(() => {
      const { lastInsertRowid } = insert.run(time, address, by, action, subject, detail);
      this.#db.query("DELETE FROM audit WHERE id <= ?").run(Number(lastInsertRowid) - MAX_AUDIT);
    });
  }

  /** The latest entries before one, the latest first. */
  audit(
    { before = Number.MAX_SAFE_INTEGER, limit = 100 }: { before?: number; limit?: number },
  ): AuditEntry[] {
    const rows = this.#db.query("SELECT * FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?")
      .all(before, Math.min(limit, MAX_AUDIT_PAGE));
    return rows.map((row) => ({
      id: row["id"] as number,
      time: row["time"] as number,
      address: row["address"] as string,
      by: row["by"] as AuditEntry["by"],
      action: row["action"] as AuditAction,
      subject: row["subject"] as string,
      detail: row["detail"] as string,
    }));
  }

  /** Keeps points `step` seconds apart; those before `since`, Unix seconds, go. */
  savePoints(step: number, points: readonly KeptPoint[], since: number): void {
    const save = this.#db.query("INSERT OR REPLACE INTO timeline VALUES (?, ?, ?)");
    for (const { time, values } of points) save.run(step, time, JSON.stringify(values));
    this.#db.query("DELETE FROM timeline WHERE step = ? AND time < ?").run(step, since);
  }

  points(step: number, since: number): KeptPoint[] {
    const rows = this.#db.query("SELECT time, point FROM timeline WHERE step = ? AND time >= ? ORDER BY time")
      .all(step, since);
    return rows.map(({ point, time }) => ({
      time: time as number,
      values: JSON.parse(point as string) as number[],
    }));
  }

  /** Settings that were changed on the page, by name. */
  rules(): Map<string, number> {
    const rows = this.#db.query("SELECT name, value FROM rules").all();
    return new Map(rows.map(({ name, value }) => [name as string, value as number]));
  }

  /** Keeps these, and no others. */
  saveRules(rules: ReadonlyMap<string, number>): void {
    this.#db.durably(() => {
      this.#db.query("DELETE FROM rules").run();
      const save = this.#db.query("INSERT INTO rules VALUES (?, ?)");
      for (const [name, value] of rules) save.run(name, value);
    });
  }
}
