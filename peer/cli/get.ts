// `peer get TORRENT…`: a wget for torrents. Each goes into the folder under its own name; when all are complete, it leaves.

import { join } from "node:path";
import { CommandError, ExitCode } from "./exit_code.ts";
import { hasSeedingGoal } from "./goal.ts";
import { type Job, transfer, type TransferOptions } from "./transfer.ts";

export interface GetOptions extends TransferOptions {
  /** The folder for all of them. Default the present one. */
  dir?: string;
  /** The file or folder for a single torrent; "-" for standard output. */
  output?: string;
  /** TCP port for incoming peers. Default any free one. */
  port?: number;
  /** Go on as a seeder until Ctrl-C. */
  seed?: boolean;
}

/** Runs to the end and returns the exit code. */
export async function get(sources: string[], given: GetOptions): Promise<number> {
  const { output, port = 0 } = given;
  if (output !== undefined && sources.length > 1) {
    throw new CommandError(
      `Cannot write ${sources.length} torrents to ${output}: name a folder for all of them with --dir`,
      ExitCode.input,
    );
  }
  const seeds = given.seed || hasSeedingGoal(given);
  const options = seeds ? given : { ...given, exit: true };
  if (output === "-") {
    const { getToStandardOutput } = await import("./standard_output.ts");
    return await getToStandardOutput(sources[0] as string, { port, options });
  }
  const jobs = sources.map((source): Job => ({
    source,
    pathFor: ({ name }) => output ?? join(given.dir ?? ".", name),
  }));
  return await transfer({ port, jobs, options });
}
