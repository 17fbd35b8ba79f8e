import assert from "node:assert/strict";
import type { Verdict } from "../../../peer/engine/ports.ts";
import { JobRing, type RingJob } from "../../../peer/storage/job_ring.ts";

const CAPACITY = 256;

function job(id: number): RingJob {
  return {
    op: "finish",
    id,
    torrent: 1,
    index: id,
    begin: 0,
    memory: 1,
    offset: 0,
    length: 16,
    blockLength: 0,
  };
}

/** The two ends of one ring. */
function ends(): { pool: JobRing; thread: JobRing } {
  const pool = new JobRing();
  return { pool, thread: new JobRing(pool.memory) };
}

function answersOf(pool: JobRing): [number, Verdict | undefined][] {
  const answers: [number, Verdict | undefined][] = [];
  pool.answers((id, result) => answers.push([id, result]));
  return answers;
}

Deno.test("JobRing hands jobs over in order, with all that they say", () => {
  const { pool, thread } = ends();
  const most = 2 ** 31 - 1;
  const jobs: RingJob[] = [
    {
      op: "readMessages",
      id: 1,
      torrent: 2,
      index: 3,
      begin: 4,
      memory: 5,
      offset: 6,
      length: 7,
      blockLength: 8,
    },
    {
      op: "finish",
      id: most,
      torrent: most,
      index: most,
      begin: most,
      memory: most,
      offset: most,
      length: most,
      blockLength: most,
    },
  ];
  assert.equal(thread.hasJob, false);
  for (const each of jobs) assert.ok(pool.offer(each));
  assert.equal(thread.hasJob, true);
  assert.deepEqual([thread.take(), thread.take(), thread.take()], [...jobs, undefined]);
});

Deno.test("JobRing hands answers back; of a job that failed there is none", () => {
  const { pool, thread } = ends();
  for (const id of [1, 2, 3, 4]) pool.offer(job(id));
  thread.answer(2, "stored");
  thread.fail(1);
  thread.answer(3, "bad-hash");
  thread.answer(4, undefined);
  assert.deepEqual(answersOf(pool), [[2, "stored"], [3, "bad-hash"], [4, undefined]]);
  assert.deepEqual(answersOf(pool), []);
});

Deno.test("JobRing takes no more jobs than it can hold answers for, whatever has been taken", () => {
  const { pool, thread } = ends();
  for (let id = 1; id <= CAPACITY; id++) assert.ok(pool.offer(job(id)));
  for (let id = 1; id <= CAPACITY; id++) thread.answer(thread.take()?.id ?? 0, "stored");
  assert.equal(pool.offer(job(300)), false, "no answer has been looked at");
  assert.equal(answersOf(pool).length, CAPACITY);
  assert.ok(pool.offer(job(300)));
});

Deno.test("JobRing goes on when its counts overflow", () => {
  const { pool, thread } = ends();
  new Int32Array(pool.memory).fill(2 ** 31 - 2, 4, 8); // the counts of jobs and of answers, taken and put
  for (let id = 1; id <= 3 * CAPACITY; id++) {
    assert.ok(pool.offer(job(id)));
    assert.equal(thread.take()?.id, id);
    thread.answer(id, "stored");
    assert.deepEqual(answersOf(pool), [[id, "stored"]]);
  }
});

Deno.test("JobRing asks for one bell until the answers have been looked at", () => {
  const { pool, thread } = ends();
  for (const id of [1, 2, 3]) pool.offer(job(id));
  thread.answer(1, "stored");
  assert.equal(thread.mustRing, true);
  thread.answer(2, "stored");
  assert.equal(thread.mustRing, false, "one is on its way");
  assert.equal(answersOf(pool).length, 2);
  thread.answer(3, "stored");
  assert.equal(thread.mustRing, true);
});

Deno.test("JobRing: a thread does the jobs that are there before it leaves for a message, and rests for neither", () => {
  const { pool, thread } = ends();
  pool.offer(job(1));
  pool.announce();
  assert.equal(pool.isHeard, false);
  assert.equal(thread.rest(), true, "a job");
  thread.take();
  assert.equal(thread.rest(), false, "a message");
  thread.hasRead();
  assert.equal(pool.isHeard, true);
});
