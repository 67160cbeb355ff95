/** What an executable holds: the bundled program, and each file that one of its modules names. @module */
import { dirname } from "node:path/posix";
import { bundleOne, type Content, FileNames, readFiles, withoutShebang } from "../bundle/mod.ts";
import type { PackedFile } from "./pack.ts";
import { FILE_FUNCTION, PREAMBLE } from "./start.ts";

/** A file of an executable, and which file it is a copy of or was made from. */
export type PackedContent = PackedFile & Pick<Content, "source">;

/** What the program loads into its own process, or becomes its agent. */
const OWN = /\.so(\.\d+)*$|\/agent$/;

/**
 * Reads them; the first is the program.
 *
 * @param main The path of the program's first module, absolute.
 * @throws {Error} If something cannot be bundled or read.
 */
export async function readContents(main: string): Promise<PackedContent[]> {
  const names = new FileNames(dirname(main));
  const program = await bundleOne(main);
  const place = (url: URL) => `${FILE_FUNCTION}(${JSON.stringify(names.of(url))})`;
  const text = PREAMBLE + withoutShebang(program.code(place));
  const { contents } = await readFiles(program.files, names);
  return [
    {
      name: "program.js",
      source: main,
      content: new TextEncoder().encode(text),
      hashAlways: true,
    },
    ...contents.map((content) => ({ ...content, hashAlways: OWN.test(content.source) })),
  ];
}
