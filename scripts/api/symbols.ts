/** What the library's entries export, as `deno doc` has it. */
import { relative } from "node:path/posix";
import { fileURLToPath } from "node:url";
import config from "../../deno.json" with { type: "json" };
import { ROOT } from "../sources.ts";

/** Names of entries, such as "." and "./testing", to their modules. */
export const ENTRIES: Readonly<Record<string, string>> = config.exports;

/** What people import: "bailiwick", "bailiwick/testing". */
export function specifier(entry: string): string {
  return `bailiwick${entry.slice(1)}`;
}

/** What is read of `deno doc --json`; its version 2. */
interface Documentation {
  readonly nodes: Readonly<Record<string, { readonly symbols: readonly DocumentedSymbol[] }>>;
}

interface DocumentedSymbol {
  readonly name: string;
  readonly declarations: readonly Declaration[];
}

/** A comment: its text, and its tags. */
export interface Comment {
  readonly doc?: string;
  readonly tags?: readonly { readonly kind: string; readonly doc?: string }[];
}

export interface Member {
  readonly name: string;
  readonly jsDoc?: Comment;
  readonly accessibility?: string;
  readonly kind?: string;
}

export interface Declaration {
  readonly location: { readonly filename: string; readonly line: number };
  readonly kind: string;
  readonly jsDoc?: Comment;
  readonly def?: {
    readonly methods?: readonly Member[];
    readonly properties?: readonly Member[];
    readonly elements?: readonly DocumentedSymbol[];
  };
}

/** A symbol that an entry exports. */
export interface Exported {
  readonly name: string;
  /** "class", "function", "interface", "typeAlias", "variable", "namespace". */
  readonly kind: string;
  /** Relative to the repository. */
  readonly file: string;
  readonly line: number;
  readonly declarations: readonly Declaration[];
}

/** The text of a symbol's comment: that of the first declaration that has one. */
export function commentOf({ declarations }: Pick<Exported, "declarations">): string {
  return declarations.map(({ jsDoc }) => jsDoc?.doc?.trim() ?? "").find((doc) => doc !== "") ?? "";
}

/** Runs `deno doc` with `args`; what it says on standard error is shown if it fails. */
export async function denoDoc(args: readonly string[]): Promise<Uint8Array> {
  const command = new Deno.Command(Deno.execPath(), { args: ["doc", ...args], cwd: ROOT });
  const { success, stdout, stderr } = await command.output();
  if (success) return stdout;
  throw new Error(`deno doc ${args.join(" ")} failed: ${new TextDecoder().decode(stderr).trim()}`);
}

/** What an entry exports. */
export async function exportsOf(entry: string): Promise<Exported[]> {
  const json = new TextDecoder().decode(await denoDoc(["--json", ENTRIES[entry]!]));
  const { nodes } = JSON.parse(json) as Documentation;
  return Object.values(nodes).flatMap(({ symbols }) => symbols.map(exported));
}

function exported({ name, declarations }: DocumentedSymbol): Exported {
  const [{ location, kind }] = declarations as readonly [Declaration];
  const file = relative(ROOT, fileURLToPath(location.filename));
  return { name, kind, file, line: location.line + 1, declarations };
}

/** What each entry exports. */
export async function allExports(): Promise<Map<string, Exported[]>> {
  const entries = Object.keys(ENTRIES);
  const found = await Promise.all(entries.map(exportsOf));
  return new Map(entries.map((entry, index) => [entry, found[index]!]));
}
