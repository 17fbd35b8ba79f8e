// Signing in and out. The token comes in a body, never in an address: addresses stand in logs and histories.
//
//   GET    /api/session   who am I, and what may I see?
//   POST   /api/session   {"token":"…"}: a session, in a cookie
//   DELETE /api/session   ends it

import { type Context, Hono } from "hono";
import type { AboutTracker } from "./admin_service.ts";
import type { AccessClocks, AdminAccess, Visitor } from "./admin_access.ts";
import type { Session } from "./admin_api.ts";
import { type AdminEnv, fail, fromElsewhere, isFromOwnPage, tooMany, whoOf } from "./admin_guard.ts";
import type { AuditLog } from "./audit_log.ts";
import { origin } from "./query.ts";
import { readJson } from "./request_body.ts";

/** A token and some JSON around it. */
const MAX_BODY_BYTES = 2048;

/** What signing in needs. */
export interface SessionParts {
  access: AdminAccess;
  audit: AuditLog;
  clocks: () => AccessClocks;
  about: AboutTracker;
}

/** The routes below /api/session, behind identify(). */
export function sessionRoutes({ about, access, audit, clocks }: SessionParts): Hono<AdminEnv> {
  const app = new Hono<AdminEnv>();
  app.get("/", (c) => c.json(session(c.get("visitor"))));
  app.post("/", async (c) => {
    if (!isFromOwnPage(c)) return fromElsewhere(c);
    const token = tokenOf(await readJson(c.req.raw, MAX_BODY_BYTES));
    if (token === undefined) return fail(c, 400, 'Cannot sign in: must be {"token":"…"}');
    const begun = access.signIn(token, c.get("address"), clocks());
    if (begun === null) return fail(c, 401, "Cannot sign in: this is not the token");
    if ("waitMs" in begun) return tooMany(c, begun.waitMs);
    c.header("set-cookie", begun.cookie + secure(c));
    audit.note({ ...whoOf(c), by: "token" }, "sign-in");
    const { expiresAt } = begun;
    return c.json<Session>({ now: clocks().unix, ...about, signedIn: true, by: "cookie", expiresAt });
  });
  app.delete("/", (c) => {
    const visitor = c.get("visitor");
    if (visitor?.by === "cookie") {
      if (!isFromOwnPage(c)) return fromElsewhere(c);
      c.header("set-cookie", access.signOut(visitor) + secure(c));
      audit.note(whoOf(c), "sign-out");
    }
    return c.json(session(null));
  });
  return app;

  function session(visitor: Visitor | null): Session {
    return {
      now: clocks().unix,
      ...about,
      signedIn: visitor !== null,
      by: visitor?.by ?? null,
      expiresAt: visitor?.expiresAt ?? null,
    };
  }
}

function tokenOf(body: unknown): string | undefined {
  if (typeof body !== "object" || body === null || !("token" in body)) return undefined;
  return typeof body.token === "string" ? body.token : undefined;
}

/** Over HTTPS the cookie never travels without it; a proxy that ends TLS says so. */
function secure(c: Context): string {
  return origin(c).startsWith("https:") ? "; Secure" : "";
}
