// Who changed what and when: into the records, and to the open pages that watch events.

import type { AuditAction, AuditEntry } from "./admin_api.ts";

/** Where entries are kept. */
export interface AuditRecords {
  addAudit(entry: Omit<AuditEntry, "id">): void;
}

/** By whom. */
export type Who = Pick<AuditEntry, "address" | "by">;

/** Longest text of an entry: a torrent's name may be longer. */
const MAX_LENGTH = 300;

/** Takes notes. */
export class AuditLog {
  readonly #records: AuditRecords;
  readonly #unix: () => number;
  readonly #onChange: (action: AuditAction, subject: string) => void;

  /** `unix` tells Unix milliseconds; `onChange` hears of everything but signing in and out. */
  constructor(
    records: AuditRecords,
    unix: () => number,
    onChange: (action: AuditAction, subject: string) => void,
  ) {
    this.#records = records;
    this.#unix = unix;
    this.#onChange = onChange;
  }

  /** Something was done. `subject`: to what; `detail`: more of it. */
  note(who: Who, action: AuditAction, subject = "", detail = ""): void {
    const texts = { subject: subject.slice(0, MAX_LENGTH), detail: detail.slice(0, MAX_LENGTH) };
    this.#records.addAudit({ ...who, ...texts, time: this.#unix(), action });
    if (action !== "sign-in" && action !== "sign-out") this.#onChange(action, texts.subject);
  }
}
