// The way to a Redis or Valkey: one connection, made again for as long as it takes, and scripts by their hashes. Every
// question has a time limit, and there is one to how many wait. What is asked is shared_swarms.ts's business.
//
//   away ──connected, greeted──▶ up ──error, silence, a refusal to write──▶ away, tried again every second
//
// While it is away nothing is sent and nothing waits: who asks is told so at once.

import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { createClient, RESP_TYPES } from "@redis/client";
import { type StoreArgument, StoreError, type StoreLink, type StoreScript } from "./store_link.ts";
import { shownStoreUrl } from "./store_url.ts";

/** How long a question may take. A store in the same data centre answers in a thousandth of that. */
export const COMMAND_TIMEOUT_MS = 2000;
/** How long it takes at most until a connection is made and greeted. */
const CONNECT_TIMEOUT_MS = 3000;
/** Between attempts. */
const RETRY_MS = 1000;
/** Questions that may wait for answers: some megabytes of them, and what a store does in less than their time limit. */
export const MAX_PENDING = 10_000;
/** Errors of one question are told once in so long: the next announce makes the same one. */
const QUESTION_LOG_MS = 60_000;

/** What a connection is asked first. It rejects where the store can't be used. */
export type Greet = (run: StoreLink["run"]) => Promise<void>;

/** What a link is given. */
export interface RedisLinkOptions {
  /** `redis://` or `rediss://`, with user, password, host, port and number of the database where they are needed. */
  url: string;
  greet: Greet;
  /** Milliseconds of the tracker's monotonic clock. */
  now: () => number;
  log: (line: string) => void;
  /** Between attempts to connect. Default a second. */
  retryMs?: number | undefined;
}

interface Pending {
  readonly since: number;
  readonly reject: (error: StoreError) => void;
}

type Client = ReturnType<typeof makeClient>;
type Question = (string | Buffer)[];

/** A link to one server. */
export class RedisLink implements StoreLink {
  readonly #options: RedisLinkOptions;
  readonly #shown: string;
  /** In the order in which they were asked. */
  readonly #pending = new Set<Pending>();
  readonly #hashes = new Map<StoreScript, string>();
  /** Scripts that are on their way there. */
  readonly #loading = new Set<StoreScript>();
  readonly #ended: Promise<void>;
  readonly #tried = Promise.withResolvers<void>();
  #client: Client | undefined;
  #isUp = false;
  #isClosed = false;
  #wasUp = false;
  #reason = "not connected yet";
  /** What was told of this outage: each reason once. */
  readonly #told = new Set<string>();
  #toldQuestionAt = -Infinity;
  #wake = Promise.withResolvers<void>();

  /** Begins to connect. */
  constructor(options: RedisLinkOptions) {
    this.#options = options;
    this.#shown = shownStoreUrl(options.url);
    this.#ended = this.#serve();
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** Resolves when the first attempt to connect has ended, however it did. */
  get tried(): Promise<void> {
    return this.#tried.promise;
  }

  /** Why it isn't up. */
  get reason(): string {
    return this.#reason;
  }

  run(script: StoreScript, keys: readonly string[], args: readonly StoreArgument[]): Promise<unknown> {
    const client = this.#client;
    if (!this.#isUp || client === undefined) throw outage(this.#reason);
    if (this.#pending.size >= MAX_PENDING) throw outage(`${MAX_PENDING} questions wait for it`);
    return this.#ask(client, script, keys, args);
  }

  tell({ message }: StoreError): void {
    const now = this.#options.now();
    if (now - this.#toldQuestionAt < QUESTION_LOG_MS) return;
    this.#toldQuestionAt = now;
    this.#options.log(`Cannot use what is in the store ${this.#shown}: ${message}`);
  }

  /** Gives up questions that have waited for too long. Call it once a second. */
  sweep(now: number): void {
    const [first] = this.#pending;
    if (first === undefined || now - first.since < COMMAND_TIMEOUT_MS) return;
    // A connection that is silent for so long may be one to nobody.
    this.#lose(outage(`no answer within ${COMMAND_TIMEOUT_MS / 1000} s`));
  }

  /** Ends the connection. Calling it again does nothing more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#lose(outage("the tracker is closing"));
    this.#wake.resolve();
    await this.#ended;
  }

  async #serve(): Promise<void> {
    while (!this.#isClosed) {
      this.#wake = Promise.withResolvers<void>();
      try {
        await this.#connect();
        this.#setUp();
        this.#tried.resolve();
        await this.#wake.promise;
      } catch (error) {
        this.#lose(error instanceof StoreError ? error : outage(reasonOf(error), error));
      }
      this.#tried.resolve();
      if (!this.#isClosed) await this.#pause();
    }
    this.#dropClient();
  }

  async #connect(): Promise<void> {
    const client = makeClient(this.#options.url);
    this.#client = client;
    // An error that nobody listens to would end the program.
    client.on("error", (error) => {
      if (this.#client === client) this.#lose(outage(reasonOf(error), error));
    });
    await withinTime((async () => {
      await client.connect();
      await this.#options.greet((script, keys, args) => this.#ask(client, script, keys, args));
    })());
    if (this.#client !== client) throw outage(this.#reason);
  }

  /** Waits before the next attempt. */
  async #pause(): Promise<void> {
    const { promise, resolve } = this.#wake = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, this.#options.retryMs ?? RETRY_MS);
    await promise;
    clearTimeout(timer);
  }

  #ask(
    client: Client,
    script: StoreScript,
    keys: readonly string[],
    args: readonly StoreArgument[],
  ): Promise<unknown> {
    const question: Question = [
      "EVALSHA",
      this.#hashOf(script),
      String(keys.length),
      ...keys,
      ...args.map(toWire),
    ];
    return new Promise((resolve, reject) => {
      const pending: Pending = { since: this.#options.now(), reject };
      this.#pending.add(pending);
      this.#send(client, script, question).then((reply) => {
        this.#pending.delete(pending);
        resolve(reply);
      }, (error) => {
        this.#pending.delete(pending);
        const trouble = explain(error);
        if (trouble.isOutage) this.#lose(trouble, client);
        reject(trouble);
      });
    });
  }

  async #send(client: Client, script: StoreScript, question: Question): Promise<unknown> {
    try {
      return await client.sendCommand(question);
    } catch (error) {
      if (!reasonOf(error).startsWith("NOSCRIPT")) throw error;
    }
    // It was started anew. The script goes there once, before the first question that needs it.
    if (!this.#loading.has(script)) {
      this.#loading.add(script);
      client.sendCommand(["SCRIPT", "LOAD", script.text]).catch(() => {}).finally(() => {
        this.#loading.delete(script);
      });
    }
    return await client.sendCommand(question);
  }

  #hashOf(script: StoreScript): string {
    let hash = this.#hashes.get(script);
    if (hash === undefined) {
      hash = createHash("sha1").update(script.text).digest("hex");
      this.#hashes.set(script, hash);
    }
    return hash;
  }

  #setUp(): void {
    this.#isUp = true;
    this.#reason = "";
    this.#told.clear();
    this.#options.log(`The store ${this.#shown} ${this.#wasUp ? "answers again" : "has the swarms"}`);
    this.#wasUp = true;
  }

  /** The store can't be used for now. */
  #lose(error: StoreError, by: Client | undefined = this.#client): void {
    if (by !== this.#client) return;
    this.#isUp = false;
    this.#dropClient();
    if (!this.#told.has(error.message) && !this.#isClosed) {
      const { log } = this.#options;
      this.#told.add(error.message);
      log(
        `Cannot use the store ${this.#shown}: ${error.message}. Announces are refused until it can be used`,
      );
    }
    this.#reason = error.message;
    for (const { reject } of this.#pending) reject(error);
    this.#pending.clear();
    this.#wake.resolve();
  }

  #dropClient(): void {
    const client = this.#client;
    this.#client = undefined;
    if (client?.isOpen) client.destroy();
  }
}

function makeClient(url: string) {
  return createClient({
    url,
    RESP: 2,
    // What is lost is noticed, and made again, here: what was asked before means nothing afterwards.
    socket: { reconnectStrategy: false, connectTimeout: CONNECT_TIMEOUT_MS },
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: "disabled",
    // sweep() does it: the library's own limit is a timer and a signal for each question.
    commandOptions: { timeout: 0, typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } },
  });
}

function toWire(argument: StoreArgument): string | Buffer {
  if (typeof argument === "number") return String(argument);
  if (typeof argument === "string") return argument;
  return Buffer.from(argument.buffer, argument.byteOffset, argument.length);
}

/** What an error of the library, or of the server, means for the tracker. */
function explain(error: unknown): StoreError {
  const reason = reasonOf(error);
  // Of one swarm's keys: another program's value, a record that is none. Anything else concerns all of them.
  const isOfOne = /WRONGTYPE|user_script|Error running script/.test(reason) &&
    !/OOM|READONLY|MISCONF/.test(reason);
  return new StoreError(reason, { isOutage: !isOfOne, cause: error });
}

function outage(message: string, cause?: unknown): StoreError {
  return new StoreError(message, { isOutage: true, cause });
}

/** An error's first line: of several attempts (two addresses of a name) the first one's. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  const message = error instanceof Error ? error.message || error.name : String(error);
  return message.split("\n", 1)[0] ?? "";
}

/** Rejects when it takes too long. */
async function withinTime(work: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(outage(`no connection within ${CONNECT_TIMEOUT_MS / 1000} s`)),
      CONNECT_TIMEOUT_MS,
    );
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => {});
  }
}
