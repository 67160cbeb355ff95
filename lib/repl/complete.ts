/** How a line may go on; nothing is run for that which could change anything. */
import type { Inspector } from "./inspector.ts";

/** Words that may stand in the place of the last so many characters. */
export interface Completions {
  readonly completions: readonly string[];
  readonly length: number;
}

/** Characters of a line that are looked at. */
const LONGEST = 1000;
/** The beginning of a name in quotes, as in `scope("or` and `services["or`. */
const QUOTED = /(scope\(|\[)\s*["'`]([^"'`]*)$/;
/** Each of these begins in a way of its own, so that a long line takes no longer than to read it. */
const LINK = String.raw`(?:[\w$]|\[[^[\]]*\]|\([^()]*\))`;
const MEMBER = new RegExp(String.raw`(?<![\w$.\])])((?:${LINK}|\??\.)*${LINK})\??\.([\w$]*)$`);

/**
 * What the names of a line's last word may be.
 *
 * @param scopes Their paths; and the names of the system's other parts.
 */
export async function completionsOf(
  inspector: Inspector,
  whole: string,
  { scopes, parts }: { scopes: readonly string[]; parts: readonly string[] },
): Promise<Completions> {
  const line = whole.slice(-LONGEST);
  const [, before, quoted] = QUOTED.exec(line) ?? [];
  if (quoted !== undefined) {
    return { completions: begun(before === "[" ? parts : scopes, quoted), length: quoted.length };
  }
  const [, of, word] = MEMBER.exec(line) ?? [];
  if (of !== undefined) {
    return { completions: begun(await inspector.namesOf(of), word!), length: word!.length };
  }
  const [last] = /[\w$]*$/.exec(line)!;
  const isName = last !== "" && !line.slice(0, -last.length).endsWith(".");
  if (!isName) return { completions: [], length: last.length };
  const names = [...await inspector.declared(), ...await inspector.namesOf("globalThis")];
  return { completions: begun(names, last), length: last.length };
}

/** Those that go on as a word has begun. */
function begun(names: readonly string[], word: string): string[] {
  return [...new Set(names)].filter((name) => name.startsWith(word)).sort();
}
