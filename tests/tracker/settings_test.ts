import assert from "node:assert/strict";
import { configSchema, FLAGS, settingName, variableName } from "../../tracker/flags.ts";
import { readSettings, type Settings, SettingsError } from "../../tracker/settings.ts";

interface Given {
  args?: string[];
  environment?: Record<string, string>;
  files?: Record<string, unknown>;
}

function settings({ args = [], environment = {}, files = {} }: Given): Settings {
  return readSettings(args, {
    variable: (name) => environment[name],
    readFile: (path) => {
      const file = files[path];
      if (file === undefined) throw new Error(`no such file: ${path}`);
      return typeof file === "string" ? file : JSON.stringify(file);
    },
  });
}

Deno.test("without anything nothing is set", () => {
  assert.deepEqual(settings({}), {});
});

Deno.test("the command line counts more than the environment, that more than the config file", () => {
  const files = {
    "t.json": { $schema: "x", port: 1, interval: 11, minPort: 111, trustProxy: ["::1"], memory: true },
  };
  const environment = {
    SEEDLING_TRACKER_PORT: "2",
    SEEDLING_TRACKER_INTERVAL: "22",
    SEEDLING_TRACKER_CONFIG: "t.json",
  };
  assert.deepEqual(settings({ args: ["--port", "3"], environment, files }), {
    config: "t.json",
    port: 3,
    interval: 22,
    minPort: 111,
    trustProxy: ["::1"],
    memory: true,
  });
});

Deno.test("every setting can be given in all three ways, with the same result", () => {
  for (const flag of FLAGS) {
    const name = settingName(flag.name);
    const words = "words" in flag ? flag.words : undefined;
    const [text, value] = flag.kind === "number"
      ? [String(flag.most), flag.most]
      : flag.kind === "switch"
      ? ["true", true]
      : flag.kind === "list"
      ? ["10.0.0.0/8,::1", ["10.0.0.0/8", "::1"]]
      : [words?.[0] ?? "text", words?.[0] ?? "text"];
    const args = flag.kind === "switch" ? [`--${flag.name}`] : [`--${flag.name}`, text];
    const expected = { [name]: value };
    assert.deepEqual(settings({ args }), expected);
    assert.deepEqual(settings({ environment: { [variableName(flag.name)]: text } }), expected);
    assert.deepEqual(settings({ args: ["--config", "c"], files: { c: expected } }), {
      config: "c",
      ...expected,
    });
  }
});

Deno.test("a list may be given in several flags", () => {
  const args = ["--trust-proxy", "10.0.0.0/8", "--trust-proxy", "::1, ::2"];
  assert.deepEqual(settings({ args }).trustProxy, ["10.0.0.0/8", "::1", "::2"]);
});

for (
  const { given, message } of [
    {
      given: { environment: { SEEDLING_TRACKER_PORT: "70000" } },
      message:
        'Cannot use SEEDLING_TRACKER_PORT of the environment: must be a whole number from 0 to 65535: got "70000"',
    },
    {
      given: { environment: { SEEDLING_TRACKER_MEMORY: "yes" } },
      message: 'Cannot use SEEDLING_TRACKER_MEMORY of the environment: must be true or false: got "yes"',
    },
    {
      given: { environment: { SEEDLING_TRACKER_LOG_FORMAT: "xml" } },
      message: 'Cannot use SEEDLING_TRACKER_LOG_FORMAT of the environment: must be text or json: got "xml"',
    },
    {
      given: { files: { c: { prot: 1 } } },
      message: 'Cannot use the config file c: there is no setting "prot"',
    },
    {
      given: { files: { c: { port: "6969" } } },
      message: 'Cannot use the config file c: port: must be a whole number from 0 to 65535: got "6969"',
    },
    {
      given: { files: { c: { port: 1.5 } } },
      message: 'Cannot use the config file c: port: must be a whole number from 0 to 65535: got "1.5"',
    },
    {
      given: { files: { c: { trustProxy: "::1" } } },
      message: 'Cannot use the config file c: trustProxy: must be a list of texts: got "::1"',
    },
    { given: { files: { c: [] } }, message: "Cannot use the config file c: it must be an object" },
    { given: { files: { c: "{" } }, message: /^Cannot use the config file c: .*JSON/ },
    { given: {}, message: "Cannot use the config file c: no such file: c" },
  ]
) {
  Deno.test(`settings are refused with ${message}`, () => {
    const args = "environment" in given ? [] : ["--config", "c"];
    assert.throws(() => settings({ args, ...given }), (error) => {
      assert.ok(error instanceof SettingsError);
      if (message instanceof RegExp) assert.match(error.message, message);
      else assert.equal(error.message, message);
      return true;
    });
  });
}

Deno.test("the published schema of the config file is that of the settings", async () => {
  const file = new URL("../../tracker/config_schema.json", import.meta.url);
  assert.deepEqual(JSON.parse(await Deno.readTextFile(file)), configSchema());
});

Deno.test("the example of a config file can be used", async () => {
  const path = new URL("../../tracker/examples/tracker.json", import.meta.url).pathname;
  const example = await Deno.readTextFile(path);
  assert.equal(settings({ args: ["--config", path], files: { [path]: example } }).minPort, 1024);
});
