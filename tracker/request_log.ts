// A line for each request over HTTP, for the operator who asked for it: from where, what, how it was answered, how fast.

import type { HttpHandler } from "./http_server.ts";

/** Longest part of an address that is shown. */
const MAX_SHOWN = 400;

/** A handler that does the same, and says so. */
export function logged(handler: HttpHandler, log: (line: string) => void): HttpHandler {
  return async (request, info) => {
    const from = performance.now();
    const response = await handler(request, info);
    const { pathname, search } = new URL(request.url);
    const ms = (performance.now() - from).toFixed(2);
    // What a URL can't carry is escaped in it: nothing here drives a terminal.
    const what = `${request.method} ${(pathname + search).slice(0, MAX_SHOWN)}`;
    log(`${info.remoteAddr.hostname} ${what} ${response.status} ${ms} ms`);
    return response;
  };
}
