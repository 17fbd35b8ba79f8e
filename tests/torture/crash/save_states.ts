// Saves states of a download one after the other, as the peer does, and says so after each. Arguments: the folder, how many.

import { ResumeFile } from "../../../peer/storage/resume_file.ts";
import { makeState, subject } from "../../support/resume_sample.ts";

const [folder = "", count] = Deno.args;
const file = new ResumeFile(folder, subject);
for (let n = 1; n <= Number(count); n++) {
  await file.save({ ...makeState(), downloaded: n });
  console.log(`saved ${n}`);
}
