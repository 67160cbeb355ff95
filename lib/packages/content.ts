/** What a package is made of. */
import type { Path, Thread } from "../thread/mod.ts";

/** One file of a package. */
export interface PackageFile {
  /** Below the package's directory, as "bin/orderd". */
  readonly path: string;
  readonly content: Uint8Array;
  readonly mode: number;
}

/** A file that brings itself to a host, and answers for what is there then. */
export interface WrittenFile {
  readonly path: string;
  readonly mode: number;
  /** Bytes. */
  readonly size: number;
  /** In hexadecimal. */
  readonly sha256: string;
  /**
   * Makes the file at a place; `moved` is told how many bytes more of it are there.
   *
   * @throws {PackageCorruptError} If what is there is not the file.
   * @throws {UnusablePlaceError} If it cannot be written there.
   */
  write(thread: Thread, place: Path, moved: (bytes: number) => void): Promise<void>;
}

/** What a package has on one architecture. */
export interface PackageContent {
  readonly name: string;
  readonly files: readonly (PackageFile | WrittenFile)[];
}

/** Bytes of a file. */
export function sizeOf(file: PackageFile | WrittenFile): number {
  return "content" in file ? file.content.length : file.size;
}

/** @throws {TypeError} If a path does not stay below the package's directory. */
export function checkPath(name: string, path: string): void {
  if (path !== "" && path.split("/").every((part) => !["", ".", ".."].includes(part))) return;
  throw new TypeError(`A file of package ${name} cannot be at ${JSON.stringify(path)}`);
}
