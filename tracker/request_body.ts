// A request's body, up to a limit: who sends more is not read to the end.

import { concat } from "../protocol/bytes.ts";

/** The body, or undefined if it has more than so many bytes. */
export async function readBody(request: Request, most: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (Number(request.headers.get("content-length") ?? 0) > most) return undefined;
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of request.body ?? []) {
    length += part.length;
    if (length > most) return undefined;
    parts.push(part);
  }
  return concat(parts);
}
