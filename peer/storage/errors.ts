// What goes wrong with files, in words a user can act on. A StorageError stops the torrent; what was verified
// stays on the disk.

/**
 * What is wrong with the path.
 *
 * - `missing`: nothing is there
 * - `denied`: permissions, or a read-only file system
 * - `full`: no space, quota used up, or a file larger than the file system can hold
 * - `is-directory`: a folder is where a file should be
 * - `not-directory`: a file is where a folder should be
 * - `longer`: a longer file is there already, and writing would destroy it
 * - `outside`: a symbolic link leads out of the torrent's folder
 * - `special`: neither file nor folder: a device, a pipe, a socket
 * - `changed`: another program has removed, replaced or written to the file since the start
 * - `empty`: nothing in it to make a torrent of
 * - `io`: everything else
 */
export type StorageErrorKind =
  | "missing"
  | "denied"
  | "full"
  | "is-directory"
  | "not-directory"
  | "longer"
  | "outside"
  | "special"
  | "changed"
  | "empty"
  | "io";

/** A file or folder can't be used. The message names it and says what to do. */
export class StorageError extends Error {
  /** The name of this kind of error. */
  override readonly name = "StorageError";
  /** Absolute path of the file or folder. */
  readonly path: string;
  /** What kind of trouble it is. */
  readonly kind: StorageErrorKind;

  /** `message` is for people and has the path in it. */
  constructor(message: string, path: string, kind: StorageErrorKind) {
    super(message);
    this.path = path;
    this.kind = kind;
  }
}

interface Explanation {
  kind: StorageErrorKind;
  text: string;
}

const FULL = "free some space and start again; verified pieces are kept";
const EXPLANATIONS: Record<string, Explanation> = {
  ENOENT: { kind: "missing", text: "it does not exist" },
  EACCES: { kind: "denied", text: "permission denied: check who owns it" },
  EPERM: { kind: "denied", text: "the operation is not permitted: check who owns it" },
  EROFS: { kind: "denied", text: "the file system is read-only" },
  NotCapable: { kind: "denied", text: "Deno was not given access to it: see --allow-read and --allow-write" },
  ENOSPC: { kind: "full", text: `the disk is full: ${FULL}` },
  EDQUOT: { kind: "full", text: `the disk quota is used up: ${FULL}` },
  EFBIG: { kind: "full", text: "the file system can't hold a file of that size: choose another disk" },
  EISDIR: { kind: "is-directory", text: "it is a folder, and a file should be there" },
  ENOTDIR: { kind: "not-directory", text: "a part of its path is a file, and a folder should be there" },
  ELOOP: { kind: "outside", text: "its symbolic links lead in a circle" },
  ENAMETOOLONG: { kind: "io", text: "its name is too long for the file system" },
  EMFILE: { kind: "io", text: "too many files are open: raise the limit (ulimit -n)" },
  ENFILE: { kind: "io", text: "the system has too many files open" },
  EIO: { kind: "io", text: "the disk reported an input/output error" },
};

// Some of the runtime's errors carry no code, only "(os error 27)". These are the same on Linux and macOS,
// but for the last two.
const CODES: Record<string, string> = {
  "1": "EPERM",
  "2": "ENOENT",
  "5": "EIO",
  "13": "EACCES",
  "20": "ENOTDIR",
  "21": "EISDIR",
  "23": "ENFILE",
  "24": "EMFILE",
  "27": "EFBIG",
  "28": "ENOSPC",
  "30": "EROFS",
  "69": "EDQUOT",
  "122": "EDQUOT",
};

/** The system's name for an error, "ENOSPC" for one; undefined when it carries none. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ("code" in error && typeof error.code === "string") return error.code;
  return CODES[/\(os error (\d+)\)/.exec(error.message)?.[1] ?? ""];
}

/** Explains what the system said: `action` is "write", "open", "create"… A StorageError passes unchanged. */
export function storageError(action: string, path: string, cause: unknown): StorageError {
  if (cause instanceof StorageError) return cause;
  const known = EXPLANATIONS[errorCode(cause) ?? ""];
  if (known) return new StorageError(`Cannot ${action} ${path}: ${known.text}`, path, known.kind);
  const text = cause instanceof Error ? cause.message : String(cause);
  return new StorageError(`Cannot ${action} ${path}: ${text}`, path, "io");
}

/** A file of `onDisk` bytes is where one of `length` should be. */
export function longerFile({ path, length }: { path: string; length: number }, onDisk: number): StorageError {
  const text = `Cannot write ${path}: a file of ${onDisk} bytes is there and the torrent's has ${length}: ` +
    `move it away or choose another output`;
  return new StorageError(text, path, "longer");
}

/** Another program has changed a file, and so many pieces are wrong by that. */
export function changedFile({ path }: { path: string }, pieces: number): StorageError {
  const text = `Cannot use ${path}: another program has changed it since it was verified, and ${pieces} ` +
    `${pieces === 1 ? "piece is" : "pieces are"} wrong now: start again to fetch what is missing`;
  return new StorageError(text, path, "changed");
}

/** A symbolic link that leads nowhere is where something should be made. */
export function linkInPlace(path: string): StorageError {
  const text = `Cannot create ${path}: a symbolic link is in its place: remove the link`;
  return new StorageError(text, path, "outside");
}
