// Fuzzing as a trial: every target in a process with little memory, as many at a time as there are cores.

import { fileURLToPath } from "node:url";
import { ROOT } from "../../../peer/demo/program_process.ts";
import { type Finding, inParallel, type Scale, type Trial } from "../trial.ts";
import type { FuzzOutcome } from "./fuzz.ts";
import type { FuzzTarget } from "./target.ts";
import { TARGETS } from "./targets.ts";

/** Inputs for each minute of the run and each target that costs nothing much: a million and more in the long form. */
const PER_MINUTE = 12_000;
/** No input takes so long that a process says nothing meanwhile. */
const SILENCE_MS = 60_000;
/** For the objects of one parser. */
const HEAP_MIB = 192;
/** Runtime and modules take 130 MiB. */
const MAX_RSS_BYTES = 512 * 1024 * 1024;

export const fuzzTrial: Trial = {
  name: "fuzz",
  summary: "every parser of bytes from outside: only its own error, little time, little memory",
  async *run(scale: Scale): AsyncIterable<Finding> {
    yield* inParallel(TARGETS, (target) => fuzzApart(target, scale));
  },
};

async function fuzzApart(target: FuzzTarget, scale: Scale): Promise<Finding> {
  const count = scale.times(PER_MINUTE / (target.cost ?? 1));
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-q", "--no-check", "--config", `${ROOT}deno.json`, "-P=torture"],
      `--v8-flags=--max-old-space-size=${HEAP_MIB}`,
      fileURLToPath(new URL("program.ts", import.meta.url)),
      ...[target.name, `${scale.seed}`, `${count}`],
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let last = "";
  let isHung = false;
  const hang = () => {
    isHung = true;
    child.kill("SIGKILL");
  };
  let silence = setTimeout(hang, SILENCE_MS);
  const complaints = new Response(child.stderr).text();
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    clearTimeout(silence);
    silence = setTimeout(hang, SILENCE_MS);
    last = (last + text).split("\n").slice(-2).join("\n");
  }
  clearTimeout(silence);
  const { code } = await child.status;
  const finding = { tried: target.name, times: count };
  const line = last.trim().split("\n").at(-1) ?? "";
  if (code !== 0) {
    const how = isHung ? `said nothing for ${SILENCE_MS / 1000} s` : `left with ${code}`;
    return { ...finding, lost: [`${how} after ${line}: ${(await complaints).slice(0, 2000)}`] };
  }
  await complaints;
  const { failure, peakBytes, refused, slowestMs }: FuzzOutcome & { peakBytes: number } = JSON.parse(line);
  const lost = failure === undefined ? [] : [`input ${failure.round}, ${failure.hex}: ${failure.error}`];
  if (peakBytes > MAX_RSS_BYTES) lost.push(`took ${Math.round(peakBytes / 2 ** 20)} MiB`);
  const note = `${Math.round(refused / count * 100)} % refused, slowest ${slowestMs.toFixed(0)} ms`;
  return { ...finding, lost, note: `${note}, ${Math.round(peakBytes / 2 ** 20)} MiB` };
}
