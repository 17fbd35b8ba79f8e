// Where the peer program keeps what its next start shall know. Beside the data would be in the way of whoever looks at his
// files, so it is where the system's users have such things: $XDG_STATE_HOME, by default ~/.local/state.
// https://specifications.freedesktop.org/basedir-spec/latest/

import { join } from "node:path";
import { environment, isGranted } from "./environment.ts";

/**
 * The folder, which need not exist; undefined where this program may not write there, or can't know where it is. Then
 * nothing is kept, and each start reads what is on the disk.
 */
export function defaultStateFolder(): string | undefined {
  const home = environment("HOME");
  const states = environment("XDG_STATE_HOME") ?? (home && join(home, ".local", "state"));
  if (states === undefined) return undefined;
  const folder = join(states, "seedling");
  const isOurs = (["read", "write"] as const).every((name) => isGranted({ name, path: folder }));
  return isOurs ? folder : undefined;
}
