// `peer seed TORRENT PATH`: gives what is there, and fetches nothing: what is missing is said instead.

import { transfer, type TransferOptions } from "./transfer.ts";

export interface SeedOptions extends TransferOptions {
  /** TCP port for incoming peers. Default any free one. */
  port?: number;
}

/** Runs to the end and returns the exit code; 1 if data is missing or wrong. */
export function seed(source: string, path: string, options: SeedOptions): Promise<number> {
  const jobs = [{ source, pathFor: () => path, mustBeComplete: true }];
  return transfer({ port: options.port ?? 0, jobs, options });
}
