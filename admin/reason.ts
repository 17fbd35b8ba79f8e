// Why something did not work, in words for people.

import { ApiError } from "./client.ts";
import { text } from "./text.ts";

/** The tracker's own words where it has some. Throws what is no ApiError. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof ApiError)) throw error;
  const { failure } = error;
  if (failure.kind === "refused") return failure.reason ?? text.offline.refused(failure.status);
  return text.offline[failure.kind];
}
