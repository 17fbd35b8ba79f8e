// Says what goes wrong again and again once a minute: a line for each attempt would fill the disk that the log is on.

const PAUSE_MS = 60_000;

/** `log` for one kind of trouble. `now` is a clock in milliseconds. */
export function seldom(
  log: (line: string) => void,
  now: () => number = () => performance.now(),
): (line: string) => void {
  let saidAt = -Infinity;
  return (line) => {
    if (now() - saidAt < PAUSE_MS) return;
    saidAt = now();
    log(line);
  };
}
