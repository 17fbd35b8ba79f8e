// An open SQLite database: its statements, each prepared once, and writes that are kept together or not at all.

import type { DatabaseSync, StatementSync } from "node:sqlite";

/** A database that is open. */
export class Database {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** Runs statements that answer nothing. */
  exec(sql: string): void {
    this.#db.exec(sql);
  }

  /** A statement, prepared once. */
  query(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) this.#statements.set(sql, statement = this.#db.prepare(sql));
    return statement;
  }

  /** Runs writes as one: all of them are kept, should the process end, or none. */
  atOnce(write: () => void): void {
    this.#db.exec("BEGIN");
    try {
      write();
      this.#db.exec("COMMIT");
    } catch (error) {
      this.#db.exec("ROLLBACK");
      throw error;
    }
  }

  /** The same, on the disk itself when this returns: nothing that was answered is undone by a power cut. Takes a sync. */
  durably(write: () => void): void {
    this.#db.exec("PRAGMA synchronous = FULL");
    try {
      this.atOnce(write);
    } finally {
      this.#db.exec("PRAGMA synchronous = NORMAL");
    }
  }

  /** Idempotent. */
  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }
}
