// Deno.serve for the tracker: opens the port, turns what fails into words, and ends at once when told to. What is
// answered is the app's business.

import { TrackerStartError } from "./errors.ts";

/** Addresses tried where none is given: "::" serves both families, and isn't there on machines without IPv6. */
const ANY_ADDRESS = ["::", "0.0.0.0"];

/** Files of a certificate chain and its key. */
export interface TlsFiles {
  cert: string;
  key: string;
}

/** What a running server can be asked for. */
export interface HttpServer {
  readonly hostname: string;
  readonly port: number;
  /** Stops listening, ends all connections, and resolves when both are done. Calling it again does nothing more. */
  close(): Promise<void>;
}

/** Answers requests. */
export type HttpHandler = (
  request: Request,
  info: Deno.ServeHandlerInfo<Deno.NetAddr>,
) => Response | Promise<Response>;

/**
 * Listens on `host`, or on all addresses of both families without one; port 0 takes a free one.
 *
 * @throws {TrackerStartError} if it can't.
 */
export function serve(
  { host, port, tls }: { host: string | undefined; port: number; tls?: TlsFiles | undefined },
  handler: HttpHandler,
): HttpServer {
  const pair = tls === undefined ? {} : readPair(tls);
  const hosts = host === undefined ? ANY_ADDRESS : [host];
  for (const [i, hostname] of hosts.entries()) {
    try {
      return open({ ...pair, hostname, port }, handler);
    } catch (error) {
      const isLast = i === hosts.length - 1;
      const isTaken = error instanceof Deno.errors.AddrInUse || error instanceof Deno.errors.NotCapable;
      if (isLast || isTaken) throw explainListening(error, { hostname, port, protocol: "TCP" });
    }
  }
  throw new Error("Cannot listen: there is no address to try");
}

/** A certificate chain and its key, in PEM. */
function readPair({ cert, key }: TlsFiles): { cert: string; key: string } {
  try {
    return { cert: Deno.readTextFileSync(cert), key: Deno.readTextFileSync(key) };
  } catch (error) {
    const isNotCapable = error instanceof Deno.errors.NotCapable;
    const reason = isNotCapable
      ? `permission is missing. Add --allow-read of ${cert} and ${key}`
      : error instanceof Error
      ? error.message
      : String(error);
    throw new TrackerStartError(`Cannot serve HTTPS: ${reason}`, isNotCapable ? "permission" : "tls", {
      cause: error,
    });
  }
}

function open(
  { hostname, port, ...pair }: { hostname: string; port: number; cert?: string; key?: string },
  handler: HttpHandler,
): HttpServer {
  const end = new AbortController();
  const server = Deno.serve({
    hostname,
    port,
    ...pair,
    signal: end.signal,
    onListen() {},
    // The app answers its own errors: this is for what happens around it.
    onError: () => new Response("500 Internal Server Error\n", { status: 500 }),
  }, handler);
  return {
    hostname: server.addr.hostname,
    port: server.addr.port,
    close() {
      // Not shutdown(): that waits for every keep-alive connection to fall silent.
      end.abort();
      return server.finished;
    },
  };
}

/** What kept a socket from being opened, as a TrackerStartError where there are words for it. */
export function explainListening(
  error: unknown,
  { hostname, port, protocol }: { hostname: string; port: number; protocol: "TCP" | "UDP" },
): unknown {
  const isUdp = protocol === "UDP";
  const cannot = `Cannot listen on ${isUdp ? "UDP " : ""}port ${port}`;
  if (error instanceof Deno.errors.AddrInUse) {
    const message =
      `${cannot}: it is in use. Is a tracker running already? Stop it, or choose another with --port` +
      (isUdp ? ", or none with --no-udp" : "");
    return new TrackerStartError(message, "port-in-use", { cause: error });
  }
  if (error instanceof Deno.errors.NotCapable) {
    const flag = `--allow-net=${hostname.includes(":") ? `[${hostname}]` : hostname}`;
    const message = `${cannot} of ${hostname}: permission is missing. Add ${flag} after -P=tracker`;
    return new TrackerStartError(message, "permission", { cause: error });
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    const message =
      `${cannot}: the system doesn't allow it. Ports below 1024 are for root: choose another with --port`;
    return new TrackerStartError(message, "permission", { cause: error });
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new TrackerStartError(`${cannot} of ${hostname}: ${reason}`, "address", { cause: error });
}
