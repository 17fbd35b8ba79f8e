// What the tracker's core needs of a store that it shares with other trackers: scripts that run there, in one round trip
// each. redis_link.ts has one over a socket.

/** A script of the store's, in Redis' Lua. */
export interface StoreScript {
  readonly name: string;
  readonly text: string;
}

/** What a script is given besides its keys. */
export type StoreArgument = string | number | Uint8Array;

/** Why the store did not do what it was asked to. The message is for the operator. */
export class StoreError extends Error {
  override name = "StoreError";
  /** Whether the store as a whole can't be used for now; else it is this one question that went wrong. */
  readonly isOutage: boolean;

  constructor(message: string, { isOutage, cause }: { isOutage: boolean; cause?: unknown }) {
    super(message, { cause });
    this.isOutage = isOutage;
  }
}

/** A way to the store. */
export interface StoreLink {
  /** Whether the store answers, as far as is known. */
  readonly isUp: boolean;
  /**
   * Runs a script there. Questions that are asked in a row travel together.
   *
   * @throws {StoreError} at once if the store is away, or too many questions wait for it; else the promise rejects with one.
   */
  run(script: StoreScript, keys: readonly string[], args: readonly StoreArgument[]): Promise<unknown>;
  /** Tells the operator of one question that went wrong, though the store can be used: now and then, not every time. */
  tell(error: StoreError): void;
}
