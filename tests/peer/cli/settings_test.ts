import assert from "node:assert/strict";
import { describe } from "../../../peer/cli/command.ts";
import { choice, repeated, text, toggle, valued } from "../../../peer/cli/flags.ts";
import { allCommands } from "../../../peer/cli/program.ts";
import { settingOf, variableOf, withSettings } from "../../../peer/cli/settings.ts";
import { parsePort } from "../../../peer/cli/values.ts";
import { ROOT } from "../../../peer/demo/program_process.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

Deno.test("README names the environment variable of every flag, and no other", async () => {
  const settings = [...allCommands().values()]
    .filter(({ hasNoSettings }) => !hasNoSettings)
    .flatMap(({ flags }) => Object.keys(flags).map(settingOf));
  const readme = await Deno.readTextFile(`${ROOT}README.md`);
  const named = new Set(
    readme.match(/`SEEDLING_(?!TRACKER_)[A-Z_]+[A-Z]`/g)?.map((name) => name.slice(1, -1)),
  );
  assert.deepEqual([...named].toSorted(), [...new Set(settings.map(variableOf))].toSorted());
});

/** Options of every kind. */
interface Said {
  port?: number;
  host?: string;
  select?: string[];
  encryption?: "off" | "required";
  json?: boolean;
  noResume?: boolean;
  config?: string;
}

const COMMAND = describe<Said, []>({
  brief: "for the test",
  flags: {
    port: valued("port", "a port", parsePort),
    host: text("address", "an address"),
    select: repeated("files", "files"),
    encryption: choice("policy", "how", ["off", "required"]),
    json: toggle("as JSON"),
    noResume: toggle("from the beginning"),
    config: text("file", "a config file"),
  },
  words: { kind: "tuple", parameters: [] },
  run: () => Promise.resolve(0),
});

const onlyThis = () => new Map([["", COMMAND]]);

/** The options of a config file alone, without where it is. */
async function optionsOf(config: Record<string, unknown>): Promise<Record<string, unknown>> {
  await using dir = await makeTempDir();
  const path = dir.join("config.json");
  await Deno.writeTextFile(path, JSON.stringify(config));
  const { config: _, configFile: __, ...options } = withSettings(COMMAND, { config: path }, onlyThis);
  return options;
}

Deno.test("a config file sets every kind of flag", async () => {
  const rows: [config: Record<string, unknown>, options: Record<string, unknown>][] = [
    [{}, {}],
    [{ port: 6881, host: "::1" }, { port: 6881, host: "::1" }],
    [{ port: "6881" }, { port: 6881 }],
    [{ select: "*.flac" }, { select: ["*.flac"] }],
    [{ select: ["*.flac", 3] }, { select: ["*.flac", "3"] }],
    [{ select: [] }, {}],
    [{ encryption: "off" }, { encryption: "off" }],
    [{ json: true }, { json: true }],
    [{ json: "no" }, { json: false }],
    [{ resume: false }, { noResume: true }],
    [{ resume: true }, { noResume: false }],
  ];
  for (const [config, options] of rows) assert.deepEqual(await optionsOf(config), options);
});

Deno.test("a config file that can't be used is refused with the place", async () => {
  const rows: [config: Record<string, unknown>, said: RegExp][] = [
    [{ port: 65536 }, /^Cannot use "port" in .*config\.json: A port is a number .* Got 65536$/],
    [{ port: {} }, /"port" in .*: It must be a text or a number\. Got \{\}$/],
    [{ encryption: "on" }, /"encryption" in .*: It must be one of off, required\. Got "on"$/],
    [{ resume: "perhaps" }, /"resume" in .*: It must be true or false\. Got "perhaps"$/],
    [{ "no-resume": true }, /must hold flags without their dashes: got "no-resume"$/],
    [{ prot: 1 }, /must hold flags without their dashes: got "prot"\. Is it "port"\?$/],
    [{ "--port": 1 }, /got "--port"\. Is it "port"\?$/],
    [{ config: "x" }, /got "config"$/],
    [{ constructor: "x" }, /got "constructor"$/],
  ];
  for (const [config, message] of rows) {
    await assert.rejects(optionsOf(config), { name: "CommandError", message });
  }
});

Deno.test("the command line counts more than the environment, that more than the config file", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("config.json");
  await Deno.writeTextFile(path, '{ "port": 1, "host": "::1", "resume": false, "json": true }');
  const variables = {
    SEEDLING_CONFIG: path,
    SEEDLING_PORT: "2",
    SEEDLING_HOST: "::2",
    SEEDLING_RESUME: "yes",
  };
  for (const [name, value] of Object.entries(variables)) Deno.env.set(name, value);
  try {
    const { configFile, ...options } = withSettings(COMMAND, { port: 3 }, onlyThis);
    assert.deepEqual(options, { port: 3, host: "::2", noResume: false, json: true });
    assert.equal((configFile as { path: string }).path, path);
    Deno.env.set("SEEDLING_PORT", "x");
    assert.throws(() => withSettings(COMMAND, {}, onlyThis), {
      message: 'Cannot use SEEDLING_PORT: A port is a number from 0 to 65535. Got "x"',
    });
    assert.deepEqual(withSettings({ ...COMMAND, hasNoSettings: true }, {}, onlyThis), {});
  } finally {
    for (const name of Object.keys(variables)) Deno.env.delete(name);
  }
});

Deno.test("what is said another way where that counts more is not set", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("config.json");
  const rows: [
    name: string,
    config: Record<string, unknown>,
    said: Record<string, unknown>,
    kept: string[],
  ][] = [
    ["get", { exit: true, port: 1 }, { seed: true }, ["port", "seed"]],
    ["get", { seed: true }, { exit: true }, ["exit"]],
    ["get", { exit: true }, { seed: false }, ["exit", "seed"]],
    ["get", { output: "film" }, { dir: "films" }, ["dir"]],
    ["get", { exit: true, "seed-time": "1h" }, {}, ["exit", "seedTime"]],
    ["", { exit: true }, { seedRatio: 2 }, ["seedRatio"]],
    ["", { "seed-idle": 60 }, { exit: true }, ["exit"]],
    ["seed", { resume: false }, { stateDir: "state" }, ["stateDir"]],
  ];
  for (const [name, config, said, kept] of rows) {
    await Deno.writeTextFile(path, JSON.stringify(config));
    const command = allCommands().get(name) ?? COMMAND;
    const options = withSettings(command, { ...said, config: path }, allCommands);
    const names = Object.keys(options).filter((option) => !["config", "configFile"].includes(option));
    assert.deepEqual(names.sort(), kept, JSON.stringify([config, said]));
  }
});

Deno.test("a command without flags needs no config file, and a broken one is not in its way", async () => {
  await using dir = await makeTempDir();
  Deno.env.set("SEEDLING_CONFIG", dir.join("none.json"));
  try {
    for (const name of ["magnet", "completions"]) {
      const command = allCommands().get(name) ?? COMMAND;
      assert.deepEqual(withSettings(command, {}, allCommands), {}, name);
    }
  } finally {
    Deno.env.delete("SEEDLING_CONFIG");
  }
});

Deno.test("a config file that can't be read is refused in words", async () => {
  await using dir = await makeTempDir();
  const rows = [[dir.join("none.json"), "there is no such file"], [dir.path, "it is a folder"]] as const;
  for (const [config, reason] of rows) {
    assert.throws(() => withSettings(COMMAND, { config }, onlyThis), {
      name: "CommandError",
      message: `Cannot read the config file ${config}: ${reason}`,
    });
  }
});

Deno.test({
  name: "a config file that has no end, or is no config file by its length, is not read on and on",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using dir = await makeTempDir();
    const film = dir.join("film.mkv");
    await Deno.writeFile(film, new Uint8Array());
    await Deno.truncate(film, 2 ** 40);
    for (const config of ["/dev/zero", film]) {
      assert.throws(() => withSettings(COMMAND, { config }, onlyThis), {
        name: "CommandError",
        message: `Cannot read the config file ${config}: it is too long: must be no more than 1048576 bytes`,
      });
    }
  },
});
