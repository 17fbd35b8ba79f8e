// The peer program's command line: words and numbers in, one call to a command out. A command is loaded when it is called:
// most of a start's time goes into reading code.

import { Argument, Command, CommanderError } from "commander";
import { VERSION } from "../../protocol/version.ts";
import type { Shell } from "./completions.ts";
import type { CreateCommandOptions } from "./create.ts";
import type { EditOptions } from "./edit.ts";
import { CommandError, ExitCode } from "./exit_code.ts";
import type { GetOptions } from "./get.ts";
import { PLAIN_OUTPUT } from "./plain_output.ts";
import type { SeedOptions } from "./seed.ts";
import { applySettings, settingOf } from "./settings.ts";
import { addDownloadFlags, addTransferFlags, repeated } from "./transfer_flags.ts";
import type { TransferOptions } from "./transfer.ts";
import { parseHttpUrl, parsePieceLength, parsePort } from "./values.ts";

const TORRENT_FILE = "the .torrent";
const JSON_FLAG = "--json";

/**
 * Parses `args`, runs the command they name and returns its exit code.
 *
 * @throws {CommandError} for every end that is the user's, the disk's or the network's
 */
export async function runProgram(args: string[]): Promise<number> {
  let code: number = ExitCode.complete;
  const program = describeProgram(async (run) => {
    code = await run;
  });
  refuseUnknown(args[0] ?? "", program);
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    // The parser has said what is wrong already. Help and version come here too, with 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.complete : ExitCode.input;
    throw error;
  }
  return code;
}

/** A word in the port's place is a command that was meant, and not an output that is missing. */
function refuseUnknown(word: string, program: Command): void {
  const names = program.commands.map((command) => command.name());
  if (!/^[a-z]+$/i.test(word) || word === "help" || names.includes(word)) return;
  throw new CommandError(
    `Cannot do that: must be a port or one of ${
      names.join(", ")
    }: got ${word} (--help shows what can be said)`,
    ExitCode.input,
  );
}

/** All that can be said; `end` is given what the command that was said comes to. */
export function describeProgram(end: (code: Promise<number>) => Promise<void>): Command {
  const program = new Command("peer")
    .description(
      "BitTorrent for Deno. With a port, a torrent and an output: downloads what is missing, then seeds.",
    )
    .version(VERSION, "-V, --version", "show the version")
    .helpOption("-h, --help", "show this help")
    .enablePositionalOptions() // `peer info --json` is info's flag, not ours
    .argument("<listen-port>", "TCP port for incoming peers; 0 takes a free one", parsePort)
    .argument("<torrent-file>", `${TORRENT_FILE}, its http(s) address, or a magnet link`)
    .argument("<output>", "the file to write; the folder for a torrent of several files")
    .option("--exit", "leave when complete instead of seeding")
    .action((port: number, source: string, output: string, options: TransferOptions) =>
      end(
        import("./transfer.ts").then(({ transfer }) =>
          transfer({ port, jobs: [{ source, pathFor: () => output }], options })
        ),
      )
    );
  addDownloadFlags(program);
  addTransferFlags(program);
  describeTransfers(program, end);
  describeTools(program, end);
  const known = new Set([program, ...program.commands].flatMap(({ options }) => options.map(settingOf)));
  program.hook("preAction", (_, command) => applySettings(command, known));
  for (const command of [program, ...program.commands]) {
    command.exitOverride().showHelpAfterError("(--help shows what can be said)").configureOutput(
      PLAIN_OUTPUT,
    );
  }
  return program;
}

/** What downloads and seeds. */
function describeTransfers(program: Command, end: (code: Promise<number>) => Promise<void>): void {
  const get = program.command("get")
    .description("download torrents, each under its own name, and leave: a wget for torrents")
    .argument("<torrent...>", ".torrent files, their http(s) addresses, or magnet links")
    .option("-d, --dir <folder>", "where they go (default: the present folder)")
    .option("-o, --output <path>", "the file or folder for a single torrent; - for standard output")
    .option("-p, --port <port>", "TCP port for incoming peers (default: a free one)", parsePort)
    .option("--seed", "go on as a seeder until Ctrl-C")
    .option("--exit", "leave when complete, which it does anyway unless told to seed")
    .action((sources: string[], options: GetOptions) =>
      end(import("./get.ts").then(({ get }) => get(sources, options)))
    );
  const seed = program.command("seed")
    .description("give what is there to others until Ctrl-C; exit code 1 if something is missing")
    .argument("<torrent>", `${TORRENT_FILE}, its http(s) address, or a magnet link`)
    .argument("<path>", "the file or folder with the data")
    .option("-p, --port <port>", "TCP port for incoming peers (default: a free one)", parsePort)
    .action((source: string, path: string, options: SeedOptions) =>
      end(import("./seed.ts").then(({ seed }) => seed(source, path, options)))
    );
  addDownloadFlags(get);
  for (const command of [get, seed]) addTransferFlags(command);
}

/** What makes, shows, checks and changes. */
function describeTools(program: Command, end: (code: Promise<number>) => Promise<void>): void {
  program.command("create")
    .description("make a torrent of a file or a folder")
    .argument("<path>", "the file or folder")
    .option("-o, --output <file>", "the .torrent to write (default: the path's name with .torrent)")
    .option(...repeated("-a, --announce <url>", "a tracker; repeat it for more, in order of preference"))
    .option("-l, --piece-length <bytes>", "a power of two from 16384 (default: by size)", parsePieceLength)
    .option("-n, --name <name>", "the name inside the torrent (default: the path's)")
    .option("-c, --comment <text>", "a comment for people")
    .option(...repeated("-w, --web-seed <url>", "an HTTP server that has the data; repeat it for more"))
    .option("--source <text>", "a mark that changes the info hash, as private trackers want it")
    .option("--private", "only trackers may name peers (BEP 27)")
    .option("--force", "overwrite the .torrent")
    .option("--config <file>", "a config file (JSON: flags without their dashes)")
    .action((path: string, options: CreateCommandOptions) =>
      end(import("./create.ts").then(({ create }) => create(path, options)))
    );
  program.command("info")
    .description("show what a .torrent says")
    .argument("<torrent-file>", TORRENT_FILE)
    .option(JSON_FLAG, "as JSON")
    .action((torrent: string, options: { json?: boolean }) =>
      end(import("./info.ts").then(({ info }) => info(torrent, options)))
    );
  program.command("verify")
    .description("check data against a torrent: exit code 0 if all is good, 1 if not")
    .argument("<torrent-file>", TORRENT_FILE)
    .argument("<path>", "the file or folder with the data")
    .option(JSON_FLAG, "as JSON")
    .action((torrent: string, path: string, options: { json?: boolean }) =>
      end(import("./verify.ts").then(({ verify }) => verify(torrent, path, options)))
    );
  program.command("magnet")
    .description("print the magnet link of a torrent")
    .argument("<torrent-file>", TORRENT_FILE)
    .action((torrent: string) => end(import("./magnet.ts").then(({ magnet }) => magnet(torrent))));
  program.command("edit")
    .description("change what stands in a .torrent around its info hash")
    .argument("<torrent-file>", TORRENT_FILE)
    .option("-o, --output <file>", "write it here (default: in its place)")
    .option(...repeated("-a, --announce <url>", "these trackers instead, in order of preference"))
    .option("--no-announce", "no trackers")
    .option(...repeated("-w, --web-seed <url>", "these web seeds instead", parseHttpUrl))
    .option("--no-web-seed", "no web seeds")
    .option("-c, --comment <text>", "this comment instead")
    .option("--no-comment", "no comment")
    .option("--private", "only trackers may name peers (BEP 27); changes the info hash")
    .option("--no-private", "peers may come from anywhere; changes the info hash")
    .option("--allow-new-info-hash", "let the info hash change: it is another torrent then")
    .action((torrent: string, options: EditOptions) =>
      end(import("./edit.ts").then(({ edit }) => edit(torrent, options)))
    );
  program.command("completions")
    .description("print what makes a shell complete this program's commands and flags")
    .addArgument(new Argument("<shell>").choices(["bash", "zsh", "fish"] satisfies Shell[]))
    .action((shell: Shell) =>
      end(import("./completions.ts").then(({ completions }) => completions(shell, program)))
    );
}
