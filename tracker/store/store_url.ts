// The address of a store, as the operator gives it.

/**
 * Checks one.
 *
 * @throws {RangeError} if it is none.
 */
export function checkStoreUrl(text: string): void {
  const url = URL.parse(text);
  const isUsable = url !== null && /^rediss?:$/.test(url.protocol) && url.hostname !== "" &&
    /^(\/\d*)?$/.test(url.pathname) && url.search === "" && url.hash === "";
  if (isUsable) return;
  // What it was isn't said: there may be a password in it.
  throw new RangeError(
    "Cannot use the store: must be redis://[user:password@]host[:port][/number], or rediss://…",
  );
}

/** One as it may be shown: without user and password. */
export function shownStoreUrl(text: string): string {
  const { host, pathname, protocol } = new URL(text);
  return `${protocol}//${host}${pathname}`;
}
