// The peer program's command line: words and numbers in, one call to a command out.

import { Command, CommanderError, InvalidArgumentError } from "commander";
import { VERSION } from "../../protocol/mod.ts";
import { create, type CreateCommandOptions } from "./create.ts";
import { ExitCode } from "./exit_code.ts";
import { info } from "./info.ts";
import { PLAIN_OUTPUT } from "./plain_output.ts";
import { transfer, type TransferOptions } from "./transfer.ts";
import { verify } from "./verify.ts";

/**
 * Parses `args`, runs the command they name and returns its exit code.
 *
 * @throws {CommandError} for every end that is the user's, the disk's or the network's
 */
export async function runProgram(args: string[]): Promise<number> {
  let code: number = ExitCode.complete;
  const program = new Command("peer")
    .description("Downloads what a torrent is missing, then seeds it. BitTorrent for Deno.")
    .version(VERSION, "-V, --version", "show the version")
    .helpOption("-h, --help", "show this help")
    .enablePositionalOptions() // `peer info --json` is info's flag, not ours
    .argument("<listen-port>", "TCP port for incoming peers; 0 takes a free one", parsePort)
    .argument("<torrent-file>", "the .torrent, or a magnet link")
    .argument("<output>", "the file to write; the folder for a torrent of several files")
    .option("--exit", "leave when complete instead of seeding")
    .option("--json", "print events as JSON, one object a line")
    .option("--verbose", "log connections and messages to standard error")
    .option("--host <address>", "listen on this address only")
    .option("--public-only", "ask web seeds and HTTP trackers only if their addresses are public")
    .action(async (port: number, torrent: string, output: string, options: TransferOptions) => {
      code = await transfer(port, torrent, output, options);
    });
  program.command("create")
    .description("make a torrent of a file or a folder")
    .argument("<path>", "the file or folder")
    .option("-o, --output <file>", "the .torrent to write (default: the path's name with .torrent)")
    .option("-a, --announce <url>", "a tracker; repeat it for more, in order of preference", collect)
    .option("-l, --piece-length <bytes>", "a power of two from 16384 (default: by size)", parsePieceLength)
    .option("-n, --name <name>", "the name inside the torrent (default: the path's)")
    .option("-c, --comment <text>", "a comment for people")
    .option("-w, --web-seed <url>", "an HTTP server that has the data; repeat it for more", collect)
    .option("--source <text>", "a mark that changes the info hash, as private trackers want it")
    .option("--private", "only trackers may name peers (BEP 27)")
    .option("--force", "overwrite the .torrent")
    .action(async (path: string, options: CreateCommandOptions) => {
      code = await create(path, options);
    });
  program.command("info")
    .description("show what a .torrent says")
    .argument("<torrent-file>", "the .torrent")
    .option("--json", "as JSON")
    .action(async (torrent: string, options: { json?: boolean }) => {
      code = await info(torrent, options);
    });
  program.command("verify")
    .description("check data against a torrent: exit code 0 if all is good, 1 if not")
    .argument("<torrent-file>", "the .torrent")
    .argument("<path>", "the file or folder with the data")
    .option("--json", "as JSON")
    .action(async (torrent: string, path: string, options: { json?: boolean }) => {
      code = await verify(torrent, path, options);
    });
  for (const command of [program, ...program.commands]) {
    command.exitOverride().showHelpAfterError("(--help shows what can be said)").configureOutput(
      PLAIN_OUTPUT,
    );
  }
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    // The parser has said what is wrong already. Help and version come here too, with 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.complete : ExitCode.input;
    throw error;
  }
  return code;
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65535) return port;
  throw new InvalidArgumentError("A port is a number from 0 to 65535.");
}

function parsePieceLength(text: string): number {
  const length = Number(text);
  if (/^\d{1,9}$/.test(text) && length >= 16384 && Number.isInteger(Math.log2(length))) return length;
  throw new InvalidArgumentError("A piece length is a power of two, 16384 or more.");
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}
