import assert from "node:assert/strict";
import type { DiskAnswer, DiskMessage, DiskRequest } from "../../../peer/storage/disk_jobs.ts";
import { JobRing } from "../../../peer/storage/job_ring.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

const WORKER = new URL("../../../peer/storage/disk_worker.ts", import.meta.url);

/** A disk thread as its pool sees it. */
class Thread {
  readonly ring = new JobRing();
  readonly #worker = new Worker(WORKER, { type: "module" });

  constructor() {
    this.#post([{ op: "ring", memory: this.ring.memory }]);
  }

  /** Posts requests that have no answer, and resolves when they have been read. */
  async tell(...requests: DiskRequest[]): Promise<void> {
    const answers = this.#next();
    this.#post(requests, { id: 1, request: { op: "inspect", torrent: 1, files: [] } });
    assert.deepEqual(await answers, [{ id: 1, result: [] }]);
  }

  /** Reads a byte of the torrent by the ring; what comes by message is the result. */
  async read(memory: number): Promise<DiskAnswer[]> {
    const answers = this.#next();
    const place = { index: 0, begin: 0, memory, offset: 0, length: 1, blockLength: 0 };
    this.ring.offer({ op: "read", id: 2, torrent: 1, ...place });
    return await answers;
  }

  [Symbol.dispose](): void {
    this.#worker.terminate();
  }

  async close(): Promise<void> {
    const closed = this.#next(([answer]) => answer?.id === 3); // a bell may be on its way
    this.#post([], { id: 3, request: { op: "close" } });
    await closed;
  }

  #post(requests: DiskRequest[], ...more: DiskMessage[]): void {
    this.ring.announce();
    this.#worker.postMessage([...requests.map((request) => ({ id: 0, request })), ...more]);
  }

  #next(isAwaited = (_: DiskAnswer[]) => true): Promise<DiskAnswer[]> {
    return new Promise((resolve) => {
      this.#worker.onmessage = ({ data }) => isAwaited(data) && resolve(data);
    });
  }
}

Deno.test("a disk thread works on memory that it was lent, and keeps none that it was told to forget", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("file");
  await Deno.writeFile(path, Uint8Array.of(7));
  using thread = new Thread();
  const memory = new SharedArrayBuffer(1);
  const files = [{ path, offset: 0, length: 1, isPadding: false }];
  const description = { files, root: undefined, pieceLength: 1, pieces: new Uint8Array(20) };
  await thread.tell({ op: "open", torrent: 1, description }, { op: "lend", number: 5, memory });
  assert.deepEqual(await thread.read(5), [], "a bell");
  const answered: number[] = [];
  thread.ring.answers((id) => answered.push(id));
  assert.deepEqual(answered, [2]);
  assert.equal(new Uint8Array(memory)[0], 7);

  await thread.tell({ op: "release", number: 5 });
  const [answer] = await thread.read(5);
  assert.match(answer?.error?.message ?? "", /Cannot read: memory 5 was not lent/);
  await thread.close();
});
