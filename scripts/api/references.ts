/** Names in comments, `{@link Name}` and `{@linkcode Name.member}`, that nothing has. */
import type { Exported } from "./symbols.ts";

/** Every text of a comment below a value of `deno doc --json`. */
function* comments(value: unknown): Generator<string> {
  if (typeof value !== "object" || value === null) return;
  for (const [key, child] of Object.entries(value)) {
    if (key === "doc" && typeof child === "string") yield child;
    else yield* comments(child);
  }
}

/** Every name below a declaration: members, parameters. */
function* names(value: unknown): Generator<string> {
  if (typeof value !== "object" || value === null) return;
  for (const [key, child] of Object.entries(value)) {
    if (key === "name" && typeof child === "string") yield child;
    else yield* names(child);
  }
}

/** What is wrong with the names that the comments of `symbols` link to. */
export function deadReferences(symbols: readonly Exported[]): string[] {
  const members = new Map(symbols.map((symbol) => [symbol.name, new Set(names(symbol))]));
  return symbols.flatMap(({ name, file, line, declarations }) =>
    [...comments(declarations)].flatMap((text) => {
      const links = text.matchAll(/\{@link(?:code|plain)?\s+([\w.]+)\s*(?:[|\s][^}]*)?\}/g);
      return Array.from(links, ([, target]) => target!)
        .filter((target) => !isThere(members, target))
        .map((target) => `${file}:${line}: ${name} links to ${target}, which is not exported`);
    })
  );
}

function isThere(members: ReadonlyMap<string, ReadonlySet<string>>, target: string): boolean {
  const [head, ...rest] = target.split(".");
  const known = members.get(head!);
  return known !== undefined && rest.every((name) => known.has(name));
}
