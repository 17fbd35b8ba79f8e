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
  for (const signal of SIGNALS) Deno.addSignalListener(signal, onSignal);
  return {
    stop() {
      for (const signal of SIGNALS) Deno.removeSignalListener(signal, onSignal);
    },
  };
}
