// Who may change the tracker: whoever shows the token, or, where there is none, programs and browsers on the tracker's
// own machine. A page of a stranger in such a browser may not: it can't name this machine as its origin (CSRF), nor
// be reached under its name (DNS rebinding). What a proxy brings from outside names itself in its headers, and may not.

import { timingSafeEqual } from "node:crypto";
import type { Context, MiddlewareHandler } from "hono";
import type { AppEnv } from "./app.ts";
import { isLoopback, parseClientAddress } from "./client_address.ts";

const OWN_NAMES = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/;

/** Lets pass who may change things. `token`: undefined for none. */
export function adminGuard(token: string | undefined): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    c.header("cache-control", "no-store");
    c.header("x-content-type-options", "nosniff");
    if (token === undefined ? isFromHere(c) : showsToken(c, token)) return await next();
    if (token === undefined) {
      return c.json({
        error: "Only this machine may: start the tracker with --admin-token to do it from others",
      }, 403);
    }
    c.header("www-authenticate", "Bearer");
    return c.json({ error: 'Name the admin token: "Authorization: Bearer …"' }, 401);
  };
}

function isFromHere(c: Context<AppEnv>): boolean {
  const from = parseClientAddress(c.env.remoteAddr.hostname);
  if (from === undefined || !isLoopback(from)) return false;
  if (c.req.header("forwarded") !== undefined || c.req.header("x-forwarded-for") !== undefined) return false;
  const host = c.req.header("host") ?? new URL(c.req.url).host;
  if (!OWN_NAMES.test(host)) return false;
  const origin = c.req.header("origin");
  return origin === undefined || origin === `http://${host}` || origin === `https://${host}`;
}

function showsToken(c: Context<AppEnv>, token: string): boolean {
  const shown = encoder.encode(c.req.header("authorization") ?? "");
  const wanted = encoder.encode(`Bearer ${token}`);
  return shown.length === wanted.length && timingSafeEqual(shown, wanted);
}

const encoder = new TextEncoder();
