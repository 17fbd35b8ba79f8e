// Jobs on pieces and their answers, in memory that the network thread and one disk thread share. By message a job costs
// 150 µs of CPU there and back, most of it to be written down, woken for, and handed out as an event; this way 75, which
// is the message that wakes the network thread. What is no number goes by message all the same.
//
//   network thread   offer() ──▶ jobs ──▶ take()      disk thread, which sleeps in rest()
//                    answers() ◀── answers ◀── answer()
//
// The disk thread can't hear messages while it sleeps here, so each must be announced before it is posted.

import type { Verdict } from "../engine/ports.ts";

/** What can go by the ring. */
export type RingOp = "finish" | "read" | "readMessages";

/** A job on bytes in memory that the disk thread has been lent before. */
export interface RingJob {
  op: RingOp;
  id: number;
  torrent: number;
  index: number;
  begin: number;
  /** Which memory, and where in it. */
  memory: number;
  offset: number;
  length: number;
  /** Of what is read as messages; 0 for others. */
  blockLength: number;
}

const OPS: readonly RingOp[] = ["finish", "read", "readMessages"];
const RESULTS: readonly (Verdict | undefined)[] = ["stored", "bad-hash", undefined];
/** In place of a result: why is in a message. */
const FAILED = -1;

/** The largest id of a job; all numbers are of 32 bits. */
export const MAX_ID = 2 ** 31 - 1;

const JOB_WORDS = 9;
const ANSWER_WORDS = 2;
/** A power of two. */
const CAPACITY = 256;

/** The words in front: what the disk thread sleeps on, messages announced and read, and 1 while a bell is on its way. */
const [CALLS, ANNOUNCED, READ, BELL, JOBS, ANSWERS] = [0, 1, 2, 3, 4, 6];
const HEADER_WORDS = 8;
const WORDS = HEADER_WORDS + CAPACITY * (JOB_WORDS + ANSWER_WORDS);

/** Both ends of it: each thread makes one of the same memory, and calls its own half. */
export class JobRing {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #jobs: Records;
  readonly #answers: Records;
  /** Jobs without an answer. */
  #owed = 0;

  /** `memory` is that of the other end; a new one by itself. */
  constructor(memory = new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#words = new Int32Array(memory);
    this.#jobs = new Records(this.#words, JOBS, HEADER_WORDS, JOB_WORDS);
    this.#answers = new Records(this.#words, ANSWERS, HEADER_WORDS + CAPACITY * JOB_WORDS, ANSWER_WORDS);
  }

  /** False if there is no room for it: so many have no answer yet. */
  offer(job: RingJob): boolean {
    if (this.#owed === CAPACITY) return false;
    this.#owed++;
    const { op, id, torrent, index, begin, memory, offset, length, blockLength } = job;
    this.#jobs.put([OPS.indexOf(op), id, torrent, index, begin, memory, offset, length, blockLength]);
    this.#call();
    return true;
  }

  /** To be called right before a message is posted. */
  announce(): void {
    Atomics.add(this.#words, ANNOUNCED, 1);
    this.#call();
  }

  /** True if the disk thread has read all messages that were announced. */
  get isHeard(): boolean {
    return Atomics.load(this.#words, READ) === Atomics.load(this.#words, ANNOUNCED);
  }

  /** When the bell has rung, or at any time: hands out what has been answered. */
  answers(onAnswer: (id: number, result: Verdict | undefined) => void): void {
    Atomics.store(this.#words, BELL, 0); // an answer that comes now rings again, and one too often does no harm
    for (let answer = this.#answers.take(); answer !== undefined; answer = this.#answers.take()) {
      this.#owed--;
      const [id = 0, result = 0] = answer;
      if (result !== FAILED) onAnswer(id, RESULTS[result]);
    }
  }

  /** The disk thread's: the next job, if there is one. */
  take(): RingJob | undefined {
    const job = this.#jobs.take();
    if (job === undefined) return undefined;
    const [op = 0, id = 0, torrent = 0, index = 0, begin = 0, ...place] = job;
    const [memory = 0, offset = 0, length = 0, blockLength = 0] = place;
    return { op: OPS[op] as RingJob["op"], id, torrent, index, begin, memory, offset, length, blockLength };
  }

  /** The disk thread's. */
  get hasJob(): boolean {
    return this.#jobs.hasOne;
  }

  /** The disk thread's. There is room: no more than CAPACITY jobs have no answer. */
  answer(id: number, result: Verdict | undefined): void {
    this.#answers.put([id, RESULTS.indexOf(result)]);
  }

  /** The disk thread's, after a message that says why. */
  fail(id: number): void {
    this.#answers.put([id, FAILED]);
  }

  /** The disk thread's: true if a bell has to be rung for what it has answered. None if one is on its way. */
  get mustRing(): boolean {
    return Atomics.exchange(this.#words, BELL, 1) === 0;
  }

  /** The disk thread's, for each message. */
  hasRead(): void {
    Atomics.add(this.#words, READ, 1);
  }

  /** The disk thread's: sleeps until there is a job, and says false if it is a message that waits. */
  rest(): boolean {
    for (;;) {
      const calls = Atomics.load(this.#words, CALLS);
      if (this.#jobs.hasOne) return true;
      if (!this.isHeard) return false;
      Atomics.wait(this.#words, CALLS, calls);
    }
  }

  #call(): void {
    Atomics.add(this.#words, CALLS, 1);
    Atomics.notify(this.#words, CALLS);
  }
}

/** At most CAPACITY records of so many numbers, from one thread to one other. Their counts go on modulo 2³². */
class Records {
  readonly #words: Int32Array<SharedArrayBuffer>;
  /** Where the counts are: taken, and put. */
  readonly #taken: number;
  readonly #put: number;
  readonly #start: number;
  readonly #length: number;

  constructor(words: Int32Array<SharedArrayBuffer>, counts: number, start: number, length: number) {
    this.#words = words;
    this.#taken = counts;
    this.#put = counts + 1;
    this.#start = start;
    this.#length = length;
  }

  get hasOne(): boolean {
    return Atomics.load(this.#words, this.#put) !== Atomics.load(this.#words, this.#taken);
  }

  /** The caller knows that there is room. */
  put(record: readonly number[]): void {
    const count = Atomics.load(this.#words, this.#put);
    this.#words.set(record, this.#placeOf(count));
    Atomics.store(this.#words, this.#put, (count + 1) | 0); // the other thread sees it only with all of its numbers
  }

  take(): Int32Array | undefined {
    if (!this.hasOne) return undefined;
    const count = Atomics.load(this.#words, this.#taken);
    const at = this.#placeOf(count);
    const record = this.#words.slice(at, at + this.#length);
    Atomics.store(this.#words, this.#taken, (count + 1) | 0);
    return record;
  }

  #placeOf(count: number): number {
    return this.#start + (count & (CAPACITY - 1)) * this.#length;
  }
}
