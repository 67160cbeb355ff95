/** How a line may go on; nothing is run for that which could change anything. */
import type { Inspector } from "./inspector.ts";

/** Words that may stand in the place of the last so many characters. */
export interface Completions {
  readonly completions: readonly string[];
  readonly length: number;
}

/** What the names of a line's last word may be. */
export async function completionsOf(
  inspector: Inspector,
  line: string,
  scopes: readonly string[],
): Promise<Completions> {
  const [, quoted] = /scope\(\s*["'`]([^"'`]*)$/.exec(line) ?? [];
  if (quoted !== undefined) return { completions: begun(scopes, quoted), length: quoted.length };
  const [, of, word] = /((?:[\w$]+|\[[^\]]*\]|\([^()]*\)|\.)*)\.([\w$]*)$/.exec(line) ?? [];
  if (of !== undefined) {
    const names = of === "" ? [] : await inspector.namesOf(of);
    return { completions: begun(names, word!), length: word!.length };
  }
  const [last] = /[\w$]*$/.exec(line)!;
  const names = [...await inspector.declared(), ...await inspector.namesOf("globalThis")];
  return { completions: last === "" ? [] : begun(names, last), length: last.length };
}

/** Those that go on as a word has begun. */
function begun(names: readonly string[], word: string): string[] {
  return [...new Set(names)].filter((name) => name.startsWith(word)).sort();
}
