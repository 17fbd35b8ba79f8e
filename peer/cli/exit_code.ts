// The peer program's exit codes: README documents them, scripts rely on them.

/** One number for each way in which a command can end. */
export const ExitCode = {
  /** What was asked for is done. */
  complete: 0,
  /** `verify` found data that is missing or wrong. */
  bad: 1,
  /** The command line, the torrent or a path can't be used as given. */
  input: 2,
  /** The disk refused: full, denied, a folder where a file should be. */
  disk: 3,
  /** The network refused: the port is in use. */
  network: 4,
  /** A mistake of ours: what is printed is for a bug report. */
  bug: 70,
  /** Ended by Ctrl-C (or SIGTERM) before the download was complete, or written where it goes to standard output. */
  interrupted: 130,
} as const;

/** An end that is not a bug: `message` is one line for the person, `code` for the script. */
export class CommandError extends Error {
  override name = "CommandError";
  readonly code: number;

  constructor(message: string, code: number) {
    super(message);
    this.code = code;
  }
}
