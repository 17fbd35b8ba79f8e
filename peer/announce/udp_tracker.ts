// Announces and scrapes to UDP trackers. https://www.bittorrent.org/beps/bep_0015.html, BEP 41 (URL data), BEP 7 (IPv6).
// All torrents of a client share this: a tracker that a thousand of them name is connected to once a minute.
//
//   no id ──connect sent──▶ connecting ──answer──▶ connected, 60 s ──over, or the tracker doesn't know it──▶ no id
//             ▲                 │
//             └──silence────────┘  not before 15·2ⁿ s after the last one, n up to 8
//
// How long an answer is waited for, and when an announce is made again, is the announcer's, by the same schedule.

import type { AnnounceRequest, AnnounceResponse } from "../../protocol/announce.ts";
import { TrackerError } from "../../protocol/errors.ts";
import type { ScrapeStats } from "../../protocol/scrape.ts";
import {
  decodeUdpAnnounce,
  decodeUdpConnect,
  decodeUdpScrape,
  encodeUdpAnnounce,
  encodeUdpConnect,
  encodeUdpScrape,
  UdpAction,
} from "../../protocol/udp_tracker.ts";
import { askOverEach, BOTH_FAMILIES, type Families, joinAnswers, preferred } from "./families.ts";
import { findEndpoints, type Lookup, lookUp, type UdpEndpoint } from "./udp_endpoint.ts";
import { udpRetryMs } from "./udp_retry.ts";
import { type OpenSocket, openSocket, type Question, UdpSocket } from "./udp_socket.ts";

/** How long a connection id is used (BEP 15). */
const CONNECTION_MS = 60_000;
/** Connections remembered; the one that was used least lately goes. */
const MAX_CONNECTIONS = 1_000;

export interface UdpTrackersOptions {
  /** Clock in milliseconds. Default `performance.now`. */
  now?: () => number;
  /** Default: the platform's. */
  open?: OpenSocket;
  /** Default: as the system resolves names for connections. */
  lookup?: Lookup;
  /** Those in which peers can call us: a tracker with addresses of several is asked over these. Default: both. */
  families?: Families;
}

export interface UdpCallOptions {
  /** Ends the call. If it is aborted with a TrackerError, that is what the call fails with. */
  signal: AbortSignal;
  /** Whether an address may be asked. Default: every one. */
  isAllowed?: ((ip: string) => boolean) | undefined;
}

/** One address of a tracker, and what it knows us by. */
interface Connection {
  id: Uint8Array | undefined;
  /** When the id ends, or the next connect may be sent. */
  until: number;
  /** Connects in a row without an answer. */
  silences: number;
  /** The connect that was sent last. */
  question: Question | undefined;
  waiting: Set<PromiseWithResolvers<Uint8Array>>;
}

/** Asks UDP trackers, over two sockets at most. */
export class UdpTrackers {
  readonly #now: () => number;
  readonly #lookup: Lookup;
  readonly #families: Families;
  readonly #sockets: { ip4: UdpSocket; ip6: UdpSocket };
  /** By address and port; the one used last is last. */
  readonly #connections = new Map<string, Connection>();

  constructor(
    {
      families = BOTH_FAMILIES,
      lookup = lookUp,
      now = () => performance.now(),
      open = openSocket,
    }: UdpTrackersOptions = {},
  ) {
    this.#families = families;
    this.#now = now;
    this.#lookup = lookup;
    this.#sockets = { ip4: new UdpSocket(false, open), ip6: new UdpSocket(true, open) };
  }

  /**
   * Announces once, over each address family that the tracker has. One that answers is enough.
   *
   * @throws {TrackerError} if the tracker refused, or can't be asked.
   */
  async announce(url: string, request: AnnounceRequest, options: UdpCallOptions): Promise<AnnounceResponse> {
    const { pathname, search } = new URL(url);
    const urlData = pathname === "/" && search === "" ? "" : pathname + search;
    const answers = await this.#askFamilies(url, options, async (endpoint, signal) => {
      const answer = await this.#askConnected(
        endpoint,
        signal,
        (connectionId, transactionId) => encodeUdpAnnounce({ connectionId, transactionId, urlData }, request),
      );
      return decodeUdpAnnounce(answer, endpoint.isIp6);
    });
    return joinAnswers(answers);
  }

  /**
   * Asks for the counts of 1 to 74 info hashes (binary strings), which come in the same order.
   *
   * @throws {TrackerError} if the tracker refused, or can't be asked.
   */
  async scrape(url: string, infoHashes: readonly string[], options: UdpCallOptions): Promise<ScrapeStats[]> {
    const [first] = await this.#askFamilies(url, options, async (endpoint, signal) => {
      const answer = await this.#askConnected(
        endpoint,
        signal,
        (connectionId, transactionId) => encodeUdpScrape({ connectionId, transactionId }, infoHashes),
      );
      return decodeUdpScrape(answer, infoHashes.length);
    });
    return first;
  }

  /** Ends the sockets. What is under way waits for its own limit. Idempotent. */
  close(): void {
    this.#sockets.ip4.close();
    this.#sockets.ip6.close();
  }

  /** What `ask` gets at each of the tracker's addresses: one answer at least, the quicker family's first. */
  async #askFamilies<T>(
    url: string,
    { isAllowed = () => true, signal }: UdpCallOptions,
    ask: (endpoint: UdpEndpoint, signal: AbortSignal) => Promise<T>,
  ): Promise<[T, ...T[]]> {
    const found = await within(signal, findEndpoints(url, { isAllowed, lookup: this.#lookup }));
    try {
      return await askOverEach(preferred(found, this.#families), signal, ask);
    } catch (error) {
      // The first family's words: IPv4 is what most trackers have.
      throw error instanceof AggregateError ? error.errors[0] : error;
    }
  }

  /** The answer to what `encode` makes, bytes of its own. An id that the tracker has forgotten is replaced, once. */
  async #askConnected(
    endpoint: UdpEndpoint,
    signal: AbortSignal,
    encode: (connectionId: Uint8Array, transactionId: number) => Uint8Array,
  ): Promise<Uint8Array> {
    const connection = this.#connection(endpoint);
    for (let isReused = this.#isConnected(connection);; isReused = false) {
      const id = await this.#connect(endpoint, connection, signal);
      try {
        const answer = await this.#ask(endpoint, signal, (transactionId) => encode(id, transactionId));
        if (!isReused || answer[3] !== UdpAction.error) return answer;
      } catch (error) {
        // Silence may mean that the tracker was started anew, and our id is worth nothing.
        disconnect(connection, id);
        throw error;
      }
      disconnect(connection, id);
    }
  }

  async #ask(
    endpoint: UdpEndpoint,
    signal: AbortSignal,
    encode: (transactionId: number) => Uint8Array,
  ): Promise<Uint8Array> {
    const { promise, resolve } = Promise.withResolvers<Uint8Array>();
    const question = this.#socket(endpoint).ask(endpoint, encode, (answer) => resolve(answer.slice()));
    try {
      await question.sent;
      return await within(signal, promise);
    } finally {
      question.forget();
    }
  }

  /** A connection id: the one there is, or that which comes next. */
  async #connect(endpoint: UdpEndpoint, connection: Connection, signal: AbortSignal): Promise<Uint8Array> {
    if (this.#isConnected(connection)) return connection.id as Uint8Array;
    const waiter = Promise.withResolvers<Uint8Array>();
    connection.waiting.add(waiter);
    try {
      // One asks for all: who comes meanwhile waits for the same answer.
      if (this.#now() >= connection.until) await this.#sendConnect(endpoint, connection);
      return await within(signal, waiter.promise);
    } finally {
      connection.waiting.delete(waiter);
    }
  }

  async #sendConnect(endpoint: UdpEndpoint, connection: Connection): Promise<void> {
    connection.question?.forget();
    connection.id = undefined;
    connection.until = this.#now() + udpRetryMs(connection.silences++);
    const question = this.#socket(endpoint).ask(endpoint, encodeUdpConnect, (answer) => {
      question.forget();
      connection.silences = 0;
      this.#onConnectAnswer(connection, answer);
    });
    connection.question = question;
    try {
      await question.sent;
    } catch (error) {
      // Nothing has gone out: there is no answer to wait for.
      question.forget();
      connection.silences = 0;
      connection.until = -Infinity;
      for (const { reject } of connection.waiting) reject(error);
    }
  }

  #onConnectAnswer(connection: Connection, answer: Uint8Array): void {
    try {
      const id = connection.id = decodeUdpConnect(answer);
      connection.until = this.#now() + CONNECTION_MS;
      for (const { resolve } of connection.waiting) resolve(id);
    } catch (error) {
      connection.until = -Infinity;
      for (const { reject } of connection.waiting) reject(error);
    }
  }

  #isConnected({ id, until }: Connection): boolean {
    return id !== undefined && this.#now() < until;
  }

  #connection({ hostname, port }: UdpEndpoint): Connection {
    const key = `${hostname} ${port}`;
    const connection = this.#connections.get(key) ??
      { id: undefined, until: -Infinity, silences: 0, question: undefined, waiting: new Set() };
    this.#connections.delete(key);
    this.#connections.set(key, connection);
    for (const [oldest, { waiting }] of this.#connections) {
      if (this.#connections.size <= MAX_CONNECTIONS || waiting.size > 0) break;
      this.#connections.delete(oldest);
    }
    return connection;
  }

  #socket({ isIp6 }: UdpEndpoint): UdpSocket {
    return isIp6 ? this.#sockets.ip6 : this.#sockets.ip4;
  }
}

/** An id is of no use any more, unless it has been replaced already. */
function disconnect(connection: Connection, id: Uint8Array): void {
  if (connection.id !== id) return;
  connection.id = undefined;
  connection.until = -Infinity;
}

/** `promise`, unless the signal is aborted before; then a TrackerError. */
async function within<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const giveUp = () =>
    aborted.reject(
      signal.reason instanceof TrackerError
        ? signal.reason
        : new TrackerError("Cannot reach the tracker: given up"),
    );
  if (signal.aborted) giveUp();
  signal.addEventListener("abort", giveUp);
  // Whoever loses the race must not be an unhandled rejection.
  promise.catch(() => {});
  try {
    return await Promise.race([aborted.promise, promise]);
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}
