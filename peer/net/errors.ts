// What can go wrong with sockets, as sentences for people. A peer that breaks the protocol is a ProtocolError instead.

/** A connection could not be made or kept: refused, timed out, hung up. Weather: try another peer, or again later. */
export class ConnectionError extends Error {
  override readonly name: string = "ConnectionError";
}

/** A port could not be listened on: no permission, no such address. */
export class ListenError extends Error {
  /** The name of this kind of error. */
  override readonly name: string = "ListenError";
  /** The port that was asked for. */
  readonly port: number;

  /** `message` is for people and has the port in it. */
  constructor(port: number, message: string) {
    super(message);
    this.port = port;
  }
}

/** Another program, or another peer of ours, holds the port. */
export class PortInUseError extends ListenError {
  /** The name of this kind of error. */
  override readonly name: string = "PortInUseError";

  /** `port` is the one that is taken. */
  constructor(port: number) {
    super(
      port,
      `Cannot listen on port ${port}: it is in use: choose another port or stop the program that holds it`,
    );
  }
}

/** A socket error in the words of a log line: "connection refused", without the system's number. */
export function describeSocketError(error: unknown): string {
  if (error instanceof Deno.errors.ConnectionRefused) return "connection refused";
  if (error instanceof Deno.errors.ConnectionReset) return "connection reset by the peer";
  if (error instanceof Deno.errors.ConnectionAborted) return "connection aborted";
  if (error instanceof Deno.errors.BrokenPipe) return "the peer hung up";
  if (error instanceof Deno.errors.TimedOut) return "timed out";
  if (error instanceof Deno.errors.Interrupted || error instanceof Deno.errors.BadResource) {
    return "the connection was closed";
  }
  if (!(error instanceof Error)) return String(error);
  if (error.message.startsWith("failed to lookup")) return "the host name can't be resolved";
  const text = error.message.replace(/ \(os error \d+\)$/, "");
  return text.charAt(0).toLowerCase() + text.slice(1);
}
