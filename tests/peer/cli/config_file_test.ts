import assert from "node:assert/strict";
import { type ConfigFile, ConfigWatch, type LiveOptions } from "../../../peer/cli/config_file.ts";
import type { Command } from "../../../peer/cli/command.ts";
import { readCommandLine } from "../../../peer/cli/command_line.ts";
import { CommandError, ExitCode } from "../../../peer/cli/exit_code.ts";
import { allCommands } from "../../../peer/cli/program.ts";
import { CONFIG_FILE, withSettings } from "../../../peer/cli/settings.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

/** A file in memory, what was taken of it, and what was said. */
class Watched {
  look = "1";
  options: Record<string, unknown>;
  readonly taken: LiveOptions[] = [];
  readonly said: string[] = [];
  refusal: CommandError | undefined;
  readonly #watch: ConfigWatch;

  /** `readAs`: how the file looked when the program began. */
  constructor(options: Record<string, unknown>, readAs = "1") {
    this.options = options;
    this.#watch = new ConfigWatch({
      file: { path: "job.json", options, look: readAs, read: () => this.options },
      // deno-lint-ignore require-await -- it refuses as a promise does
      apply: async (live) => {
        if (this.refusal !== undefined) throw this.refusal;
        this.taken.push(live);
      },
      say: (line) => this.said.push(line),
      look: () => this.look,
    });
  }

  /** Changes the file and looks twice. */
  async change(options: Record<string, unknown>): Promise<void> {
    this.options = options;
    this.look += "+";
    await this.#watch.check();
    await this.#watch.check();
  }

  check(): Promise<void> {
    return this.#watch.check();
  }
}

Deno.test("ConfigWatch takes what may change, names what may not, and leaves alone what is the same", async () => {
  const watched = new Watched({ limitUp: 1000, port: 1, select: ["*.flac"] });
  await watched.change({ limitUp: 2000, port: 2, select: ["*.flac"] });
  assert.deepEqual(watched.taken.map(({ limitUp, select, low }) => [limitUp, select, low]), [
    [2000, ["*.flac"], undefined],
  ]);
  assert.deepEqual(watched.said, [
    "job.json: changed --limit-up",
    "job.json: --port counts from the next start",
  ]);
  await watched.change({ limitUp: 2000, port: 2, select: ["*.flac"] }); // written anew, but not otherwise
  assert.deepEqual([watched.taken.length, watched.said.length], [1, 2]);
  await watched.change({ port: 2 });
  assert.deepEqual(watched.taken.at(-1)?.limitUp, undefined);
  assert.equal(watched.said.at(-1), "job.json: changed --limit-up, --select");
  await watched.change({ encryption: "require", json: true });
  assert.equal(watched.said.at(-1), "job.json: --encryption, --json, --port count from the next start");
});

Deno.test("ConfigWatch waits while the file is being written", async () => {
  const watched = new Watched({});
  watched.options = { sequential: true };
  for (const look of ["2", "3", "4"]) {
    watched.look = look;
    await watched.check();
  }
  assert.deepEqual(watched.taken, []);
  await watched.check();
  assert.equal(watched.taken.length, 1);
  await watched.check();
  assert.equal(watched.taken.length, 1);
});

Deno.test("ConfigWatch takes what has changed before it began to watch, as while torrents were being fetched", async () => {
  const late = new Watched({ limitUp: 1000 }, "0");
  late.options = { limitUp: 2000 };
  await late.check();
  assert.deepEqual(late.taken.map(({ limitUp }) => limitUp), [2000]);
  assert.deepEqual(late.said, ["job.json: changed --limit-up"]);
});

Deno.test("ConfigWatch says what can't be used, and takes the file when it can", async () => {
  const watched = new Watched({});
  watched.refusal = new CommandError("Cannot select x: must be files of album: got none", ExitCode.input);
  await watched.change({ select: ["x"] });
  assert.deepEqual(watched.said, [
    "Cannot select x: must be files of album: got none. All stays as it was",
  ]);
  watched.refusal = undefined;
  await watched.change({ select: ["0"] });
  assert.deepEqual(watched.taken.map(({ select }) => select), [["0"]]);
});

/** What `get` finds as its config file when it is called so. */
async function fileOf(args: string[]): Promise<ConfigFile> {
  const get = allCommands().get("get") as Command;
  const said = await readCommandLine(get, { name: "get" }, args);
  const options = withSettings(get, said?.options ?? {}, allCommands);
  return options[CONFIG_FILE] as ConfigFile;
}

Deno.test("a config file is read again without changing what the command line says", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("job.json");
  await Deno.writeTextFile(path, '{ "limit-up": "1k", "limit-down": "1k", "select": ["0", "2"] }');
  const file = await fileOf(["a.torrent", "--config", path, "--limit-down", "5k", "--no-resume"]);
  const shown = ({ limitUp, limitDown, select, noResume, noWebSeeds }: Record<string, unknown>) => [
    limitUp,
    limitDown,
    select,
    noResume,
    noWebSeeds,
  ];
  assert.deepEqual(file.read(), file.options);
  assert.deepEqual(shown(file.options), [1000, 5000, ["0", "2"], true, undefined]);
  await Deno.writeTextFile(path, '{ "limit-down": "9k", "select": "1", "resume": true, "web-seeds": false }');
  assert.deepEqual(shown(file.read()), [undefined, 5000, ["1"], true, true]);
  await Deno.writeTextFile(path, "{}");
  assert.deepEqual(shown(file.read()), [undefined, 5000, undefined, true, undefined]);
  await Deno.writeTextFile(path, '{ "limit-up": "fast" }');
  assert.throws(() => file.read(), { name: "CommandError", message: /Cannot use "limit-up" in .*A rate is/ });
});
