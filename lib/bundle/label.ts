/** The first line of a bundled module: what it is called, and which files come with it. @module */

/** What a bundle says of itself. */
export interface Label {
  /** Its own name among the files that belong together. */
  readonly name: string;
  /** The names of those that it reaches by a URL. */
  readonly files: readonly string[];
}

const PREFIX = "// bailiwick bundle ";

/** The line as it is written. */
export function labelLine(label: Label): string {
  return `${PREFIX}${JSON.stringify(label)}\n`;
}

/** What is on the first line; nothing if the module is no bundle that has one. */
export function labelOf(code: Uint8Array): Label | undefined {
  const start = new TextDecoder().decode(code.subarray(0, PREFIX.length));
  if (start !== PREFIX) return undefined;
  const end = code.indexOf("\n".charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(code.subarray(PREFIX.length, end)));
}
