// Which server stands at the tracker's port: Deno.serve itself, or the gate before it where more is asked of connections.

import { GateServer } from "./gate_server.ts";
import {
  type HttpHandler,
  type HttpServer,
  type ListenAt,
  onAnyAddress,
  PlainServer,
  type TlsPair,
} from "./http_server.ts";
import { Subnets } from "./subnets.ts";

/** Seconds that a request may take where the gate stands and nothing else was said. */
const DEFAULT_REQUEST_SECONDS = 30;

/** Where to listen, and what is asked of connections. */
export interface ServerOptions extends ListenAt {
  /** Serves HTTPS. */
  tls: TlsPair | undefined;
  /** Proxies that speak the PROXY protocol; undefined: none does. */
  proxies: Subnets | undefined;
  /** Seconds that a request may take; undefined: any, unless there is a gate. */
  requestSeconds: number | undefined;
  log: (line: string) => void;
}

/**
 * Listens on `host`, or on all addresses of both families without one; port 0 takes a free one.
 *
 * @throws {TrackerStartError} if it can't.
 */
export function openServer(options: ServerOptions, handler: HttpHandler): HttpServer {
  const { log, port, proxies, requestSeconds, tls } = options;
  if (tls === undefined && proxies === undefined && requestSeconds === undefined) {
    return onAnyAddress(options, (hostname) => new PlainServer({ hostname, port, log }, handler));
  }
  return GateServer.open(options, handler, {
    proxies: proxies ?? new Subnets(),
    requestMs: (requestSeconds ?? DEFAULT_REQUEST_SECONDS) * 1000,
    tls,
    log,
  });
}
