/**
 * Checks what is written for people: everything that the library's entries export has a doc comment, what
 * is called of it stands in an example, and no link is dead, in the API reference, which this makes for it, nor in any page of the repository.
 */
import { examples, withoutExample } from "./api/examples.ts";
import { deadReferences } from "./api/references.ts";
import { makeReference } from "./api/reference.ts";
import { allExports, commentOf } from "./api/symbols.ts";
import { deadLinks } from "./links.ts";
import { filesBelow, ROOT, sources } from "./sources.ts";

const exports = await allExports();
const symbols = [...exports.values()].flat();
const undocumented = symbols
  .filter((symbol) => commentOf(symbol) === "")
  .map(({ name, file, line }) => `${file}:${line}: ${name} has no doc comment`);

const reference = `${ROOT}/dist/api`;
await makeReference(reference, exports);
const pages = filesBelow(reference).filter((path) => path.endsWith(".html"));
const problems = [
  ...undocumented,
  ...withoutExample(symbols, await examples()),
  ...deadReferences(symbols),
  ...deadLinks(ROOT, [...sources("", ".md")]),
  ...deadLinks(reference, pages).map((problem) => `dist/api/${problem}`),
];
for (const problem of new Set(problems)) console.error(problem);
if (problems.length > 0) Deno.exit(1);
