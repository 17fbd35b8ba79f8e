// The flags of every command that downloads or seeds, in one place.

import { type Command, Option } from "commander";
import type { Encryption } from "../mod.ts";
import { collect, parseCount, parseDuration, parseHttpUrl, parseRate, parseRatio } from "./values.ts";

/** Adds them to a command. */
export function addTransferFlags(command: Command): Command {
  return command
    .option(
      "--seed-ratio <ratio>",
      "leave when so many times the download has been given, in all runs",
      parseRatio,
    )
    .option("--seed-time <time>", "leave so long after completion: 90, 90s, 30m, 12h, 7d", parseDuration)
    .option("--seed-idle <time>", "leave when nobody has taken anything for so long", parseDuration)
    .option("--super-seeding", "give each piece once, as the first seeder with a slow line (BEP 16)")
    .option("--json", "print events as JSON, one object a line")
    .option("--verbose", "log connections and messages to standard error")
    .option("--host <address>", "listen on this address only")
    .option(
      "--limit-down <rate>",
      "receive so many bytes a second at most: 800k, 1.5M; 0 for no limit",
      parseRate,
    )
    .option("--limit-up <rate>", "send so many bytes a second at most", parseRate)
    .option("--torrent-limit-down <rate>", "the same for each torrent by itself", parseRate)
    .option("--torrent-limit-up <rate>", "the same for each torrent by itself", parseRate)
    .option("--max-connections <number>", "connections of all torrents at most (default: 500)", parseCount)
    .addOption(
      new Option("--encryption <policy>", "encrypt connections to peers (default: allowed)")
        .choices(["off", "allowed", "preferred", "required"] satisfies Encryption[]),
    )
    .option("--no-web-seeds", "download from peers only, not from the web servers that torrents name")
    .option("--public-only", "ask web seeds, trackers and peers only if their addresses are public")
    .option("--recheck", "read all that is on the disk, also what has not changed since the last run")
    .option(
      "--state-dir <folder>",
      "where to keep what the next start shall know (default: ~/.local/state/seedling)",
    )
    .option("--no-resume", "keep nothing for the next start, and read everything at this one")
    .option(
      "--on-complete <url>",
      "post a JSON object to this address when a torrent is complete",
      parseHttpUrl,
    )
    .option("--config <file>", "a config file (default: ~/.config/seedling/config.json)");
}

/** Adds the flags of commands that download. */
export function addDownloadFlags(command: Command): Command {
  return command
    .option(
      ...repeated(
        "--select <files>",
        "only these: numbers as info shows them (0,2-5) or a pattern (*.flac); may be repeated",
      ),
    )
    .option(...repeated("--high <files>", "fetch these before the others; may be repeated"))
    .option(...repeated("--low <files>", "fetch these after the others; may be repeated"))
    .option("--sequential", "fetch the pieces in their order, which is slower for everybody");
}

/** A flag that may be given several times, as arguments for `Command.option()`. */
export function repeated(
  flags: string,
  description: string,
  parse: (text: string) => string = (text) => text,
): [string, string, (value: string, before?: string[]) => string[]] {
  return [flags, description, (value, before) => collect(parse(value), before)];
}
