/** Completion scripts for shells, from what a program's commands say of themselves. */

/** A command and the words that can follow it. */
export interface Completable {
  readonly name: string;
  readonly options: readonly string[];
  readonly commands: readonly Completable[];
}

/** Shells that scripts can be made for. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/** The script to be sourced by a shell. */
export function completionScript(shell: typeof SHELLS[number], program: Completable): string {
  return { bash, zsh, fish }[shell](program);
}

/** Every path of command names, with the words that can follow it. */
function paths(command: Completable, above: readonly string[] = []): [string, string[]][] {
  const path = [...above, command.name];
  const words = [...command.commands.map(({ name }) => name), ...command.options];
  return [[path.join(" "), words], ...command.commands.flatMap((below) => paths(below, path))];
}

function bash(program: Completable): string {
  const arms = paths(program).map(([path, words]) =>
    `    "${path}") COMPREPLY=($(compgen -W "${words.join(" ")}" -- "$word"));;`
  );
  return `_${program.name}() {
  local word=\${COMP_WORDS[COMP_CWORD]} path=${program.name} i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in -*) ;; *) path+=" \${COMP_WORDS[i]}";; esac
  done
  case $path in
${arms.join("\n")}
    *) COMPREPLY=($(compgen -f -- "$word"));;
  esac
}
complete -F _${program.name} ${program.name}
`;
}

function zsh(program: Completable): string {
  return `#compdef ${program.name}
autoload -U +X bashcompinit && bashcompinit
${bash(program)}`;
}

function fish(program: Completable): string {
  const lines = paths(program).flatMap(([path, words]) => {
    const [, ...names] = path.split(" ");
    const when = names.length === 0
      ? "__fish_use_subcommand"
      : names.map((name) => `__fish_seen_subcommand_from ${name}`).join("; and ");
    return words.map((word) => {
      const what = word.startsWith("--") ? `-l ${word.slice(2)}` : `-a ${word}`;
      return `complete -c ${program.name} -n '${when}' ${what}`;
    });
  });
  return `${lines.join("\n")}\n`;
}
