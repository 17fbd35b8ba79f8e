// Ctrl-C and its relatives: the first asks, the second leaves at once.

import { ExitCode } from "./exit_code.ts";

// Windows knows only these two of the three.
const SIGNALS: Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];

/** One Ctrl-C may come twice: from the terminal, and passed on by `deno task` or npx. Nobody presses it twice so soon. */
const SAME_MS = 500;

/** Calls `leave` at the first signal to end. A second one ends the program without another word. */
export function onInterrupt(leave: () => void): { stop(): void } {
  let askedAt: number | undefined;
  const onSignal = () => {
    if (askedAt === undefined) {
      askedAt = performance.now();
      leave();
    } else if (performance.now() - askedAt > SAME_MS) {
      Deno.exit(ExitCode.interrupted);
    }
  };
  const onHangup = hasTerminal() ? onSignal : () => {};
  const listeners = SIGNALS.map((signal) => [signal, signal === "SIGHUP" ? onHangup : onSignal] as const);
  for (const [signal, listener] of listeners) Deno.addSignalListener(signal, listener);
  return {
    stop() {
      for (const [signal, listener] of listeners) Deno.removeSignalListener(signal, listener);
    },
  };
}

/**
 * True if there is a window that can be closed: without one SIGHUP means nothing. `nohup` has it ignored, which the runtime
 * undoes and nothing tells us of; but it takes the terminal away, too: all of it, on macOS all but standard input.
 */
function hasTerminal(): boolean {
  const streams = Deno.build.os === "darwin"
    ? [Deno.stdout, Deno.stderr]
    : [Deno.stdin, Deno.stdout, Deno.stderr];
  return streams.some((stream) => stream.isTerminal());
}
