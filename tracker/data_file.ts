// What the tracker keeps over restarts, in one SQLite file: lists, registered torrents, completed counts. What the admin
// page needs kept is in admin_records.ts. Every write is small and synchronous: what a method has returned from is in the
// file, and survives the end of the process at any moment; what the operator changes, that of the machine too. Swarms and
// peers are not in here: snapshot_file.ts.

import { DatabaseSync } from "node:sqlite";
import { fromBinary, toBinary } from "../protocol/bytes.ts";
import { AdminRecords } from "./admin_records.ts";
import { type AccessLists, type AccessMode, LIST_NAMES, type ListName } from "./access_lists.ts";
import { Database } from "./database.ts";
import { TrackerStartError } from "./errors.ts";

/** A number that SQLite keeps in the file's header: ours, so that no other program's file is taken for one. */
const APPLICATION_ID = 0x5eed;
const SCHEMA_VERSION = 1;

const SCHEMA = `
  CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE entries (list TEXT, entry TEXT, UNIQUE (list, entry)) STRICT;
  CREATE TABLE torrents (
    info_hash BLOB PRIMARY KEY, name TEXT NOT NULL, total_bytes INTEGER NOT NULL, files INTEGER NOT NULL,
    added_at INTEGER NOT NULL, metainfo BLOB NOT NULL
  ) STRICT;
  CREATE TABLE completed (info_hash BLOB PRIMARY KEY, count INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`;

/** A torrent that the operator has registered, without its .torrent. */
export interface RegisteredTorrent {
  /** Binary string. */
  infoHash: string;
  name: string;
  totalBytes: number;
  files: number;
  /** Unix milliseconds. */
  addedAt: number;
}

/** How often a torrent was completed. */
export interface CompletedCount {
  /** Binary string. */
  infoHash: string;
  count: number;
}

/** The file, open. */
export class DataFile {
  readonly #db: Database;
  #adminRecords: AdminRecords | undefined;

  private constructor(db: Database) {
    this.#db = db;
  }

  /**
   * Opens a file, made if it isn't there; without a path everything is in memory and goes with the process.
   *
   * @throws {TrackerStartError} if it can't be used.
   */
  static open(path?: string): DataFile {
    try {
      return new DataFile(new Database(openDatabase(path ?? ":memory:")));
    } catch (error) {
      throw explain(error, path ?? "memory");
    }
  }

  /** What the admin page needs kept, in the same file. */
  get adminRecords(): AdminRecords {
    return this.#adminRecords ??= new AdminRecords(this.#db);
  }

  close(): void {
    this.#db.close();
  }

  /** A setting by its name. */
  setting(name: string): string | undefined {
    return this.#db.query("SELECT value FROM settings WHERE name = ?").get(name)?.["value"] as
      | string
      | undefined;
  }

  setSetting(name: string, value: string): void {
    const insert = this.#db.query("INSERT OR REPLACE INTO settings VALUES (?, ?)");
    this.#db.durably(() => insert.run(name, value));
  }

  /** Puts what is kept into the lists. */
  loadLists(lists: AccessLists): void {
    lists.mode = (this.setting("mode") ?? "open") as AccessMode;
    for (const name of LIST_NAMES) {
      const rows = this.#db.query("SELECT entry FROM entries WHERE list = ? ORDER BY rowid").iterate(name);
      for (const { entry } of rows) lists.add(name, entry as string);
    }
  }

  /** `isMore`: others follow, and with them these will be safe from a power cut, too. */
  addEntries(list: ListName, entries: readonly string[], { isMore = false } = {}): void {
    const insert = this.#db.query("INSERT OR IGNORE INTO entries VALUES (?, ?)");
    const write = () => {
      for (const entry of entries) insert.run(list, entry);
    };
    if (isMore) this.#db.atOnce(write);
    else this.#db.durably(write);
  }

  removeEntries(list: ListName, entries: readonly string[]): void {
    const remove = this.#db.query("DELETE FROM entries WHERE list = ? AND entry = ?");
    this.#db.durably(() => {
      for (const entry of entries) remove.run(list, entry);
    });
  }

  torrents(): RegisteredTorrent[] {
    const rows = this.#db.query(
      "SELECT info_hash, name, total_bytes, files, added_at FROM torrents ORDER BY added_at, info_hash",
    ).all();
    return rows.map((row) => ({
      infoHash: toBinary(row["info_hash"] as Uint8Array),
      name: row["name"] as string,
      totalBytes: row["total_bytes"] as number,
      files: row["files"] as number,
      addedAt: row["added_at"] as number,
    }));
  }

  addTorrent({ addedAt, files, infoHash, name, totalBytes }: RegisteredTorrent, metainfo: Uint8Array): void {
    const insert = this.#db.query("INSERT OR REPLACE INTO torrents VALUES (?, ?, ?, ?, ?, ?)");
    this.#db.durably(() => insert.run(fromBinary(infoHash), name, totalBytes, files, addedAt, metainfo));
  }

  removeTorrent(infoHash: string): void {
    this.#db.durably(() =>
      this.#db.query("DELETE FROM torrents WHERE info_hash = ?").run(fromBinary(infoHash))
    );
  }

  /** A registered torrent's .torrent as it was uploaded. */
  metainfo(infoHash: string): Uint8Array<ArrayBuffer> | undefined {
    const row = this.#db.query("SELECT metainfo FROM torrents WHERE info_hash = ?").get(fromBinary(infoHash));
    return row?.["metainfo"] as Uint8Array<ArrayBuffer> | undefined;
  }

  /** Counts of completed downloads: those that changed, and those of swarms that are gone. */
  saveCompleted(counts: readonly CompletedCount[], gone: Iterable<string>): void {
    this.#db.atOnce(() => {
      const remove = this.#db.query("DELETE FROM completed WHERE info_hash = ?");
      for (const infoHash of gone) remove.run(fromBinary(infoHash));
      const save = this.#db.query("INSERT OR REPLACE INTO completed VALUES (?, ?)");
      for (const { count, infoHash } of counts) save.run(fromBinary(infoHash), count);
    });
  }

  *completed(): Generator<CompletedCount> {
    for (const { count, info_hash } of this.#db.query("SELECT info_hash, count FROM completed").iterate()) {
      yield { infoHash: toBinary(info_hash as Uint8Array), count: count as number };
    }
  }
}

function openDatabase(path: string): DatabaseSync {
  const db = new DatabaseSync(path);
  try {
    // Nobody else has it open: two trackers on one file would each undo what the other writes.
    db.exec("PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL");
    db.exec("PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE");
    const version = db.prepare("PRAGMA user_version").get()?.["user_version"];
    if (version === 0) {
      if (db.prepare("SELECT 1 FROM sqlite_schema").get() !== undefined) throw notOurs();
      db.exec(
        `${SCHEMA}; PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}`,
      );
    } else {
      const id = db.prepare("PRAGMA application_id").get()?.["application_id"];
      if (id !== APPLICATION_ID) throw notOurs();
      if (version !== SCHEMA_VERSION) throw new Error(`it was written by another version: ${version}`);
    }
    db.exec("COMMIT");
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function notOurs(): Error {
  return new Error("it is another program's database");
}

function explain(error: unknown, path: string): unknown {
  const cannot = `Cannot keep data in ${path}`;
  if (error instanceof Deno.errors.NotCapable) {
    const message =
      `${cannot}: permission is missing. Add --allow-read and --allow-write of its folder, or --memory`;
    return new TrackerStartError(message, "permission", { cause: error });
  }
  const reason = error instanceof Error ? error.message : String(error);
  const message = reason.includes("locked")
    ? `${cannot}: another tracker uses it. Choose another with --data, or --memory`
    : `${cannot}: ${reason}. Choose another with --data, or --memory`;
  return new TrackerStartError(message, "data", { cause: error });
}
