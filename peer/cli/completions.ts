// `peer completions SHELL`: a script that makes a shell complete this program's commands, flags and file names. Written
// from the description of the command line, so that it knows all of it: no maintained library does this for commander
// without a call of the program at each press of the key.

import type { Command, Option } from "commander";
import { CommandError, ExitCode } from "./exit_code.ts";
import { Terminal } from "./terminal.ts";

const SCRIPTS: Record<string, (program: Command) => string> = { bash, zsh, fish };

/** Prints the script for a shell and returns the exit code. */
export function completions(shell: string, program: Command): Promise<number> {
  const script = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined;
  if (script === undefined) {
    const shells = Object.keys(SCRIPTS).join(", ");
    throw new CommandError(
      `Cannot complete for that shell: must be one of ${shells}: got ${shell}`,
      ExitCode.input,
    );
  }
  new Terminal(false).print(script(program).trimEnd());
  return Promise.resolve(ExitCode.complete);
}

/** Every command with its flags; the program itself has no name before it. */
function commandsOf(program: Command): { name: string; options: Option[] }[] {
  return [
    { name: "", options: [...program.options] },
    ...program.commands.map((command) => ({ name: command.name(), options: [...command.options] })),
  ];
}

function flagsOf(options: readonly Option[]): string[] {
  return ["--help", ...options.flatMap(({ short, long }) => [short, long])]
    .filter((flag) => flag !== undefined);
}

function bash(program: Command): string {
  const name = program.name();
  const cases = commandsOf(program).slice(1)
    .map((command) => `    ${command.name}) flags="${flagsOf(command.options).join(" ")}" ;;`);
  const names = program.commands.map((command) => command.name()).join(" ");
  return `# bash: source <(${name} completions bash)
_${name}() {
  local word=\${COMP_WORDS[COMP_CWORD]} flags="${flagsOf(program.options).join(" ")}"
  case \${COMP_WORDS[1]} in
${cases.join("\n")}
  esac
  if [[ $word == -* ]]; then COMPREPLY=($(compgen -W "$flags" -- "$word")); return; fi
  COMPREPLY=($(compgen -f -- "$word"))
  if [[ $COMP_CWORD -eq 1 ]]; then COMPREPLY+=($(compgen -W "${names}" -- "$word")); fi
}
complete -o filenames -F _${name} ${name}
`;
}

function zsh(program: Command): string {
  const name = program.name();
  const spec = ({ short, long, description, required }: Option) =>
    [short, long].filter((flag) => flag !== undefined)
      .map((flag) => `'${flag}[${escapeZsh(description)}]${required ? ":value:_files" : ""}'`);
  const cases = program.commands.map((command) =>
    `    ${command.name()}) _arguments ${command.options.flatMap(spec).join(" ")} '*:file:_files' ;;`
  );
  const named = program.commands.map((command) => `'${command.name()}:${escapeZsh(command.description())}'`);
  return `#compdef ${name}
# zsh: source <(${name} completions zsh)
_${name}() {
  local -a commands=(${named.join(" ")})
  if (( CURRENT == 2 )); then
    if [[ $words[2] == -* ]]; then _arguments ${program.options.flatMap(spec).join(" ")}
    else _describe command commands; _files; fi
    return
  fi
  case $words[2] in
${cases.join("\n")}
    *) _arguments ${program.options.flatMap(spec).join(" ")} '*:file:_files' ;;
  esac
}
compdef _${name} ${name}
`;
}

function escapeZsh(text: string): string {
  return text.replace(/[[\]:\\]/g, "\\$&").replaceAll("'", "'\\''");
}

function fish(program: Command): string {
  const name = program.name();
  const names = program.commands.map((command) => command.name()).join(" ");
  const lines = commandsOf(program).flatMap((command) => {
    const when = command.name === ""
      ? `not __fish_seen_subcommand_from ${names}`
      : `__fish_seen_subcommand_from ${command.name}`;
    return command.options.map(({ short, long, description, required }) =>
      [
        `complete -c ${name} -n '${when}'`,
        short === undefined ? "" : ` -s ${short.slice(1)}`,
        long === undefined ? "" : ` -l ${long.slice(2)}`,
        required ? " -r" : "",
        ` -d '${escapeFish(description)}'`,
      ].join("")
    );
  });
  const commands = program.commands.map((command) =>
    `complete -c ${name} -n '__fish_use_subcommand' -a ${command.name()} -d '${
      escapeFish(command.description())
    }'`
  );
  return `# fish: ${name} completions fish | source
${[...commands, ...lines].join("\n")}
`;
}

function escapeFish(text: string): string {
  return text.replace(/['\\]/g, "\\$&");
}
