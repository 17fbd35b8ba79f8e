// What the shells really offer with the scripts: each is asked as if somebody pressed Tab.

import assert from "node:assert/strict";
import { allCommands, COMMANDS } from "../../../peer/cli/program.ts";
import { fromUtf8, toUtf8 } from "../../../protocol/mod.ts";
import { makeTempDir } from "../../support/temp_dir.ts";

async function scriptFor(shell: string): Promise<string> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "--config", "deno.json", "-P=info", "peer/main.ts", "completions", shell],
  });
  const { code, stdout, stderr } = await command.output();
  assert.equal(code, 0, toUtf8(stderr));
  return toUtf8(stdout);
}

/** What a shell prints for a program of its own on standard input. */
async function run(command: string[], text: string): Promise<string> {
  const [shell = "", ...args] = command;
  const process = new Deno.Command(shell, {
    args,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    cwd: "/",
  }).spawn();
  const writer = process.stdin.getWriter();
  await writer.write(fromUtf8(text));
  await writer.close();
  const { stdout, stderr, success } = await process.output();
  assert(success, toUtf8(stderr));
  return toUtf8(stdout);
}

/** What a shell offers at the end of each of these lines. */
type Ask = (script: string, lines: readonly string[]) => Promise<string[][]>;

/** Between the answers. */
const END = "the end of it";

async function askBash(script: string, lines: readonly string[]): Promise<string[][]> {
  const questions = lines.map((line) => {
    const words = line.split(" ");
    const quoted = words.map((word) => `'${word}'`).join(" ");
    return `COMP_WORDS=(${quoted}); COMP_CWORD=${
      words.length - 1
    }; _peer; printf '%s\\n' "\${COMPREPLY[@]}"; echo ${END}`;
  });
  return answersIn(await run(["bash"], [script, ...questions].join("\n")), (line) => line);
}

async function askFish(script: string, lines: readonly string[]): Promise<string[][]> {
  const questions = lines.map((line) => `complete -C '${line}'; echo ${END}`);
  const shown = await run(["fish", "--no-config"], [script, ...questions].join("\n"));
  return answersIn(shown, (line) => line.split("\t")[0]);
}

/**
 * Completion is a part of zsh's line editor, which wants a terminal: one that zsh makes for another zsh, in which Tab is
 * pressed. All that is offered there passes through `compadd`, which prints it here.
 */
async function askZsh(script: string, lines: readonly string[]): Promise<string[][]> {
  const file = await Deno.makeTempFile();
  await Deno.writeTextFile(file, script);
  const text = `
zmodload zsh/zpty
zpty shell zsh -f -i
say() { zpty -w shell "$1" }
say 'PROMPT= RPROMPT='
say 'autoload -Uz compinit && compinit -u -D'
say 'source ${file}'
say 'compadd() {
  if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then builtin compadd "$@"; return; fi
  local -a hits; builtin compadd -A hits "$@"; local hit
  for hit in $hits; print -r -- "<<$hit>>"
  builtin compadd "$@"
}'
say 'ended() { print; print -r -- ${END}; comppostfuncs=(ended) }; comppostfuncs=(ended)'
say 'bindkey "^I" complete-word; bindkey "^U" kill-whole-line; zstyle ":completion:*" insert-tab false'
say 'print "rea""dy"'
while zpty -r shell line; do [[ $line == *ready* ]] && break; done
ask() {
  zpty -w -n shell $'\\C-u'"$1"$'\\t'
  while zpty -r shell line; do print -r -- "$line"; [[ $line == *"${END}"* ]] && break; done
}
${lines.map((line) => `ask '${line}'`).join("\n")}
zpty -d shell
`;
  try {
    return answersIn(await run(["zsh", "-f"], text), (line) => /<<(.*?)>>/.exec(line)?.[1]);
  } finally {
    await Deno.remove(file);
  }
}

/** What is offered in each answer, in the order of the alphabet. */
function answersIn(shown: string, offerIn: (line: string) => string | undefined): string[][] {
  return shown.split(END).slice(0, -1).map((answer) =>
    answer.split("\n").flatMap((line) => offerIn(line) || []).toSorted()
  );
}

const SHELLS: { name: string; ask: Ask }[] = [
  { name: "bash", ask: askBash },
  { name: "zsh", ask: askZsh },
  { name: "fish", ask: askFish },
];

for (const { name, ask } of SHELLS) {
  const isHere = (await new Deno.Command("sh", { args: ["-c", `command -v ${name}`] }).output()).success;
  Deno.test({
    name: `${name} is offered every command, the flags of the one that is typed, and what follows them${
      isHere ? "" : " (skipped: it is not installed)"
    }`,
    ignore: !isHere,
    async fn() {
      const lines = [
        "peer ",
        "peer get --dir ",
        "peer edit --allow",
        "peer get --see",
        "peer 6881 --exi",
        "peer get --hel",
        "peer get --encryption ",
        "peer completions ",
        "peer get --seed-ratio ",
      ];
      const [first = [], folders = [], ...others] = await ask(await scriptFor(name), lines);
      for (const command of COMMANDS.keys()) assert(first.includes(command), `${command} in ${first}`);
      assert(first.some((each) => /^usr\/?$/.test(each)), "a torrent may stand there, too");
      assert(folders.some((each) => /^usr\/?$/.test(each)), `${folders}`);
      assert.deepEqual(others, [
        ["--allow-new-info-hash"],
        ["--seed", "--seed-idle", "--seed-ratio", "--seed-time"],
        ["--exit"],
        ["--help"],
        ["allowed", "off", "preferred", "required"],
        ["bash", "fish", "zsh"],
        [], // nobody can guess it
      ]);
    },
  });
}

Deno.test("bash completes a name with spaces as one, also when a part of it is typed as the shell wants it", async () => {
  await using dir = await makeTempDir();
  const path = dir.join("my *.torrent");
  await Deno.writeTextFile(path, "");
  const script = await scriptFor("bash");
  for (const word of [dir.join("my"), dir.join("my\\ "), `"${dir.join("my ")}`, dir.join("my\\ \\*")]) {
    const text =
      `${script}COMP_WORDS=(peer info '${word}'); COMP_CWORD=2; _peer; printf '<%s>' "\${COMPREPLY[@]}"`;
    assert.equal(await run(["bash"], text), `<${path}>`, word);
  }
});

Deno.test("every command and flag is in the scripts for zsh and fish, with what it means", async () => {
  const [zsh, fish] = await Promise.all([scriptFor("zsh"), scriptFor("fish")]);
  for (const [name, command] of COMMANDS) {
    const { brief } = command();
    assert(zsh.includes(`'${name}:${brief.replaceAll(":", "\\:").replaceAll("'", "'\\''")}'`), name);
    assert(fish.includes(`-a ${name} -d '${brief.replaceAll("'", "\\'")}'`), name);
  }
  for (const { flags, shorts } of allCommands().values()) {
    for (const [long, { brief }] of [...Object.entries(flags), ["help", { brief: "show" }]] as const) {
      assert(zsh.includes(`'*--${long}[${brief.slice(0, 5)}`), long);
      assert(fish.includes(` -l ${long} `), long);
    }
    for (const [short, long] of Object.entries(shorts)) {
      assert(zsh.includes(`'*-${short}[`), short);
      assert(fish.includes(` -s ${short} -l ${long} `), short);
    }
  }
});
