// The kinds of trouble that bytes from outside can make, one class each, so that a catch says what it handles.
// Whoever calls decides what follows: a connection closed, a file refused, a tracker asked again later.

/** A peer broke the wire protocol (BEP 3, "peer protocol"): its connection is to be closed. */
export class ProtocolError extends Error {
  /** The name of the class. */
  override name = "ProtocolError";
}

/** Bytes are not bencode (BEP 3, "bencoding"), or go beyond a limit. */
export class BencodeError extends Error {
  /** The name of the class. */
  override name = "BencodeError";
  /** Where in the input, in bytes from its start, the trouble was noticed. */
  readonly offset: number;
  /** What is wrong there, without the place: for a message of the caller's own. */
  readonly reason: string;

  /** `reason` is what is wrong, `offset` where, in bytes from the start. */
  constructor(reason: string, offset: number) {
    super(`Cannot decode bencode: ${reason} at byte ${offset}`);
    this.reason = reason;
    this.offset = offset;
  }
}

/** A .torrent, or its `info` dictionary, can't be used (BEP 3, "metainfo files"). The message names the field. */
export class MetainfoError extends Error {
  /** The name of the class. */
  override name = "MetainfoError";
  /** The field at fault as a path, such as `info.files[3].length`; empty if it is the file as a whole. */
  readonly field: string;
  /** What is wrong, with the field: the message without its beginning. */
  readonly reason: string;

  /** `reason` is what is wrong, with the field; `options.action` what was tried, default `parse`. */
  constructor(reason: string, field: string, options: ErrorOptions & { action?: "parse" | "encode" } = {}) {
    super(`Cannot ${options.action ?? "parse"} metainfo: ${reason}`, options);
    this.reason = reason;
    this.field = field;
  }
}

/** A text is not a magnet link that can be used (BEP 9, "magnet URI format"). */
export class MagnetError extends Error {
  /** The name of the class. */
  override name = "MagnetError";
}

/** Client side: a tracker refused, or its answer can't be read (BEP 3, "trackers"). Try again later. */
export class TrackerError extends Error {
  /** The name of the class. */
  override name = "TrackerError";
  /** Seconds after which the tracker wants to be asked again (BEP 31); Infinity for never; undefined if not said. */
  readonly retryInSeconds: number | undefined;

  /** `message` says what the tracker, or its answer, had. */
  constructor(message: string, retryInSeconds?: number) {
    super(message);
    this.retryInSeconds = retryInSeconds;
  }
}

/** Tracker side: an announce or scrape can't be answered. The message is the failure reason that the client is told. */
export class TrackerRequestError extends Error {
  /** The name of the class. */
  override name = "TrackerRequestError";
}
