// When this machine was started. What the system was told to write survives the end of a process, not that of the machine.

/** Uptime comes in whole seconds, and clocks are set right while they run. */
const TOLERANCE_MS = 5_000;

/** Unix milliseconds, or undefined where this program may not know (`--allow-sys=osUptime`). */
export function bootedAtMs(): number | undefined {
  // Asked for, because a terminal's user would be.
  if (Deno.permissions.querySync({ name: "sys", kind: "osUptime" }).state !== "granted") return undefined;
  return Date.now() - Deno.osUptime() * 1000;
}

/** True if both are known and are the same start of the machine. */
export function isSameBoot(a: number | undefined, b: number | undefined): boolean {
  return a !== undefined && b !== undefined && Math.abs(a - b) <= TOLERANCE_MS;
}
