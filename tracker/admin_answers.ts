// The JSON that many pages ask for: made, written and compressed once for all who ask the same in one moment, and told by
// its ETag to who has it already. What time it is, each answer says (`now`); one that says nothing else that is new is the
// same answer.

import type { Context } from "hono";
import { type Moment, PerMoment } from "./moment.ts";
import { AdminBytes } from "./admin_bytes.ts";

/** Answers whose text is remembered, to see whether the next one says something else: some MB at most. */
const MAX_FORMER = 100;

const encoder = new TextEncoder();

/** What an answer may hold: JSON, with the time in it or without. */
type Value = object & { now?: number };
type Soon<T> = T | Promise<T>;

/** An answer without the time, and its name. */
interface Former {
  text: string;
  etag: string;
}

/** An answer that many get. */
class SharedAnswer {
  readonly #etag: string;
  readonly #text: string;
  #bytes: AdminBytes | undefined;

  constructor({ etag, text }: Former, now: number | undefined) {
    this.#etag = etag;
    this.#text = now === undefined ? text : `{"now":${now},${text.slice(1)}`;
  }

  send(c: Context): Response {
    c.header("etag", this.#etag);
    c.header("vary", "accept-encoding");
    if (c.req.header("if-none-match") === this.#etag) return c.body(null, 304);
    c.header("content-type", "application/json");
    // Who has it needs no bytes: they are made for the first who hasn't.
    this.#bytes ??= new AdminBytes(encoder.encode(this.#text));
    return this.#bytes.send(c);
  }
}

/** The answers of one tracker. */
export class AdminAnswers {
  readonly #epoch: string;
  readonly #answers: PerMoment<Soon<SharedAnswer | undefined>>;
  /** By question, the one that was answered last at the end. */
  readonly #former = new Map<string, Former>();
  #made = 0;

  /** `epoch` must differ from that of every other run. */
  constructor(moment: Moment, epoch: string) {
    this.#epoch = epoch.slice(0, 8);
    this.#answers = new PerMoment(moment);
  }

  /** Answers a question, which names all that the answer depends on. Undefined where `make` knows none. */
  send(c: Context, question: string, make: () => Soon<Value>): Promise<Response>;
  send(c: Context, question: string, make: () => Soon<Value | undefined>): Promise<Response | undefined>;
  async send(
    c: Context,
    question: string,
    make: () => Soon<Value | undefined>,
  ): Promise<Response | undefined> {
    const answer = await this.#answers.get(question, () => this.#make(question, make()));
    if (answer === undefined) this.#answers.forget(question);
    return answer?.send(c);
  }

  #make(question: string, value: Soon<Value | undefined>): Soon<SharedAnswer | undefined> {
    if (value instanceof Promise) return value.then((value) => this.#share(question, value));
    return this.#share(question, value);
  }

  #share(question: string, value: Value | undefined): SharedAnswer | undefined {
    if (value === undefined) return undefined;
    const { now, ...rest } = value;
    const text = JSON.stringify(rest);
    const before = this.#former.get(question);
    const former = before?.text === text ? before : { text, etag: `W/"${this.#epoch}-${++this.#made}"` };
    this.#remember(question, former);
    return new SharedAnswer(former, now);
  }

  #remember(question: string, former: Former): void {
    this.#former.delete(question);
    this.#former.set(question, former);
    const oldest = this.#former.keys().next();
    if (this.#former.size > MAX_FORMER && !oldest.done) this.#former.delete(oldest.value);
  }
}
