/**
 * The library's declarations, as TypeScript emits them, with their doc comments.
 *
 * deno does the same for one entry at a time; but a class that two entries export would be declared twice
 * then, and be two types. So there is a file for each module, as in the sources.
 *
 * @module
 */
import ts from "typescript";
import { run } from "../../lib/bundle/mod.ts";
import { ROOT } from "../sources.ts";

/**
 * Writes them below `directory`, each where its module is below `lib/`.
 *
 * @throws {Error} If the library has type errors.
 */
export async function writeDeclarations(entries: readonly string[], directory: string) {
  const globals = await Deno.makeTempFile({ prefix: "bailiwick-deno-", suffix: ".d.ts" });
  try {
    const types = await run("Cannot declare deno's own", [Deno.execPath(), "types"], ROOT);
    await Deno.writeTextFile(globals, types);
    const program = ts.createProgram([...entries, globals], options(directory));
    const { diagnostics } = program.emit(undefined, (path, text) => {
      Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
      Deno.writeTextFileSync(path, withoutTypeScript(text));
    });
    const problems = [...ts.getPreEmitDiagnostics(program), ...diagnostics];
    if (problems.length > 0) throw new Error(`Cannot declare the library: ${shown(problems)}`);
  } finally {
    await Deno.remove(globals);
  }
}

function options(outDir: string): ts.CompilerOptions {
  return {
    strict: true,
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ["lib.esnext.d.ts"],
    types: ["node"],
    typeRoots: [`${ROOT}/node_modules/@types`],
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    declaration: true,
    emitDeclarationOnly: true,
    rootDir: `${ROOT}/lib`,
    outDir,
  };
}

/** Modules are named as they will be: those that read declarations look for `x.d.ts` beside `x.js`. */
function withoutTypeScript(text: string): string {
  return text.replaceAll(/(\bfrom |\bimport\()"(\.[^"]+)\.ts"/g, '$1"$2.js"');
}

function shown(diagnostics: readonly ts.Diagnostic[]): string {
  return ts.formatDiagnostics(diagnostics, {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => ROOT,
    getNewLine: () => "\n",
  });
}
