// A web server as a peer: what the engine asks of it is fetched over HTTP, and blocks come back through the same calls as
// from a connection. So rarest first, endgame, bans and limits hold for it as for anybody.
// https://www.bittorrent.org/beps/bep_0019.html. Here is what its two kinds share: with ranges, web_seed.ts, and without,
// whole_file_seed.ts.

import { ProtocolError } from "../../protocol/errors.ts";
import { BLOCK_LENGTH, type PieceLayout } from "../../protocol/piece_layout.ts";
import type { Wire } from "../engine/ports.ts";
import { type Fetch, fetchRange, type RangeRequest, WebSeedError } from "./http_range.ts";
import type { ConnectedPeer } from "./peer_connection.ts";
import type { Throttle, Throttled } from "./throttle.ts";

/** A part of a range of the torrent that lies in one file. */
export interface FilePart {
  /** Which of the torrent's files. */
  fileIndex: number;
  /** Where it is; undefined for padding, which is zeros (BEP 47). */
  url: string | undefined;
  /** Bytes of the file before the part. */
  from: number;
  /** Bytes. */
  length: number;
  fileLength: number;
}

export interface WebSeedOptions {
  layout: PieceLayout;
  /** The files' parts of which `length` bytes at `offset` of the torrent are made, in order. */
  parts(offset: number, length: number): Iterable<FilePart>;
  fetch: Fetch;
  /** On what comes. Default: none. */
  limit?: Throttle | undefined;
  /** Clock for the times given to the peer, in milliseconds. Default `performance.now`. */
  now?: () => number;
  /** Gets errors that are neither the server's nor the network's: our bugs. Default: uncaught, which ends the program. */
  onBug?: (error: unknown) => void;
}

/** Who gets what is fetched. */
export interface FetchingPeer extends ConnectedPeer {
  /** For the last so many ms our limit has kept back what the server sends. */
  onHeldBack(ms: number, now: number): void;
}

/** What is fetched, and who gets it. */
type Range = Pick<RangeRequest, "url" | "from" | "length" | "fileLength" | "signal" | "onBytes">;

/** A server that sends nothing for this long has gone. */
export const STALL_MS = 30_000;

/** What padding is made of, a block of it. */
export const ZEROS: Uint8Array = new Uint8Array(BLOCK_LENGTH);

/** One web seed while it is in use. */
export abstract class WebSeedWire implements Wire, Throttled {
  protected readonly options: WebSeedOptions;
  protected peer: FetchingPeer | undefined;
  /** Where its redirects lead: many a mirror sends each request to another server. */
  readonly #redirected = new Map<string, string>();
  readonly #closed = Promise.withResolvers<void>();
  #isClosed = false;
  #closeReason = "";
  #failure: WebSeedError | undefined;
  #failedFile = -1;
  #tickedAt: number;

  constructor(options: WebSeedOptions) {
    this.options = options;
    this.#tickedAt = this.now();
    options.limit?.join(this); // so that its budget is refilled all the time
  }

  /** Why it ended, for people; empty while it is in use. */
  get closeReason(): string {
    return this.#closeReason;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** What the server did wrong, if that was why. */
  get failure(): WebSeedError | undefined {
    return this.#failure;
  }

  /** The file with which it went wrong, or -1. */
  get failedFile(): number {
    return this.#failedFile;
  }

  /** Delivers until it is closed, by the engine or a failure. Never rejects. After it, `peer` isn't called again. */
  async run(peer: FetchingPeer): Promise<void> {
    this.peer = peer;
    this.flush();
    await this.#closed.promise;
    await this.end();
  }

  /** Once a second, by the owner: ends a seed that has gone silent, and says that one with nothing to do still lives. */
  abstract tick(now: number): void;
  abstract request(index: number, begin: number, length: number): void;
  abstract cancel(index: number, begin: number): void;
  abstract flush(): void;

  close(reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#closeReason = reason;
    this.options.limit?.leave(this);
    this.abort();
    this.#closed.resolve();
  }

  /** Each part that waits for the limit is a member of its own. */
  onTurn(): void {}

  // It wants nothing, and there is nobody to talk to.
  choke(): void {}
  unchoke(): void {}
  interested(): void {}
  notInterested(): void {}
  haves(_messages: Uint8Array): void {}
  bitfield(): void {}
  haveAll(): void {}
  haveNone(): void {}
  reject(): void {}
  allowedFast(): void {}
  suggest(): void {}
  keepAlive(): void {}
  extended(): void {}
  readonly room = 0;
  piece(_index: number, _begin: number, length: number): Uint8Array {
    return new Uint8Array(length);
  }
  slices(): boolean {
    return false;
  }
  takesLent(): number {
    return 0;
  }
  lent(): void {}

  /** It has just been closed: ends what is under way. */
  protected abstract abort(): void;
  /** Resolves when nothing is under way any more. */
  protected abstract end(): Promise<void>;

  /**
   * Fetches a range, within our limit. `progressAt` is told when something came, and Infinity while it waits for its turn:
   * then it isn't the server for whom we wait.
   */
  protected fetchRange(range: Range, progressAt: (ms: number) => void): Promise<void> {
    return fetchRange({
      ...range,
      fetch: this.options.fetch,
      pace: (bytes) => {
        const turn = this.options.limit?.pace(bytes, range.signal);
        if (turn !== undefined) progressAt(Infinity);
        return turn;
      },
      redirected: this.#redirected,
      onProgress: () => progressAt(this.now()),
    });
  }

  /**
   * At each tick: whether something waits for our limit. Returns for how long, ms, the server need not have sent anything: it
   * may send one answer after the other, or all of them over one connection.
   */
  protected excuse(isHeldBack: boolean, now: number): number {
    const ms = isHeldBack ? now - this.#tickedAt : 0;
    this.#tickedAt = now;
    if (isHeldBack && !this.#isClosed) this.peer?.onHeldBack(ms, now);
    return ms;
  }

  protected now(): number {
    return this.options.now?.() ?? performance.now();
  }

  /** Something has come: asks the engine what else it wants. */
  protected endBatch(): void {
    if (this.#isClosed) return;
    try {
      this.peer?.onBatchEnd(this.now());
      this.flush();
    } catch (error) {
      this.fail(error);
    }
  }

  protected fail(error: unknown, fileIndex = -1): void {
    if (this.#isClosed) return;
    if (error instanceof WebSeedError) {
      this.#failure = error;
      this.#failedFile = fileIndex;
      return this.close(error.message);
    }
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof ProtocolError) return this.close(message);
    this.close(`internal error: ${message}`);
    (this.options.onBug ?? reportError)(error);
  }
}
