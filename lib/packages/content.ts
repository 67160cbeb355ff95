/** What a package is made of. */

/** One file of a package. */
export interface PackageFile {
  /** Below the package's directory, as "bin/orderd". */
  readonly path: string;
  readonly content: Uint8Array;
  readonly mode: number;
}

/** What a package has on one architecture. */
export interface PackageContent {
  readonly name: string;
  readonly files: readonly PackageFile[];
}

/** @throws {TypeError} If a path does not stay below the package's directory. */
export function checkPath(name: string, path: string): void {
  if (path !== "" && path.split("/").every((part) => !["", ".", ".."].includes(part))) return;
  throw new TypeError(`A file of package ${name} cannot be at ${JSON.stringify(path)}`);
}
