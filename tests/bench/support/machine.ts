// The machine in a few lines, printed above every run: figures mean nothing without it.

import { type Needed, version } from "../../support/drivers/needed.ts";
import { output } from "../../support/drivers/program.ts";

/** The CPU's instructions that decide how fast SHA-1 and SHA-256 are. */
const HASH_FLAGS = ["sha_ni", "sha1", "avx2", "avx512f", "ssse3"];

/** Describes the machine, the runtime, the folder's file system and the programs that will run. */
export async function describeMachine(folder: string, programs: readonly Needed[]): Promise<string> {
  const cpu = await read("cat", "/proc/cpuinfo");
  const model = /^model name\s*: (.*)$/m.exec(cpu)?.[1] ?? "unknown CPU";
  const flags = /^(?:flags|Features)\s*: (.*)$/m.exec(cpu)?.[1]?.split(" ") ?? [];
  const hashing = HASH_FLAGS.filter((flag) => flags.includes(flag)).join(" ");
  const memory = Number(/^MemTotal:\s*(\d+)/m.exec(await read("cat", "/proc/meminfo"))?.[1] ?? NaN) * 1024;
  const kernel = (await read("uname", "-sr")).trim();
  const versions: string[] = [];
  const missing: string[] = [];
  for (const needed of programs.filter(({ isOurs }) => !isOurs)) {
    const found = await version(needed);
    if (found === undefined) missing.push(`${needed.name} (${needed.install})`);
    else versions.push(`${needed.name} ${found}`);
  }
  const lines = [
    `${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC`,
    `${navigator.hardwareConcurrency} cores, ${model} (${hashing}), ${(memory / 2 ** 30).toFixed(0)} GiB`,
    `${kernel}, data on ${await fileSystem(folder)}`,
    `Deno ${Deno.version.deno}, V8 ${Deno.version.v8}`,
    versions.join(", "),
  ];
  if (missing.length > 0) lines.push(`missing, and left out: ${missing.join(", ")}`);
  return lines.filter((line) => line !== "").join("\n");
}

/** The name of the file system that a folder is on: "ext2/ext3", "tmpfs", or "unknown". */
export async function fileSystem(folder: string): Promise<string> {
  return (await read("stat", "-f", "-c", "%T", folder)).trim() || "unknown";
}

/** What a program prints, or nothing where there is no such program. Deno opens nothing in /proc itself. */
async function read(...command: string[]): Promise<string> {
  return await output({ name: command[0] ?? "", command, cwd: "." }).catch(() => "");
}
