// What stands in the query of the admin page's requests. Anything may stand there: what can't be is told from what isn't.

import type { Context } from "hono";

/** Longest part of a name that is looked for. */
const MAX_SEARCH = 200;

/** One of some words, the one to take where none is named; undefined for any other. */
export function choice<Word extends string>(
  c: Context,
  name: string,
  words: readonly Word[],
  otherwise: Word,
): Word | undefined {
  const text = c.req.query(name);
  return text === undefined ? otherwise : words.find((each) => each === text);
}

/** A whole number of at most so much, the one to take where none is named; undefined for what is none. */
export function wholeNumber(text: string | undefined, otherwise: number, most: number): number | undefined {
  if (text === undefined) return otherwise;
  return /^\d{1,15}$/.test(text) ? Math.min(Number(text), most) : undefined;
}

/** The part of a name or of an info hash that is looked for, in lower case; "" for none. */
export function searchOf(c: Context): string {
  return (c.req.query("search") ?? "").trim().toLowerCase().slice(0, MAX_SEARCH);
}

/** How the asker reaches this server: "http://tracker.example:6969". A proxy that ends TLS says so. */
export function origin(c: Context): string {
  const { host, origin } = new URL(c.req.url);
  return c.req.header("x-forwarded-proto") === "https" ? `https://${host}` : origin;
}

/** Where to announce, for who reaches this server: at `port`, if that isn't this server's. */
export function announceUrl(c: Context, port: number | null): string {
  const url = new URL("/announce", origin(c));
  if (port !== null) url.port = String(port);
  return url.href;
}
