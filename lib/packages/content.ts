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
