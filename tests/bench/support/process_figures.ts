// What processes have cost so far, from /proc: theirs, their threads' and their children's. For programs that stay:
// read before they are ended. Linux only; elsewhere nothing is known.

import type { Program } from "../../support/drivers/program.ts";

/** CPU-seconds spent, and the most memory that was ever resident. */
export interface ProcessFigures {
  cpuSeconds: number;
  peakRssBytes: number;
}

interface Process {
  pid: number;
  parent: number;
  cpuSeconds: number;
  peakRssBytes: number;
}

/** The kernel's unit of CPU time in /proc, 1/100 s on every Linux that Deno runs on. */
const TICKS_PER_SECOND = 100;

/** All processes of the machine at one moment. */
export class ProcessTable {
  readonly #processes: Map<number, Process>;

  constructor(text: string) {
    this.#processes = parseProcesses(text);
  }

  /** Undefined where there is no /proc. */
  static async read(): Promise<ProcessTable | undefined> {
    if (Deno.build.os !== "linux") return undefined;
    // Deno itself opens nothing in /proc without `--allow-all`. Processes that end meanwhile are no news.
    const script = "cat /proc/[0-9]*/stat /proc/[0-9]*/status 2>/dev/null";
    const { stdout } = await new Deno.Command("sh", { args: ["-c", script], stdout: "piped" }).output();
    return new ProcessTable(new TextDecoder().decode(stdout));
  }

  /** The program's own process and all below it, what merely wraps it left out; undefined if it has ended. */
  of(program: Pick<Program, "pid" | "isWrapped">): ProcessFigures | undefined {
    const members = this.#tree(program.pid);
    if (program.isWrapped) members.shift();
    if (members.length === 0) return undefined;
    return {
      cpuSeconds: members.reduce((sum, process) => sum + process.cpuSeconds, 0),
      peakRssBytes: members.reduce((sum, process) => sum + process.peakRssBytes, 0),
    };
  }

  /** Parents before children. */
  #tree(root: number): Process[] {
    const first = this.#processes.get(root);
    const members = first === undefined ? [] : [first];
    for (const { pid } of members) {
      for (const process of this.#processes.values()) if (process.parent === pid) members.push(process);
    }
    return members;
  }
}

/** Reads `/proc/PID/stat` and `/proc/PID/status` of any number of processes, one after the other. */
function parseProcesses(text: string): Map<number, Process> {
  const processes = new Map<number, Process>();
  // pid (name) state parent …: the name may hold anything, so fields count from the last parenthesis.
  for (const [, pid, rest = ""] of text.matchAll(/^(\d+) \(.*\) (.*)$/gm)) {
    const fields = rest.split(" ").map(Number);
    // User and system time of all threads, and of children that were waited for.
    const ticks = [11, 12, 13, 14].reduce((sum, field) => sum + (fields[field] ?? 0), 0);
    const process = { pid: Number(pid), parent: fields[1] ?? 0, cpuSeconds: ticks / TICKS_PER_SECOND };
    processes.set(process.pid, { ...process, peakRssBytes: 0 });
  }
  let current: Process | undefined;
  for (const [, key, value] of text.matchAll(/^(Pid|VmHWM):\s*(\d+)/gm)) {
    if (key === "Pid") current = processes.get(Number(value));
    else if (current !== undefined) current.peakRssBytes = Number(value) * 1024;
  }
  return processes;
}
