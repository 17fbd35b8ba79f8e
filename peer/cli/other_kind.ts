// The wrong path for a torrent's data: a file where a folder is wanted, or the other way round.

import type { Metainfo } from "../../protocol/mod.ts";
import { quote } from "../../protocol/quote.ts";
import { CommandError, ExitCode } from "./exit_code.ts";

/**
 * Refuses to `verb` it. Where nothing is, all of it is missing.
 *
 * @throws {CommandError} that says what to name instead
 */
export async function refuseOtherKind(
  { name, isSingleFile }: Metainfo,
  path: string,
  verb: string,
): Promise<void> {
  const there = await Deno.stat(path).catch(() => undefined); // what can't be looked at is told of by who reads it
  if (there === undefined || there.isDirectory !== isSingleFile) return;
  const [wanted, got, kind] = isSingleFile
    ? ["the torrent's only file", "a folder", "file"]
    : ["the folder of the torrent's files", "a file", "folder"];
  throw new CommandError(
    `Cannot ${verb} ${path}: must be ${wanted}: got ${got}: name the ${kind}, ${
      quote(name)
    } if it has kept its name`,
    ExitCode.input,
  );
}
