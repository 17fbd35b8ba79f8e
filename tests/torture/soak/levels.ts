// How much memory and how many open files a process has, to be compared with later.

/** Of one process at one moment. */
export interface Level {
  rssBytes: number;
  handles: number;
}

/** Growth that is no leak: buffers in use, connections of the moment. */
const MORE_BYTES = 96 * 1024 * 1024;
const MORE_HANDLES = 100;

/** Undefined where there is no /proc, or the process is gone. */
export async function levelOf(pid: number): Promise<Level | undefined> {
  if (Deno.build.os !== "linux") return undefined;
  // Deno itself opens nothing in /proc without `--allow-all`.
  const script = `grep VmRSS /proc/${pid}/status; ls /proc/${pid}/fd | wc -l`;
  const { stdout } = await new Deno.Command("sh", { args: ["-c", script], stderr: "null" }).output();
  const [, kib = "", handles = ""] = /VmRSS:\s+(\d+) kB\n(\d+)/.exec(new TextDecoder().decode(stdout)) ?? [];
  return kib === "" ? undefined : { rssBytes: Number(kib) * 1024, handles: Number(handles) };
}

/** What has grown beyond what is no leak. */
export function leaks(name: string, before: Level | undefined, after: Level | undefined): string[] {
  if (before === undefined || after === undefined) return [];
  const lost: string[] = [];
  const mib = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`;
  if (after.rssBytes > before.rssBytes + MORE_BYTES) {
    lost.push(`memory of ${name}: ${mib(before.rssBytes)} before, ${mib(after.rssBytes)} after`);
  }
  if (after.handles > before.handles + MORE_HANDLES) {
    lost.push(`handles of ${name}: ${before.handles} before, ${after.handles} after`);
  }
  return lost;
}
