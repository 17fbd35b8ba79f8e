// A program and everything that it does to a folder, in order: its system calls, as strace tells them.

import { join } from "node:path";
import { findOnPath } from "../../support/drivers/program.ts";
import type { Step } from "./power_cut.ts";

/** Why programs can't be recorded here; undefined if they can. */
export async function recordingObstacle(): Promise<string | undefined> {
  if (findOnPath("strace") === undefined) return "strace is missing: apt-get install strace";
  // In a container that may not trace, it says so and leaves.
  const args = ["-f", "-o", "/dev/null", "true"];
  const probe = await new Deno.Command("strace", { args, stdout: "null", stderr: "null" }).output();
  return probe.success ? undefined : "strace may not trace here";
}

const CALLS = [
  ...["openat", "lseek", "write", "writev", "pwrite64", "ftruncate", "fsync", "fdatasync"],
  ...["rename", "renameat", "renameat2", "unlink", "unlinkat", "sendto", "sendmsg"],
];
const MOST_BYTES = 1 << 24;

export interface RecordingOptions {
  command: readonly string[];
  /** What is done in here is recorded. */
  folder: string;
  /** Where the records lie meanwhile: not in `folder`. */
  records: string;
  /** Called with each line of standard output. */
  onLine?(line: string): void;
}

export class Recording {
  /** Settles with the steps when the program has ended. */
  readonly steps: Promise<Step[]>;
  readonly #child: Deno.ChildProcess;

  /** Starts the program. What is in the folder by then counts as safe on the disk. */
  constructor({ command, folder, onLine = () => {}, records }: RecordingOptions) {
    const known = new Set([...Deno.readDirSync(folder)].map(({ name }) => name));
    const child = this.#child = new Deno.Command("strace", {
      // -D: the child is the program itself, to which signals go.
      args: [
        ...["-D", "-ff", "--seccomp-bpf", "-y", "-ttt", "-T", "-xx", "-s", `${MOST_BYTES}`],
        ...["-e", "signal=none", "-e", `trace=${CALLS}`, "-o", join(records, "record"), ...command],
      ],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const complaints = new Response(child.stderr).text();
    this.steps = (async () => {
      // Both streams end when strace has ended too, and its records are whole.
      let rest = "";
      for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
        const lines = (rest + text).split("\n");
        rest = lines.pop() ?? "";
        lines.forEach(onLine);
      }
      const { code } = await child.status;
      const said = await complaints;
      if (code !== 0) throw new Error(`${command.join(" ")} left with ${code}:\n${said}`);
      const texts: string[] = [];
      for await (const { name } of Deno.readDir(records)) {
        texts.push(await Deno.readTextFile(join(records, name)));
      }
      return parseRecords(texts, await Deno.realPath(folder), known);
    })();
  }

  /** Asks the program to leave. */
  interrupt(): void {
    this.#child.kill("SIGINT");
  }
}

interface Call {
  endedAt: number;
  name: string;
  args: string;
  result: number;
}

/**
 * The files of `strace -ff -y -ttt -T -xx`, one for each thread, as steps in the order of their ends. `known` are the files
 * that were there before, the others are made by who opens them first.
 */
export function parseRecords(texts: readonly string[], folder: string, known: Set<string>): Step[] {
  const calls: Call[] = [];
  for (const text of texts) {
    for (
      const [, at, name = "", args = "", result, took] of text.matchAll(
        /^(\d+\.\d+) (\w+)\((.*)\) = (-?\d+).* <(\d+\.\d+)>$/gm,
      )
    ) {
      calls.push({ endedAt: Number(at) + Number(took), name, args, result: Number(result) });
    }
  }
  calls.sort((a, b) => a.endedAt - b.endedAt);
  /** Where the next plain write to a file goes. */
  const cursors = new Map<string, number>();
  return calls.filter(({ result }) => result >= 0).flatMap((call) =>
    toSteps(call, { folder, cursors, known })
  );
}

interface Parsing {
  folder: string;
  cursors: Map<string, number>;
  known: Set<string>;
}

function toSteps({ args, name, result }: Call, { cursors, folder, known }: Parsing): Step[] {
  const strings = [...args.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, hex = ""]) => bytesOf(hex));
  const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);
  const within = (path: string) => path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : undefined;
  // The file that a descriptor stands for: `7</a/path>`.
  const open = () => within(text(bytesOf(/^\d+<((?:\\x[0-9a-f]{2})*)>/.exec(args)?.[1] ?? "")));
  switch (name) {
    case "openat": {
      const path = within(text(strings[0]));
      if (path === undefined || !/O_(WRONLY|RDWR)/.test(args)) return [];
      cursors.set(path, 0);
      if (!known.has(path) && args.includes("O_CREAT")) {
        known.add(path);
        return [{ kind: "create", path }];
      }
      return args.includes("O_TRUNC") ? [{ kind: "truncate", path, length: 0 }] : [];
    }
    case "lseek": {
      const path = open();
      if (path !== undefined) cursors.set(path, result);
      return [];
    }
    case "write":
    case "writev":
    case "pwrite64":
    case "sendto":
    case "sendmsg": {
      const bytes = joined(strings).subarray(0, result);
      const path = open();
      if (path === undefined) {
        return /^(1|2|\d+<(\\x[0-9a-f]{2})+)/.test(args) ? [{ kind: "said", bytes }] : [];
      }
      const at = name === "pwrite64" ? Number(/(\d+)$/.exec(args)?.[1]) : cursors.get(path) ?? 0;
      if (name !== "pwrite64") cursors.set(path, at + result);
      return [{ kind: "write", path, at, bytes }];
    }
    case "ftruncate": {
      const path = open();
      return path === undefined ? [] : [{ kind: "truncate", path, length: Number(/(\d+)$/.exec(args)?.[1]) }];
    }
    case "fsync":
    case "fdatasync": {
      const path = open();
      return path === undefined ? [] : [{ kind: "sync", path }];
    }
    case "rename":
    case "renameat":
    case "renameat2": {
      const [path, to] = strings.map((bytes) => within(text(bytes)));
      if (path === undefined || to === undefined) return [];
      known.delete(path);
      known.add(to);
      return [{ kind: "rename", path, to }];
    }
    case "unlink":
    case "unlinkat": {
      const path = within(text(strings[0]));
      if (path === undefined) return [];
      known.delete(path);
      return [{ kind: "remove", path }];
    }
  }
  return [];
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.fromHex(hex.replaceAll("\\x", ""));
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
