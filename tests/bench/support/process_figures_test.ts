import assert from "node:assert/strict";
import { Program } from "../../support/drivers/program.ts";
import { ProcessTable } from "./process_figures.ts";

/** Two files of /proc for each process, as `cat` gives them. */
function table(
  ...processes: { pid: number; parent: number; name: string; ticks: number[]; kib?: number }[]
): ProcessTable {
  const stats = processes.map(({ pid, parent, name, ticks }) =>
    `${pid} (${name}) S ${parent} 9 9 0 -1 4194304 99 0 0 0 ${ticks.join(" ")} 20 0 1 0 148729 3133440 392`
  );
  const statuses = processes.map(({ pid, parent, name, kib }) =>
    [`Name:\t${name}`, `Tgid:\t${pid}`, `Pid:\t${pid}`, `PPid:\t${parent}`].join("\n") +
    (kib === undefined ? "" : `\nVmPeak:\t  999999 kB\nVmHWM:\t    ${kib} kB`)
  );
  return new ProcessTable([...stats, ...statuses].join("\n") + "\n");
}

Deno.test("ProcessTable.of() adds up a program's processes and leaves out what wraps it", () => {
  const processes = table(
    { pid: 1, parent: 0, name: "init", ticks: [900, 0, 0, 0], kib: 9999 },
    { pid: 10, parent: 1, name: "timeout", ticks: [50, 0, 0, 0], kib: 500 },
    { pid: 13, parent: 12, name: "worker", ticks: [0, 25, 0, 0], kib: 1024 },
    { pid: 12, parent: 10, name: "a) S 1 (peer", ticks: [100, 50, 20, 5], kib: 2048 },
    { pid: 99, parent: 1, name: "other", ticks: [1, 1, 1, 1], kib: 1 },
    // A thread of the kernel has no memory of its own.
    { pid: 100, parent: 2, name: "kworker", ticks: [1, 1, 0, 0] },
  );
  assert.deepEqual(processes.of({ pid: 10, isWrapped: true }), { cpuSeconds: 2, peakRssBytes: 3 * 2 ** 20 });
  assert.deepEqual(processes.of({ pid: 12, isWrapped: false }), { cpuSeconds: 2, peakRssBytes: 3 * 2 ** 20 });
  assert.equal(processes.of({ pid: 11, isWrapped: false }), undefined);
});

Deno.test({
  name: "ProcessTable.read() knows what a program that runs has cost",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const script =
      "const a = new Uint8Array(64 << 20).fill(1); console.log('ready', a.length); setInterval(() => {}, 1e6)";
    const program = new Program({
      name: "child",
      command: [Deno.execPath(), "eval", "--no-config", script],
      cwd: ".",
    });
    try {
      await program.line("that it is ready", (line) => line.startsWith("ready"));
      const figures = (await ProcessTable.read())?.of(program);
      assert.ok(figures !== undefined);
      assert.ok(figures.peakRssBytes > 64 * 2 ** 20);
      assert.ok(figures.cpuSeconds > 0);
    } finally {
      await program.stop();
    }
  },
});
