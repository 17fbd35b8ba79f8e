// Closing a socket that somebody else may have closed already.

/** Closes `conn` if it is still open. */
export function hangUp(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
