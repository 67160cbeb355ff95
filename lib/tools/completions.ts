/** Completion scripts for shells, from what a program's commands say of themselves. */

/** A command and the words that can follow it. */
export interface Completable {
  readonly name: string;
  /** What of the running system can follow it, which `PROGRAM names KIND` prints. */
  readonly names?: string | undefined;
  readonly options: readonly string[];
  readonly commands: readonly Completable[];
}

/** Shells that scripts can be made for. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/** The script to be sourced by a shell. */
export function completionScript(shell: typeof SHELLS[number], program: Completable): string {
  return { bash, zsh, fish }[shell](program);
}

/** A path of command names, with what can follow it. */
interface Followed {
  readonly path: string;
  readonly words: readonly string[];
  readonly names: string | undefined;
}

function paths(command: Completable, above: readonly string[] = []): Followed[] {
  const path = [...above, command.name];
  const words = [...command.commands.map(({ name }) => name), ...command.options];
  const own = { path: path.join(" "), words, names: command.names };
  return [own, ...command.commands.flatMap((below) => paths(below, path))];
}

/** The command that prints what of the running system can follow. */
function live(program: Completable, names: string | undefined): string {
  return names === undefined ? "" : ` $(${program.name} names ${names} 2>/dev/null)`;
}

function bash(program: Completable): string {
  const arms = paths(program).map(({ path, words, names }) =>
    `    "${path}"${names === undefined ? "" : `|"${path} "*`}) COMPREPLY=($(compgen -W "${
      words.join(" ")
    }${live(program, names)}" -- "$word"));;`
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
  const lines = paths(program).flatMap(({ path, words, names: kind }) => {
    const [, ...names] = path.split(" ");
    const when = names.length === 0
      ? "__fish_use_subcommand"
      : names.map((name) => `__fish_seen_subcommand_from ${name}`).join("; and ");
    const given = kind === undefined ? [] : [
      `complete -c ${program.name} -f -n '${when}' -a '(${program.name} names ${kind} 2>/dev/null)'`,
    ];
    return [
      ...words.map((word) => {
        const what = word.startsWith("--") ? `-l ${word.slice(2)}` : `-a ${word}`;
        return `complete -c ${program.name} -n '${when}' ${what}`;
      }),
      ...given,
    ];
  });
  return `${lines.join("\n")}\n`;
}
