// A line for each request, for the operator who asked for it: from where, what, how it was answered, how fast.

import { formatIp, UdpAction } from "../protocol/mod.ts";
import { quote } from "../protocol/quote.ts";
import { parseClientAddress } from "./client_address.ts";
import type { AskerAddresses } from "./forwarded.ts";
import type { HttpHandler } from "./http_server.ts";

/** Longest part of an address that is shown. */
const MAX_SHOWN = 400;
/** Where they are in a datagram (BEP 15): action and info hash of a request, reason of an error. */
const ACTION = 8;
const INFO_HASH = 16;
const REASON = 8;

const decoder = new TextDecoder();

/** The lines of one tracker, as long as they are wanted. */
export class RequestLog {
  /** Whether they are. */
  isOn: boolean;
  readonly #log: (line: string) => void;

  constructor(isOn: boolean, log: (line: string) => void) {
    this.isOn = isOn;
    this.#log = log;
  }

  /** A handler that does the same, and says so. `askers` tells who asks through a proxy. */
  said(handler: HttpHandler, askers: AskerAddresses): HttpHandler {
    const answerAndSay: HttpHandler = async (request, info) => {
      const { hostname } = info.remoteAddr;
      const asker = shown(askers.read(hostname, request) ?? parseClientAddress(hostname), hostname);
      const from = performance.now();
      const response = await handler(request, info);
      const { pathname, search } = new URL(request.url);
      const ms = (performance.now() - from).toFixed(2);
      // What a URL can't carry is escaped in it: nothing here drives a terminal.
      const what = `${request.method} ${(pathname + search).slice(0, MAX_SHOWN)}`;
      this.#log(`${asker} ${what} ${response.status} ${ms} ms`);
      return response;
    };
    // Deno wants the answer that makes a WebSocket at once; each of its messages has a line.
    const isSaid = (request: Request) => this.isOn && request.headers.get("upgrade") === null;
    return (request, info) => isSaid(request) ? answerAndSay(request, info) : handler(request, info);
  }

  /** A datagram and its answer, if it got one. */
  datagram(hostname: string, request: Uint8Array, answer: Uint8Array | undefined): void {
    const action = request.length < INFO_HASH ? undefined : request[ACTION + 3];
    const hash = request.subarray(INFO_HASH, INFO_HASH + 20);
    const what = action === UdpAction.connect
      ? "connect"
      : action === UdpAction.announce
      ? `announce ${hash.toHex()}`
      : action === UdpAction.scrape
      ? `scrape ${hash.toHex()}`
      : `${request.length} bytes`;
    const how = answer === undefined
      ? "ignored"
      : answer[3] === UdpAction.error
      ? `refused: ${quote(decoder.decode(answer.subarray(REASON)))}`
      : "answered";
    this.#log(`${shown(parseClientAddress(hostname), hostname)} UDP ${what} ${how}`);
  }

  /** A message of a WebSocket, and how long it took. */
  message(hostname: string, text: string, ms: number): void {
    const [, action = `${text.length} characters`] = /"action"\s*:\s*"(\w{1,20})"/.exec(text) ?? [];
    this.#log(`${hostname} WebSocket ${action} ${ms.toFixed(2)} ms`);
  }
}

/** An address; where it is none, what the socket says. */
function shown(address: Uint8Array | undefined, hostname: string): string {
  return address === undefined ? hostname : formatIp(address);
}
