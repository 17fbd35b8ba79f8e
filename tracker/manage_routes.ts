// Settings that change while the tracker runs, putting back what was removed, and the audit log, over HTTP.

import { Hono } from "hono";
import { MetainfoError } from "../protocol/mod.ts";
import { ListError } from "./access_lists.ts";
import type { AuditAnswer, AuditEntry, Changed, SettingsAnswer, SettingsChange } from "./admin_api.ts";
import { type AdminEnv, fail, whoOf } from "./admin_guard.ts";
import type { AuditLog } from "./audit_log.ts";
import { type LiveSettings, SettingError } from "./live_settings.ts";
import { wholeNumber } from "./query.ts";
import { readJson } from "./request_body.ts";
import type { UndoShelf } from "./undo_shelf.ts";

/** Every setting is a name and a number. */
const MAX_BODY_BYTES = 4096;
const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 500;

/** What the routes need. */
export interface ManageParts {
  settings: LiveSettings;
  undo: UndoShelf;
  audit: AuditLog;
  /** Where the log is read. */
  records: { audit(page: { before: number; limit: number }): AuditEntry[] };
  clocks: () => { now: number };
}

/** /api/settings, /api/undo and /api/audit, behind signedIn(). */
export function manageRoutes({ audit, clocks, records, settings, undo }: ManageParts): Hono<AdminEnv> {
  const app = new Hono<AdminEnv>();
  app.get("/settings", (c) => c.json<SettingsAnswer>({ settings: settings.all() }));
  app.patch("/settings", async (c) => {
    const body = await readJson(c.req.raw, MAX_BODY_BYTES);
    if (typeof body !== "object" || body === null || Array.isArray(body)) {
      return fail(c, 400, 'Cannot change settings: must be as in {"intervalSeconds":900}');
    }
    try {
      for (const { from, name, to } of settings.change(body as SettingsChange)) {
        if (from !== to) audit.note(whoOf(c), "setting-changed", name, `${from} to ${to}`);
      }
    } catch (error) {
      if (!(error instanceof SettingError)) throw error;
      return fail(c, 400, error.message);
    }
    return c.json<SettingsAnswer>({ settings: settings.all() });
  });
  app.post("/undo/:id", async (c) => {
    let subject: string | undefined;
    try {
      subject = await undo.restore(c.req.param("id"), clocks().now);
    } catch (error) {
      if (!(error instanceof ListError || error instanceof MetainfoError)) throw error;
      return fail(c, 400, error.message);
    }
    if (subject === undefined) return c.json<Changed>({ changed: false });
    audit.note(whoOf(c), "undone", subject);
    return c.json<Changed>({ changed: true });
  });
  app.get("/audit", (c) => {
    const before = wholeNumber(c.req.query("before"), Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    const limit = wholeNumber(c.req.query("limit"), DEFAULT_LIMIT, MAX_LIMIT);
    if (before === undefined || limit === undefined) {
      return fail(c, 400, "Cannot read the query: before and limit must be whole numbers");
    }
    const entries = records.audit({ before, limit });
    const last = entries.at(-1)?.id;
    // The oldest are forgotten: no number tells that an entry is the first.
    const isMore = last !== undefined && records.audit({ before: last, limit: 1 }).length > 0;
    return c.json<AuditAnswer>({ entries, before: isMore ? last : null });
  });
  return app;
}
