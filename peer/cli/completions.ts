// `peer completions SHELL`: a script that makes a shell complete this program's commands, flags and file names. Written
// from the description of the command line, so that it knows all of it: no maintained library does this for commander
// without a call of the program at each press of the key.

import { type Command, Option } from "commander";
import { ExitCode } from "./exit_code.ts";
import { Terminal } from "./terminal.ts";

const SCRIPTS = { bash, zsh, fish };

/** Shells that can be served. */
export type Shell = keyof typeof SCRIPTS;

/** Prints the script for a shell and returns the exit code. */
export function completions(shell: Shell, program: Command): Promise<number> {
  new Terminal(false).print(SCRIPTS[shell](program).trimEnd());
  return Promise.resolve(ExitCode.complete);
}

/** Every command with its flags and what may stand in its arguments' place; the program itself has no name before it. */
function commandsOf(program: Command): { name: string; options: Option[]; words: readonly string[] }[] {
  return [program, ...program.commands].map((command) => ({
    name: command === program ? "" : command.name(),
    options: [...command.options, new Option("--help", "show what it is for")],
    words: command.registeredArguments[0]?.argChoices ?? [],
  }));
}

function namesOf({ short, long }: Option): string[] {
  return [short, long].filter((name) => name !== undefined);
}

/** What may follow a flag: these words, a file's name, something that can't be guessed, or nothing. */
function valueOf({ argChoices, flags, required }: Option): readonly string[] | "file" | "text" | undefined {
  if (!required) return undefined;
  return argChoices ?? (/<(file|folder|path)>/.test(flags) ? "file" : "text");
}

function bash(program: Command): string {
  const name = program.name();
  const [own, ...commands] = commandsOf(program);
  const flags = (options: readonly Option[]) => options.flatMap(namesOf).join(" ");
  const cases = commands.map((command) =>
    `    ${command.name}) flags="${flags(command.options)}" words="${command.words.join(" ")}" ;;`
  );
  const values = new Map(
    commandsOf(program).flatMap(({ options }) =>
      options.flatMap((option): [string, string][] => {
        const value = valueOf(option);
        const offer = value === "text" ? "return" : `COMPREPLY=($(compgen -W "${value}" -- "$word")); return`;
        if (value === undefined || value === "file") return []; // files are offered anyway
        return [[namesOf(option).join("|"), offer.replaceAll(",", " ")]];
      })
    ),
  );
  const names = commands.map((command) => command.name).join(" ");
  return `# bash: source <(${name} completions bash)
_${name}() {
  COMPREPLY=()
  local word=\${COMP_WORDS[COMP_CWORD]} flags="${flags(own?.options ?? [])}" words=
  case \${COMP_WORDS[1]} in
${cases.join("\n")}
  esac
  if [[ $word == -* ]]; then COMPREPLY=($(compgen -W "$flags" -- "$word")); return; fi
  case \${COMP_WORDS[COMP_CWORD-1]} in
${[...values].map(([flags, offer]) => `    ${flags}) ${offer} ;;`).join("\n")}
  esac
  if [[ $COMP_CWORD -eq 2 && -n $words ]]; then COMPREPLY=($(compgen -W "$words" -- "$word")); return; fi
  COMPREPLY=($(compgen -f -- "$word"))
  if [[ $COMP_CWORD -eq 1 ]]; then COMPREPLY+=($(compgen -W "${names}" -- "$word")); fi
}
complete -o filenames -F _${name} ${name}
`;
}

function zsh(program: Command): string {
  const name = program.name();
  const [own, ...commands] = commandsOf(program);
  const spec = (option: Option) => {
    const value = valueOf(option);
    const after = value === undefined
      ? ""
      : value === "text"
      ? ":value: "
      : value === "file"
      ? ":file:_files"
      : `:value:(${value.join(" ")})`;
    // A flag that may be given again is offered again.
    return namesOf(option).map((flag) => `'*${flag}[${escapeZsh(option.description)}]${after}'`);
  };
  const specs = (options: readonly Option[] = []) => options.flatMap(spec).join(" ");
  const cases = commands.map(({ name, options, words }) => {
    const rest = words.length === 0 ? "'*:file:_files'" : `'2:value:(${words.join(" ")})'`;
    return `    ${name}) _arguments ${specs(options)} ${rest} ;;`;
  });
  const named = program.commands.map((command) => `'${command.name()}:${escapeZsh(command.description())}'`);
  return `#compdef ${name}
# zsh: source <(${name} completions zsh), or as a file _${name} in a folder of $fpath
_${name}() {
  local -a commands=(${named.join(" ")})
  if (( CURRENT == 2 )); then
    if [[ $words[2] == -* ]]; then _arguments ${specs(own?.options)}
    else _describe command commands; _files; fi
    return
  fi
  case $words[2] in
${cases.join("\n")}
    *) _arguments ${specs(own?.options)} '*:file:_files' ;;
  esac
}
if [[ $funcstack[1] == _${name} ]]; then _${name} "$@"; else compdef _${name} ${name}; fi
`;
}

function escapeZsh(text: string): string {
  return text.replace(/[[\]:\\]/g, "\\$&").replaceAll("'", "'\\''");
}

function fish(program: Command): string {
  const name = program.name();
  const names = program.commands.map((command) => command.name()).join(" ");
  const flags = commandsOf(program).flatMap((command) => {
    const when = command.name === ""
      ? `not __fish_seen_subcommand_from ${names}`
      : `__fish_seen_subcommand_from ${command.name}`;
    const begin = `complete -c ${name} -n '${when}'`;
    const words = command.words.length === 0 ? [] : [`${begin} -f -a '${command.words.join(" ")}'`];
    return [
      ...words,
      ...command.options.map((option) => {
        const { short, long, description } = option;
        const value = valueOf(option);
        return [
          begin,
          short === undefined ? "" : ` -s ${short.slice(1)}`,
          long === undefined ? "" : ` -l ${long.slice(2)}`,
          value === undefined
            ? ""
            : value === "file"
            ? " -r"
            : value === "text"
            ? " -x"
            : ` -x -a '${value.join(" ")}'`,
          ` -d '${escapeFish(description)}'`,
        ].join("");
      }),
    ];
  });
  const commands = program.commands.map((command) =>
    `complete -c ${name} -n '__fish_use_subcommand' -a ${command.name()} -d '${
      escapeFish(command.description())
    }'`
  );
  return `# fish: ${name} completions fish | source
${[...commands, ...flags].join("\n")}
`;
}

function escapeFish(text: string): string {
  return text.replace(/['\\]/g, "\\$&");
}
