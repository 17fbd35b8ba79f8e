// The steps that no transfer in this runtime can do without, each by itself with nothing around it: a piece is read, sent,
// received, hashed and written. Together they are the least that two programs can take, whatever these are. Beside them,
// in the same run, what ours and libtorrent's whole transfers take.
//
//   deno run -P=bench tests/bench/steps.ts [--rounds N]

import { createHash } from "node:crypto";
import { join } from "node:path";
import process from "node:process";
import { seedling } from "../support/drivers/clients/seedling.ts";
import { pseudoRandomBytes } from "../support/random.ts";
import type { Bench, BenchRun } from "./support/bench.ts";
import { runAlone } from "./support/bench_program.ts";
import type { Contestant } from "./support/rounds.ts";
import { CPU_PER_GB, libtorrent, likeWithLike, oneFile } from "./transfer.ts";

const MIB = 2 ** 20;
const GIB = 2 ** 30;
/** One after the other, as in a transfer: what stays in the processor's cache costs less than a transfer can have it for. */
const BUFFERS = 16;

/** Does one thing with so many MiB; `folder` is empty. */
type Step = (count: number, folder: string) => Promise<void> | void;

function stepsFrom(source: string): Record<string, Step> {
  const buffers = Array.from({ length: BUFFERS }, (_, i) => pseudoRandomBytes(MIB, i));
  const others = buffers.map((buffer) => buffer.slice());
  return {
    "read"(count) {
      using file = Deno.openSync(source);
      for (let i = 0; i < count; i++) requireAll(file.readSync(nth(buffers, i)));
    },
    async "send and receive"(count) {
      using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      using sender = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
      using receiver = await listener.accept();
      const sending = each(count, buffers, (rest) => sender.write(rest));
      await Promise.all([sending, each(count, others, (rest) => receiver.read(rest))]);
    },
    "SHA-1"(count) {
      for (let i = 0; i < count; i++) createHash("sha1").update(nth(buffers, i)).digest();
    },
    "write"(count, folder) {
      using file = Deno.createSync(join(folder, "copy"));
      file.truncateSync(count * MIB);
      for (let i = 0; i < count; i++) requireAll(file.writeSync(nth(buffers, i)));
    },
  };
}

/** Passes `count` buffers on, each until nothing is left of it. */
async function each(
  count: number,
  buffers: readonly Uint8Array[],
  pass: (rest: Uint8Array) => Promise<number | null>,
): Promise<void> {
  for (let i = 0; i < count; i++) {
    for (let rest = nth(buffers, i); rest.length > 0;) rest = rest.subarray(await pass(rest) ?? Infinity);
  }
}

function nth<Buffer>(buffers: readonly Buffer[], i: number): Buffer {
  return buffers[i % buffers.length] as Buffer;
}

function requireAll(bytes: number | null): void {
  if (bytes !== MIB) throw new Error(`Cannot measure a step: got ${bytes} of ${MIB} bytes in one call`);
}

/** What this process has spent on all its threads. */
function cpuSeconds(): number {
  const { system, user } = process.cpuUsage();
  return (system + user) / 1e6;
}

/** Each step, and then what all of them took in the same round. */
function stepContestants({ workspace }: BenchRun, source: string, length: number): Contestant[] {
  let sum = 0;
  const alone = Object.entries(stepsFrom(source)).map(([name, step]): Contestant => ({
    name,
    needs: [],
    run: () =>
      workspace.turn(async ({ folder }) => {
        const before = cpuSeconds();
        await step(length / MIB, folder);
        const cpuPerGb = (cpuSeconds() - before) / (length / 1e9);
        sum += cpuPerGb;
        return { cpuPerGb };
      }),
  }));
  const together = () => {
    const cpuPerGb = sum;
    sum = 0;
    return Promise.resolve({ cpuPerGb });
  };
  return [...alone, { name: "all steps", needs: [], run: together }];
}

const steps: Bench = {
  name: "transfer:steps",
  summary: "CPU of what no transfer of 1 GiB can do without, and of whole ones",
  programs: [libtorrent],
  async run(run) {
    const content = oneFile(run, GIB, MIB);
    const source = join(await run.workspace.content(content), content.name);
    const whole = likeWithLike(run, content, { clients: [libtorrent] });
    const results = await run.play([...whole, ...stepContestants(run, source, content.totalLength)]);
    run.report(results, { title: this.summary, figures: [CPU_PER_GB], ours: seedling.name, targets: [] });
  },
};

export const stepBenches: Bench[] = [steps];

if (import.meta.main) await runAlone(stepBenches);
