import assert from "node:assert/strict";
import type { Command } from "../../../peer/cli/command.ts";
import { readCommandLine } from "../../../peer/cli/command_line.ts";
import { allCommands } from "../../../peer/cli/program.ts";
import { runToEnd } from "../../support/programs.ts";

const COMMANDS = allCommands();
const [TRANSFER, GET, INFO, SEED, CREATE, EDIT] = ["", "get", "info", "seed", "create", "edit"].map((name) =>
  COMMANDS.get(name) as Command
);

/** What is said so: the words and the options. */
async function said(command: Command | undefined, ...args: string[]): Promise<unknown[]> {
  const { options, words } = await readCommandLine(command as Command, { name: "test" }, args) ?? {};
  return [words, options];
}

Deno.test("words and flags are parsed, in whatever order they stand; what isn't said isn't there", async () => {
  assert.deepEqual(await said(TRANSFER, "6881", "a.torrent", "out"), [[6881, "a.torrent", "out"], {}]);
  assert.deepEqual(
    await said(TRANSFER, "--json", "6881", "--limit-up", "1k", "a.torrent", "out", "--no-resume"),
    [[6881, "a.torrent", "out"], { json: true, limitUp: 1000, noResume: true }],
  );
  assert.deepEqual(await said(GET, "a", "b", "c"), [["a", "b", "c"], {}]);
});

Deno.test("a flag's value stands behind it, or behind =", async () => {
  const expected = [["a"], { port: 6881, output: "-" }];
  assert.deepEqual(await said(GET, "a", "--port", "6881", "--output", "-"), expected);
  assert.deepEqual(await said(GET, "a", "--port=6881", "--output=-"), expected);
  assert.deepEqual(await said(GET, "-p", "6881", "-o", "-", "a"), expected);
});

Deno.test("a flag that may be repeated has all its values, in order", async () => {
  assert.deepEqual(await said(CREATE, "x", "-a", "http://b/", "--announce", "http://a/"), [
    ["x"],
    { announce: ["http://b/", "http://a/"] },
  ]);
});

Deno.test("create takes the addresses that edit takes", async () => {
  const rows = [["--announce", "localhost:6969/announce"], ["--web-seed", "ftp://example.org/"]];
  for (const command of [CREATE, EDIT]) {
    for (const args of rows) await assert.rejects(said(command, "x", ...args), { code: 2 }, args.join(" "));
  }
});

Deno.test("a path that a script has left empty is not the present folder", async () => {
  const rows: [command: Command | undefined, args: string[]][] = [
    [TRANSFER, ["0", "a.torrent", ""]],
    [TRANSFER, ["0", "", "out"]],
    [TRANSFER, ["0", "a.torrent", "out", "--state-dir", ""]],
    [TRANSFER, ["0", "a.torrent", "out", "--config", ""]],
    [TRANSFER, ["0", "a.torrent", "out", "--host", ""]],
    [GET, ["a.torrent", ""]],
    [GET, ["a.torrent", "--dir", ""]],
    [GET, ["a.torrent", "--output", ""]],
    [SEED, ["a.torrent", ""]],
    [INFO, [""]],
    [COMMANDS.get("verify"), ["a.torrent", ""]],
    [CREATE, [""]],
    [CREATE, ["x", "--output", ""]],
    [EDIT, ["a.torrent", "--output", ""]],
  ];
  for (const [command, args] of rows) {
    await assert.rejects(said(command, ...args), { code: 2, message: /: It must not be empty\. Got ""$/m });
  }
});

Deno.test("flags that can't be meant together are refused, and none of them is ignored", async () => {
  const rows: [command: Command | undefined, args: string[], one: string, other: string][] = [
    [GET, ["a", "-o", "x", "--dir", "y"], "--output", "--dir"],
    [GET, ["a", "--exit", "--seed"], "--exit", "--seed"],
    [GET, ["a", "--exit", "--seed-time", "1h"], "--exit", "--seed-time"],
    [TRANSFER, ["0", "a", "b", "--exit", "--seed-ratio=2"], "--exit", "--seed-ratio"],
    [TRANSFER, ["0", "a", "b", "--no-resume", "--state-dir", "s"], "--no-resume", "--state-dir"],
    [SEED, ["a", "b", "--no-resume", "--state-dir", "s"], "--no-resume", "--state-dir"],
    [EDIT, ["a", "--private", "--no-private"], "--private", "--no-private"],
  ];
  for (const [command, args, one, other] of rows) {
    await assert.rejects(said(command, ...args), {
      code: 2,
      message: `Cannot use both ${one} and ${other}: leave one out\n(--help shows what can be said)`,
    });
  }
});

Deno.test("of a flag that is said again the last time counts", async () => {
  assert.deepEqual(await said(GET, "a", "-p", "1", "--port=2", "--json", "--json", "--dir", "x", "-d", "y"), [
    ["a"],
    { port: 2, json: true, dir: "y" },
  ]);
});

Deno.test("a value may be joined to a short flag, and may begin with a dash", async () => {
  assert.deepEqual(await said(GET, "-p6881", "-oout", "a"), [["a"], { port: 6881, output: "out" }]);
  assert.deepEqual(await said(CREATE, "x", "--name", "-5", "-c", "-", "--source=-"), [
    ["x"],
    { name: "-5", comment: "-", source: "-" },
  ]);
});

Deno.test("a value may have several lines, wherever it stands", async () => {
  const expected = [["x"], { comment: "one\ntwo", name: "a\r\nb" }];
  assert.deepEqual(await said(CREATE, "x", "--comment", "one\ntwo", "--name", "a\r\nb"), expected);
  assert.deepEqual(await said(CREATE, "x", "--comment=one\ntwo", "--name=a\r\nb"), expected);
  assert.deepEqual(await said(CREATE, "-c=one\ntwo", "--name=a\r\nb", "x"), expected);
  assert.deepEqual(await said(CREATE, "-cone\ntwo", "--name=a\r\nb", "x"), expected);
  assert.deepEqual(await said(CREATE, "x", "--comment=-c=a\nb"), [["x"], { comment: "-c=a\nb" }]);
  assert.deepEqual(await said(CREATE, "x", "--comment=\n--name=a"), [["x"], { comment: "\n--name=a" }]);
  for (const arg of ["--bogus=a\nb", "--private=a\nb", "--constructor=a\nb", "-x=a\nb"]) {
    await assert.rejects(said(CREATE, "x", arg), { name: "CommandError", code: 2 }, arg);
  }
  await assert.rejects(said(CREATE, "x", "--comment", "--name=a\nb"), /--comment/, "that looks like a flag");
});

Deno.test("what begins with a dash and is no flag is no file either", async () => {
  for (const arg of ["-5", "-x5", "--x", "--dir=", "--constructor", "--toString=1", "--__proto__", "-é"]) {
    await assert.rejects(said(TRANSFER, "0", "a.torrent", arg), { name: "CommandError", code: 2 }, arg);
  }
  assert.deepEqual(await said(TRANSFER, "0", "a.torrent", "--", "-5"), [[0, "a.torrent", "-5"], {}]);
  assert.deepEqual(await said(TRANSFER, "0", "a.torrent", "-"), [[0, "a.torrent", "-"], {}]);
});

Deno.test("a name behind one dash is no value that is joined to its first letter", async () => {
  const rows: [args: string[], line: string][] = [
    [
      ["-dir", "out"],
      '"-dir": it reads as -d with the value "ir". Write --dir for the flag, -d=ir for that value',
    ],
    [
      ["-port=5"],
      '"-port=5": it reads as -p with the value "ort=5". Write --port for the flag, -p=ort=5 for that value',
    ],
    [["-json"], '"-json": the name of a flag has two dashes. Write --json'],
    [["-limit-up=5"], '"-limit-up=5": the name of a flag has two dashes. Write --limit-up'],
    [["-help"], '"-help": the name of a flag has two dashes. Write --help'],
  ];
  for (const [args, line] of rows) {
    await assert.rejects(said(GET, "a", ...args), {
      name: "CommandError",
      code: 2,
      message: `Cannot use ${line}\n(--help shows what can be said)`,
    });
  }
  assert.deepEqual(await said(GET, "a", "-d=ir"), [["a"], { dir: "ir" }]);
  assert.deepEqual(await said(GET, "a", "-oport"), [["a"], { output: "port" }]);
  assert.deepEqual(await said(CREATE, "x", "-c", "-limit-up"), [["x"], { comment: "-limit-up" }], "a value");
  assert.deepEqual(await said(GET, "--", "-dir"), [["-dir"], {}]);
});

Deno.test("what is joined to a flag without a value is said to be", async () => {
  const rows: [arg: string, line: string][] = [
    ["-hfoo", '"-hfoo": it reads as -h -f -o -o, and there is no -f'],
    ["-hd", '"-hd": it reads as -h -d, and -d must stand by itself, with its value behind it'],
    ["-h5", '"-h5": -h has no value. Write it by itself'],
    ["-h=5", '"-h=5": -h has no value. Write it by itself'],
    ["-Vh", "-V: there is no such flag"],
  ];
  for (const [arg, line] of rows) {
    const message = `Cannot use ${line}\n(--help shows what can be said)`;
    await assert.rejects(said(GET, "a", arg), { name: "CommandError", code: 2, message });
  }
});

Deno.test("what follows -- are words", async () => {
  assert.deepEqual(await said(INFO, "--json", "--", "--help"), [["--help"], { json: true }]);
  assert.deepEqual(await said(GET, "--", "-p", "--port=1"), [["-p", "--port=1"], {}]);
});

Deno.test("a mistake is said in a line, and what can be said is named", async () => {
  const rows: [command: Command | undefined, args: string[], ...lines: string[]][] = [
    [INFO, [], "Cannot do that: <torrent-file> is missing"],
    [TRANSFER, [], "Cannot do that: <listen-port>, <torrent-file> and <output> are missing"],
    [GET, ["--json"], "Cannot do that: <torrent> is missing"],
    [INFO, ["a", "b"], 'Cannot use "b": nothing is wanted after <torrent-file>'],
    [SEED, ["a", "b", "c", "d"], 'Cannot use "c": nothing is wanted after <torrent> <path>'],
    [INFO, ["a", "--bogus"], "Cannot use --bogus: there is no such flag"],
    [INFO, ["a", "--jsn"], "Cannot use --jsn: there is no such flag. Is it --json?"],
    [TRANSFER, ["--limit-dwon", "1"], "Cannot use --limit-dwon: there is no such flag. Is it --limit-down?"],
    [INFO, ["a", "-x"], "Cannot use -x: there is no such flag"],
    [GET, ["a", "--dir"], "Cannot use --dir: <folder> must follow it"],
    [GET, ["a", "--dir", "--json"], "Cannot use --dir: <folder> must follow it: got --json"],
    [GET, ["a", "--port", "x"], 'Cannot use --port: A port is a number from 0 to 65535. Got "x"'],
    [
      GET,
      ["a", "--encryption=on"],
      'Cannot use --encryption: It must be one of off, allowed, preferred, required. Got "on"',
    ],
    [GET, ["a", "--json=perhaps"], 'Cannot use --json: It has no value. Got "perhaps"'],
    [GET, ["a", "-p", "x", "--port", "2"], 'Cannot use --port: A port is a number from 0 to 65535. Got "x"'],
    [
      TRANSFER,
      ["x", "a", "--seed-time", "soon"],
      'Cannot use <listen-port>: A port is a number from 0 to 65535. Got "x"',
      "Cannot use --seed-time: A time is a number of seconds, or one with s, m, h or d behind it: 30m. " +
      'Got "soon"',
      "Cannot do that: <output> is missing",
    ],
    [INFO, ["a", "\x1b[31m"], 'Cannot use "\\u001b[31m": nothing is wanted after <torrent-file>'],
  ];
  for (const [command, args, ...lines] of rows) {
    await assert.rejects(said(command, ...args), {
      name: "CommandError",
      code: 2,
      message: [...lines, "(--help shows what can be said)"].join("\n"),
    });
  }
});

Deno.test("a bug in a parser goes on as it is", async () => {
  const bug = new TypeError("a bug");
  const fail = () => {
    throw bug;
  };
  const broken = {
    ...INFO,
    words: { kind: "tuple", parameters: [{ placeholder: "x", brief: "x", parse: fail }] },
  };
  await assert.rejects(said(broken as unknown as Command, "a"), bug);
});

/** The help of a command, as a process writes it that has the rights of the smallest ones: it asks for no others. */
async function helpOf(name: string): Promise<string[]> {
  const args = name === "" ? ["--help"] : [name, "--help"];
  const colours = { FORCE_COLOR: "1", CLICOLOR_FORCE: "1", TERM: "xterm-256color" };
  const { code, complaints, output } = await runToEnd("info", "peer/main.ts", args, colours);
  assert.deepEqual([code, complaints], [0, ""]);
  return output.split("\n");
}

Deno.test("the program's help lists its commands with what they do", async () => {
  const lines = await helpOf("");
  assert.deepEqual(lines.slice(0, 3), [
    "Usage:",
    "  peer [flags] <listen-port> <torrent-file> <output>",
    "  peer <command> --help",
  ]);
  for (const [name, { brief }] of COMMANDS) {
    if (name === "") continue;
    assert(lines.includes(`  ${name.padEnd("completions".length)}  ${brief}`), name);
  }
});

for (const [name, command] of COMMANDS) {
  Deno.test(`peer ${name} --help has every flag with its value's name, in 100 columns`, async () => {
    const lines = await helpOf(name);
    for (const [long, flag] of Object.entries(command.flags)) {
      const [short] = Object.entries(command.shorts).find(([, name]) => name === long) ?? [];
      const value = flag.kind === "parsed" ? ` <${flag.placeholder}>` : "";
      const again = "variadic" in flag ? "..." : "";
      const begin = `  ${short === undefined ? "  " : `-${short}`} --${long}${value}${again}  `;
      assert(lines.some((line) => line.startsWith(begin) && line.endsWith(`  ${flag.brief}`)), begin);
      for (const word of "choices" in flag ? flag.choices : []) assert(flag.brief.includes(word), word);
    }
    assert(lines.some((line) => /^ {2}-h {1,2}--help +show this help$/.test(line)));
    assert.deepEqual(lines.filter((line) => line.length > 100), []);
  });
}
