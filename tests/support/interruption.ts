// What a run that is interrupted takes with it: the programs that it has started and the folders that it has made. They
// outlive the process that made them, and whoever was to end them in order is not heard any more.

import { withTimeout } from "./drivers/program.ts";

const SIGNALS: Deno.Signal[] = ["SIGINT", "SIGTERM"];
const INTERRUPTED = 130;
/** What was interrupted may take so long to break. */
const BREAKING_MS = 5_000;

const open = new Set<() => Promise<unknown>>();
let isOver = false;

/** Does it; SIGINT and SIGTERM end everything that has begun by then, and the process. */
export async function interruptibly<T>(work: () => Promise<T>): Promise<T> {
  let working: Promise<unknown> = Promise.resolve();
  const interrupt = async () => {
    if (isOver) return;
    isOver = true;
    // What breaks from now on is no news, and must not end the process before its time.
    globalThis.addEventListener("unhandledrejection", (event) => event.preventDefault());
    await endAll();
    // It may have been about to make a folder inside one that is gone.
    await withTimeout(working, BREAKING_MS);
    await endAll();
    Deno.exit(INTERRUPTED);
  };
  for (const signal of SIGNALS) Deno.addSignalListener(signal, interrupt);
  try {
    const result = work();
    working = result.catch(() => {});
    return await result;
  } finally {
    // What was interrupted ends or breaks early, and has nothing more to say.
    if (isOver) await new Promise<never>(() => {});
    for (const signal of SIGNALS) Deno.removeSignalListener(signal, interrupt);
  }
}

/** The run was interrupted: what fails from now on, fails for that. */
export function isInterrupted(): boolean {
  return isOver;
}

/**
 * To be called before something begins that `end` ends; an interrupted run waits for that. Returns what is to be called
 * when it has ended in order.
 *
 * @throws if the run was interrupted: nothing more may begin
 */
export function beginning(end: () => Promise<unknown>): () => void {
  if (isOver) throw new Error("Cannot begin anything more: the run was interrupted");
  open.add(end);
  return () => open.delete(end);
}

/** The last first. */
async function endAll(): Promise<void> {
  for (const end of [...open].reverse()) {
    try {
      await end();
    } catch (error) {
      console.error(error); // and the others have their turn
    }
  }
}
