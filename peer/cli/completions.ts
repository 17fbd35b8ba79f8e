// `peer completions SHELL`: a script that makes a shell complete this program's commands, flags and file names. Written
// from the description of the command line, so that it knows all of it, and without a call of the program at each press of
// the key.

import type { Command } from "./command.ts";
import { ExitCode } from "./exit_code.ts";
import type { Flag } from "./flags.ts";
import { Terminal } from "./terminal.ts";

const SCRIPTS = { bash, zsh, fish };

/** Shells that can be served. */
export type Shell = keyof typeof SCRIPTS;

/** What is to be completed. */
export interface Program {
  name: string;
  /** First the one that has no name. */
  commands: ReadonlyMap<string, Command>;
  shells: readonly Shell[];
}

/** Prints the script for a shell and returns the exit code. */
export function completions(shell: Shell, program: Program): number {
  new Terminal(false).print(SCRIPTS[shell](program).trimEnd());
  return ExitCode.complete;
}

/** One flag as shells see it. */
interface Option {
  long: string;
  short?: string;
  brief: string;
  /** What may follow it: these words, a file's name, something that can't be guessed, or nothing. */
  value: readonly string[] | "file" | "text" | undefined;
}

interface Line {
  name: string;
  brief: string;
  options: Option[];
  words: readonly string[];
}

/** Every command with its flags and what may stand in its words' place: the one without a name, and the others. */
function linesOf({ commands, shells }: Program): [own: Line, ...named: Line[]] {
  const [own, ...named] = [...commands].map(([name, command]) => lineOf(name, command)) as [Line, ...Line[]];
  own.options.push({ long: "version", short: "V", brief: "show the version", value: undefined });
  return [own, ...named.map((line) => line.name === "completions" ? { ...line, words: shells } : line)];
}

function lineOf(name: string, { brief, flags, shorts }: Command): Line {
  const options = Object.entries(flags).map(([long, flag]): Option => {
    const [short] = Object.entries(shorts).find(([, of]) => of === long) ?? [];
    return { long, ...(short !== undefined && { short }), brief: flag.brief, value: valueOf(flag) };
  });
  const help = { long: "help", short: "h", brief: "show what it is for", value: undefined };
  return { name, brief, words: [], options: [...options, help] };
}

function valueOf(flag: Flag): Option["value"] {
  if (flag.kind === "switch") return undefined;
  if ("choices" in flag) return flag.choices;
  return ["file", "folder", "path"].includes(flag.placeholder) ? "file" : "text";
}

function namesOf({ short, long }: Option): string[] {
  return short === undefined ? [`--${long}`] : [`-${short}`, `--${long}`];
}

/** Written for bash 3.2, which macOS has: no `mapfile`, no `compopt`. */
function bash(program: Program): string {
  const { name } = program;
  const [own, ...commands] = linesOf(program);
  const flags = (options: readonly Option[]) => options.flatMap(namesOf).join(" ");
  const cases = commands.map((command) =>
    `    ${command.name}) flags="${flags(command.options)}" words="${command.words.join(" ")}" ;;`
  );
  const values = new Map(
    [own, ...commands].flatMap(({ options }) =>
      options.flatMap((option): [string, string][] => {
        const { value } = option;
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
  local word=\${COMP_WORDS[COMP_CWORD]} flags="${flags(own.options)}" words=
  case \${COMP_WORDS[1]} in
${cases.join("\n")}
  esac
  if [[ $word == -* ]]; then COMPREPLY=($(compgen -W "$flags" -- "$word")); return; fi
  case \${COMP_WORDS[COMP_CWORD-1]} in
${[...values].map(([flags, offer]) => `    ${flags}) ${offer} ;;`).join("\n")}
  esac
  if [[ $COMP_CWORD -eq 2 && -n $words ]]; then COMPREPLY=($(compgen -W "$words" -- "$word")); return; fi
  word=\${word#[\\"\\']} file=
  while IFS= read -r file; do COMPREPLY+=("$file"); done < <(compgen -f -- "\${word//\\\\/}")
  if [[ $COMP_CWORD -eq 1 ]]; then COMPREPLY+=($(compgen -W "${names}" -- "$word")); fi
}
complete -o filenames -F _${name} ${name}
`;
}

function zsh(program: Program): string {
  const { name } = program;
  const [own, ...commands] = linesOf(program);
  const spec = (option: Option) => {
    const { value } = option;
    const after = value === undefined
      ? ""
      : value === "text"
      ? ":value: "
      : value === "file"
      ? ":file:_files"
      : `:value:(${value.join(" ")})`;
    // A flag that may be given again is offered again.
    return namesOf(option).map((flag) => `'*${flag}[${escapeZsh(option.brief)}]${after}'`);
  };
  const specs = (options: readonly Option[]) => options.flatMap(spec).join(" ");
  const cases = commands.map(({ name, options, words }) => {
    const rest = words.length === 0 ? "'*:file:_files'" : `'2:value:(${words.join(" ")})'`;
    return `    ${name}) _arguments ${specs(options)} ${rest} ;;`;
  });
  const named = commands.map(({ brief, name }) => `'${name}:${escapeZsh(brief)}'`);
  return `#compdef ${name}
# zsh: source <(${name} completions zsh), or as a file _${name} in a folder of $fpath
_${name}() {
  local -a commands=(${named.join(" ")})
  if (( CURRENT == 2 )); then
    if [[ $words[2] == -* ]]; then _arguments ${specs(own.options)}
    else _describe command commands; _files; fi
    return
  fi
  case $words[2] in
${cases.join("\n")}
    *) _arguments ${specs(own.options)} '*:file:_files' ;;
  esac
}
if [[ $funcstack[1] == _${name} ]]; then _${name} "$@"; else compdef _${name} ${name}; fi
`;
}

function escapeZsh(text: string): string {
  return text.replace(/[[\]:\\]/g, "\\$&").replaceAll("'", "'\\''");
}

function fish(program: Program): string {
  const { name } = program;
  const [own, ...commands] = linesOf(program);
  const names = commands.map((command) => command.name).join(" ");
  const flags = [own, ...commands].flatMap((command) => {
    const when = command.name === ""
      ? `not __fish_seen_subcommand_from ${names}`
      : `__fish_seen_subcommand_from ${command.name}`;
    const begin = `complete -c ${name} -n '${when}'`;
    const words = command.words.length === 0 ? [] : [`${begin} -f -a '${command.words.join(" ")}'`];
    return [
      ...words,
      ...command.options.map(({ brief, long, short, value }) =>
        [
          begin,
          short === undefined ? "" : ` -s ${short}`,
          ` -l ${long}`,
          value === undefined
            ? ""
            : value === "file"
            ? " -r"
            : value === "text"
            ? " -x"
            : ` -x -a '${value.join(" ")}'`,
          ` -d '${escapeFish(brief)}'`,
        ].join("")
      ),
    ];
  });
  const verbs = commands.map((command) =>
    `complete -c ${name} -n '__fish_use_subcommand' -a ${command.name} -d '${escapeFish(command.brief)}'`
  );
  return `# fish: ${name} completions fish | source
${[...verbs, ...flags].join("\n")}
`;
}

function escapeFish(text: string): string {
  return text.replace(/['\\]/g, "\\$&");
}
