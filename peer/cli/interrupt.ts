// Ctrl-C and its relatives: the first asks, the second leaves at once.

import { ExitCode } from "./exit_code.ts";

// Windows knows only these two of the three.
const SIGNALS: Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];

/** Calls `leave` at the first signal to end. A second one ends the program without another word. */
export function onInterrupt(leave: () => void): { stop(): void } {
  let isAsked = false;
  const onSignal = () => {
    if (isAsked) Deno.exit(ExitCode.interrupted);
    isAsked = true;
    leave();
  };
  for (const signal of SIGNALS) Deno.addSignalListener(signal, onSignal);
  return {
    stop() {
      for (const signal of SIGNALS) Deno.removeSignalListener(signal, onSignal);
    },
  };
}
