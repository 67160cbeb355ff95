/** Checks that everything that the library's entries export has a doc comment. */
import { relative } from "node:path/posix";
import { fileURLToPath } from "node:url";
import config from "../deno.json" with { type: "json" };
import { ROOT } from "./sources.ts";

/** What this reads of `deno doc --json`. */
interface Documentation {
  readonly nodes: Readonly<Record<string, { readonly symbols: readonly ExportedSymbol[] }>>;
}

interface ExportedSymbol {
  readonly name: string;
  readonly declarations: readonly {
    readonly location: { readonly filename: string; readonly line: number };
    readonly jsDoc?: { readonly doc?: string };
  }[];
}

async function documentation(entry: string): Promise<Documentation> {
  const args = ["doc", "--json", entry];
  const command = new Deno.Command(Deno.execPath(), { args, cwd: ROOT, stderr: "inherit" });
  const { success, stdout } = await command.output();
  if (!success) throw new Error(`deno ${args.join(" ")} failed`);
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** Symbols none of whose declarations says anything; overloads share one comment. */
function undocumented({ nodes }: Documentation): ExportedSymbol[] {
  const symbols = Object.values(nodes).flatMap(({ symbols }) => symbols);
  return symbols.filter(({ declarations }) =>
    declarations.every(({ jsDoc }) => !jsDoc?.doc?.trim())
  );
}

const entries = Object.values(config.exports);
let missing = 0;
for (const entry of entries) {
  for (const { name, declarations } of undocumented(await documentation(entry))) {
    const { filename, line } = declarations[0]!.location;
    console.error(`${relative(ROOT, fileURLToPath(filename))}:${line}: ${name} has no doc comment`);
    missing++;
  }
}
if (missing > 0) Deno.exit(1);
