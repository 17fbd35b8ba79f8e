import assert from "node:assert/strict";
import { VERSION } from "../../protocol/version.ts";
import { configSchema, FLAGS, settingName, variableName } from "../../tracker/flags.ts";
import { readCommandLine } from "../../tracker/command_line.ts";
import { readSettings, type Settings, SettingsError } from "../../tracker/settings.ts";

interface Given {
  args?: string[];
  environment?: Record<string, string>;
  files?: Record<string, unknown>;
}

async function settings({ args = [], environment = {}, files = {} }: Given): Promise<Settings> {
  const said = await readCommandLine(args);
  assert.ok(said);
  return readSettings(said.settings, {
    variable: (name) => environment[name],
    readFile: (path) => {
      const file = files[path];
      if (file === undefined) throw new Error(`no such file: ${path}`);
      return typeof file === "string" ? file : JSON.stringify(file);
    },
  });
}

Deno.test("without anything nothing is set", async () => {
  assert.deepEqual(await settings({}), {});
  const environment = { SEEDLING_TRACKER_CONFIG: "", SEEDLING_TRACKER_PORT: "" };
  assert.deepEqual(await settings({ environment }), {});
});

Deno.test("the command line counts more than the environment, that more than the config file", async () => {
  const files = {
    "t.json": { $schema: "x", port: 1, interval: 11, minPort: 111, trustProxy: ["::1"], memory: true },
  };
  const environment = {
    SEEDLING_TRACKER_PORT: "2",
    SEEDLING_TRACKER_INTERVAL: "22",
    SEEDLING_TRACKER_CONFIG: "t.json",
  };
  assert.deepEqual(await settings({ args: ["--port", "3"], environment, files }), {
    config: "t.json",
    port: 3,
    interval: 22,
    minPort: 111,
    trustProxy: ["::1"],
    memory: true,
  });
});

Deno.test("every setting can be given in all three ways, with the same result", async () => {
  for (const flag of FLAGS) {
    const name = settingName(flag.name);
    const words = "words" in flag ? flag.words : undefined;
    const [text, value] = flag.kind === "number"
      ? [String(flag.least), flag.least]
      : flag.kind === "switch"
      ? ["true", true]
      : flag.kind === "list"
      ? ["10.0.0.0/8,::1", ["10.0.0.0/8", "::1"]]
      : [words?.[0] ?? "text", words?.[0] ?? "text"];
    const args = flag.kind === "switch" ? [`--${flag.name}`] : [`--${flag.name}`, text];
    // The one that isn't taken alone.
    const others = flag.name === "proxy-protocol" ? { SEEDLING_TRACKER_TRUST_PROXY: "::1" } : {};
    const given = { [name]: value };
    const expected = { ...given, ...(flag.name === "proxy-protocol" && { trustProxy: ["::1"] }) };
    const environment = { ...others, [variableName(flag.name)]: text };
    assert.deepEqual(await settings({ args, environment: others }), expected);
    assert.deepEqual(await settings({ environment }), expected);
    const files = { c: given };
    assert.deepEqual(await settings({ args: ["--config", "c"], environment: others, files }), {
      config: "c",
      ...expected,
    });
  }
});

Deno.test("what says the same by another name counts as the place does where it is said", async () => {
  const rows: [given: Given, expected: Settings][] = [
    [
      { args: ["--admin-token", "t"], environment: { SEEDLING_TRACKER_ADMIN_TOKEN_FILE: "f" } },
      { adminToken: "t" },
    ],
    [
      { args: ["--admin-token-file", "f"], environment: { SEEDLING_TRACKER_ADMIN_TOKEN: "t" } },
      { adminTokenFile: "f" },
    ],
    [
      {
        args: ["--config", "c"],
        environment: { SEEDLING_TRACKER_DATA: "d" },
        files: { c: { memory: true, adminTokenFile: "f" } },
      },
      { config: "c", data: "d", adminTokenFile: "f" },
    ],
    [{ args: ["--memory"], environment: { SEEDLING_TRACKER_DATA: "d" } }, { memory: true }],
    [
      {
        args: ["--config", "c"],
        environment: { SEEDLING_TRACKER_MEMORY: "false" },
        files: { c: { data: "d" } },
      },
      { config: "c", data: "d", memory: false },
    ],
    [
      { args: ["--admin-port", "7000"], environment: { SEEDLING_TRACKER_NO_ADMIN: "true" } },
      { adminPort: 7000 },
    ],
    [
      { args: ["--no-admin"], environment: { SEEDLING_TRACKER_ADMIN_PORT: "7000" } },
      { noAdmin: true },
    ],
    [
      {
        args: ["--config", "c"],
        environment: { SEEDLING_TRACKER_ADMIN_HOST: "::1" },
        files: { c: { noAdmin: true } },
      },
      { config: "c", adminHost: "::1" },
    ],
    [
      { args: ["--admin-public-stats"], environment: { SEEDLING_TRACKER_NO_ADMIN: "1" } },
      { adminPublicStats: true },
    ],
    [
      { args: ["--no-admin"], environment: { SEEDLING_TRACKER_ADMIN_TOKEN: "t" } },
      { noAdmin: true, adminToken: "t" },
    ],
  ];
  for (const [given, expected] of rows) assert.deepEqual(await settings(given), expected);
});

Deno.test("two flags that speak of the same matter are refused, and none of them is ignored", async () => {
  const rows: [args: string[], one: string, other: string][] = [
    [["--memory", "--data", "d"], "--data", "--memory"],
    [["--admin-token-file", "f", "--admin-token", "t"], "--admin-token", "--admin-token-file"],
    [["--no-admin", "--admin-port", "0"], "--no-admin", "--admin-port"],
  ];
  for (const [args, one, other] of rows) {
    await assert.rejects(settings({ args }), {
      name: "SettingsError",
      message: `Cannot use both ${one} and ${other}: leave one out`,
    });
  }
});

Deno.test("a list may be given in several flags", async () => {
  const args = ["--trust-proxy", "10.0.0.0/8", "--trust-proxy=::1, ::2"];
  assert.deepEqual((await settings({ args })).trustProxy, ["10.0.0.0/8", "::1", "::2"]);
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
      message: 'Cannot use the config file c: there is no setting "prot": is it "port"?',
    },
    {
      given: { files: { c: { "max-peers": 1 } } },
      message: 'Cannot use the config file c: there is no setting "max-peers": is it "maxPeers"?',
    },
    {
      given: { files: { c: { colour: 1 } } },
      message: 'Cannot use the config file c: there is no setting "colour"',
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
  Deno.test(`settings are refused with ${message}`, async () => {
    const args = "environment" in given ? [] : ["--config", "c"];
    await assert.rejects(settings({ args, ...given }), (error) => {
      assert.ok(error instanceof SettingsError);
      if (message instanceof RegExp) assert.match(error.message, message);
      else assert.equal(error.message, message);
      return true;
    });
  });
}

for (
  const { args, environment = {}, said } of [
    {
      args: ["--interval", "30"],
      environment: { SEEDLING_TRACKER_MIN_INTERVAL: "60" },
      said: "Cannot use --min-interval 60: it must not be above --interval, which is 30",
    },
    {
      args: ["--min-interval", "1801"],
      said: "Cannot use --min-interval 1801: it must not be above --interval, which is 1800",
    },
    {
      args: ["--proxy-protocol"],
      said:
        "Cannot use --proxy-protocol: it must be known whose word counts: name the proxies with --trust-proxy",
    },
  ]
) {
  Deno.test(`settings that don't go together are named by their flags: ${args.join(" ")}`, async () => {
    await assert.rejects(settings({ args, environment }), { name: "SettingsError", message: said });
  });
}

Deno.test("settings that just go together are taken", async () => {
  assert.equal((await settings({ args: ["--min-interval", "1800"] })).minInterval, 1800);
  const args = ["--proxy-protocol", "--trust-proxy", "::1"];
  assert.equal((await settings({ args })).proxyProtocol, true);
});

for (
  const { args, said } of [
    { args: ["--port", "x"], said: '--port must be a whole number from 0 to 65535: got "x"' },
    { args: ["--log=x"], said: '--log must be changes or requests: got "x"' },
    { args: ["--memory=perhaps"], said: '--memory must have no value: got "perhaps"' },
    { args: ["--port"], said: "--port must have a value" },
    { args: ["--host", "--memory"], said: "--host must have a value" },
    { args: ["--prot", "1"], said: "there is no --prot: is it --port?" },
    { args: ["--bogus"], said: "there is no --bogus" },
    { args: ["--constructor=1"], said: "there is no --constructor" },
    { args: ["-x"], said: "there is no -x" },
    { args: ["-x1"], said: '"-x1" reads as -x, and there is no -x' },
    { args: ["-p6969"], said: '"-p6969" reads as -p, and there is no -p: is it --port 6969?' },
    { args: ["-p=6969"], said: '"-p=6969" reads as -p, and there is no -p: is it --port 6969?' },
    { args: ["-p", "6969"], said: "there is no -p: is it --port or --proxy-protocol?" },
    { args: ["-d/a\nb"], said: '"-d/a\\nb" reads as -d, and there is no -d: is it --data …?' },
    { args: ["-m9"], said: '"-m9" reads as -m, and there is no -m' },
    { args: ["-memory"], said: "a flag has two dashes. Write --memory" },
    { args: ["-port=6969"], said: "a flag has two dashes. Write --port 6969" },
    { args: ["-max-peers9"], said: "a flag has two dashes. Write --max-peers 9" },
    { args: ["-h=1"], said: "-h has no value. Write it by itself" },
    { args: ["-6969"], said: 'must be flags only: got "-6969"' },
    { args: ["extra"], said: 'must be flags only: got "extra"' },
    {
      args: ["--port", "x", "--min-port", "0"],
      said: '--port must be a whole number from 0 to 65535: got "x"; ' +
        '--min-port must be a whole number from 1 to 65535: got "0"',
    },
  ]
) {
  Deno.test(`the flags ${args.join(" ")} are refused with ${said}`, async () => {
    const message = `Cannot read the flags: ${said} (--help shows what can be said)`;
    await assert.rejects(settings({ args }), { name: "SettingsError", message });
  });
}

Deno.test("help and version are written when the line has been read, each in one go", async () => {
  const shown: string[] = [];
  for (const flag of ["--help", "--version", "-V"]) {
    assert.equal(await readCommandLine([flag], (text) => shown.push(text)), undefined);
  }
  assert.match(shown[0] ?? "", /^Usage:\n {2}tracker .*--help {2,}.*[^\n]$/s);
  assert.deepEqual(shown.slice(1), [VERSION, VERSION]);
  const full = new Error("No space left on device (os error 28)");
  const print = () => {
    throw full;
  };
  await assert.rejects(
    readCommandLine(["--help"], print),
    full,
    "what can't be written is no mistake of the reader's",
  );
});

Deno.test("of a flag that is said again the last time counts", async () => {
  const args = ["--port", "1", "--memory", "--port=2", "--memory", "--log=changes", "--log", "requests"];
  assert.deepEqual(await settings({ args }), { port: 2, memory: true, log: "requests" });
});

Deno.test("the published schema of the config file is that of the settings", async () => {
  const file = new URL("../../tracker/config_schema.json", import.meta.url);
  assert.deepEqual(JSON.parse(await Deno.readTextFile(file)), configSchema());
});

Deno.test("the example of a config file can be used", async () => {
  const path = new URL("../../tracker/examples/tracker.json", import.meta.url).pathname;
  const example = await Deno.readTextFile(path);
  const { minPort } = await settings({ args: ["--config", path], files: { [path]: example } });
  assert.equal(minPort, 1024);
});
