// Valid states of a download, without their checksums.

import { encodeResume } from "../../../peer/storage/resume_state.ts";
import { makeState, subject } from "../../support/resume_sample.ts";

const SUM_LENGTH = 20;

/** Whose states they are. */
export { subject as SUBJECT };

export async function encodedStates(): Promise<Uint8Array[]> {
  const bytes = await encodeResume(subject, makeState());
  return [bytes.slice(0, -SUM_LENGTH)];
}
