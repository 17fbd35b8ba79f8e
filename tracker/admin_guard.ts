// Who may read and change over the admin page's JSON: whoever has signed in or shows the token; see admin_access.ts. A page
// of a stranger in the same browser may not: it doesn't get the cookie sent (SameSite), and a change with the cookie has to
// say that it comes from this site's own page, which no other page can (CSRF).

import type { Context, MiddlewareHandler } from "hono";
import { formatIp } from "../protocol/compact.ts";
import type { AccessClocks, AdminAccess, Visitor } from "./admin_access.ts";
import type { AppEnv } from "./app.ts";
import type { AskerAddresses } from "./forwarded.ts";

/** What the guard tells the routes behind it. */
export interface AdminEnv extends AppEnv {
  Variables: {
    /** Who asks; null for nobody known. */
    visitor: Visitor | null;
    /** Where it comes from, 4 or 16 bytes. */
    address: Uint8Array;
  };
}

/** What the guard needs. */
export interface GuardParts {
  access: AdminAccess;
  askers: AskerAddresses;
  clocks: () => AccessClocks;
}

// Answers are data, whatever a browser is told: nothing in them runs, nobody frames or keeps them.
const HEADERS = Object.entries({
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
});

/** Finds out who asks, for all routes behind it. A wrong token goes no further. */
export function identify({ access, askers, clocks }: GuardParts): MiddlewareHandler<AdminEnv> {
  return async (c, next) => {
    for (const [name, value] of HEADERS) c.header(name, value);
    const address = askers.read(c.env.remoteAddr.hostname, c.req.raw)?.slice();
    if (address === undefined) return fail(c, 400, "Cannot tell your address");
    const shown = { address, authorization: c.req.header("authorization"), cookie: c.req.header("cookie") };
    const visitor = access.visitor(shown, clocks());
    if (visitor !== null && "waitMs" in visitor) return tooMany(c, visitor.waitMs);
    if (visitor === null && shown.authorization !== undefined) return notKnown(c);
    c.set("visitor", visitor);
    c.set("address", address);
    await next();
  };
}

/** Lets pass who has signed in, and of changes with the cookie only what the page itself asks for. */
export const signedIn: MiddlewareHandler<AdminEnv> = async (c, next) => {
  const visitor = c.get("visitor");
  if (visitor === null) return notKnown(c);
  const isChange = c.req.method !== "GET" && c.req.method !== "HEAD";
  if (isChange && visitor.by === "cookie" && !isFromOwnPage(c)) return fromElsewhere(c);
  await next();
};

/** Whether a browser says that a request comes from the page that this server has served. */
export function isFromOwnPage(c: Context): boolean {
  const site = c.req.header("sec-fetch-site");
  if (site !== undefined) return site === "same-origin";
  // Browsers leave that header out on plain HTTP. Every change has an origin then.
  const host = c.req.header("host") ?? new URL(c.req.url).host;
  const origin = c.req.header("origin");
  return origin === `http://${host}` || origin === `https://${host}`;
}

export function fromElsewhere(c: Context): Response {
  return fail(
    c,
    403,
    "Cannot change anything for another site's page: use this tracker's own, or a bearer token",
  );
}

export function tooMany(c: Context, waitMs: number): Response {
  const seconds = Math.ceil(waitMs / 1000);
  c.header("retry-after", String(seconds));
  return fail(c, 429, `Cannot look at the token: too many were wrong. Try again in ${seconds} s`);
}

/** Says what failed. */
export function fail(c: Context, status: 400 | 401 | 403 | 404 | 413 | 429, error: string): Response {
  return c.json({ error }, status);
}

/** Where a request comes from and by what right, for the audit log. */
export function whoOf(c: Context<AdminEnv>): { address: string; by: "cookie" | "bearer" | "token" } {
  return { address: formatIp(c.get("address")), by: c.get("visitor")?.by ?? "token" };
}

function notKnown(c: Context): Response {
  c.header("www-authenticate", "Bearer");
  return fail(c, 401, 'Sign in first, or show the admin token: "Authorization: Bearer …"');
}
