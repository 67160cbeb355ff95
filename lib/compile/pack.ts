/**
 * Writes a packed executable; native/launcher/pack.h has the format and its other reader.
 *
 * The same input gives the same bytes: entries are sorted by name, nothing tells the time or the place.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { deflateRawSync } from "node:zlib";

/** A file to pack. */
export interface PackedFile {
  /** Relative, of `[A-Za-z0-9._/-]`, at most 63 characters. */
  readonly name: string;
  readonly content: Uint8Array;
  readonly executable?: boolean;
  /** Hashed again at each start: for what the program loads into its own process. */
  readonly hashAlways?: boolean;
  /** It is deno; the last part of its name is what `ps` shows. */
  readonly isRuntime?: boolean;
}

/** What {@linkcode pack} wrote of a file. */
export interface PackedEntry {
  name: string;
  size: number;
  stored: number;
}

const ENTRY_SIZE = 128;
const NAME_SIZE = 64;
const FOOTER_SIZE = 64;
const MAX_ENTRIES = 256;
const Flag = { DEFLATED: 1, EXECUTABLE: 2, HASH_ALWAYS: 4, RUNTIME: 8 };

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest();
const align = (offset: number) => Math.ceil(offset / 8) * 8;

interface Laid {
  file: PackedFile;
  stored: Uint8Array;
  offset: number;
}

function check(files: PackedFile[]): void {
  const names = new Set(files.map((file) => file.name));
  if (names.size !== files.length) throw new RangeError("Cannot pack two files of one name");
  if (files.length > MAX_ENTRIES) {
    throw new RangeError(`Cannot pack more than ${MAX_ENTRIES} files`);
  }
  for (const { name, content } of files) {
    if (!/^(?!.*(\.\.|\/\/))[\w.-][\w./-]*$/.test(name) || name.length >= NAME_SIZE) {
      throw new RangeError(`Cannot pack a file of the name ${JSON.stringify(name)}`);
    }
    if (content.length === 0) throw new RangeError(`Cannot pack ${name}: it is empty`);
  }
}

function layOut(files: PackedFile[], start: number, compress: boolean): Laid[] {
  let offset = start;
  return files.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map((file) => {
    const smaller = compress ? deflateRawSync(file.content, { level: 6 }) : file.content;
    const stored = smaller.length < file.content.length ? smaller : file.content;
    const laid = { file, stored, offset: align(offset) };
    offset = laid.offset + stored.length;
    return laid;
  });
}

function encodeEntry({ file, stored, offset }: Laid): Uint8Array {
  const bytes = new Uint8Array(ENTRY_SIZE);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(offset), true);
  view.setBigUint64(8, BigInt(stored.length), true);
  view.setBigUint64(16, BigInt(file.content.length), true);
  bytes.set(sha256(file.content), 24);
  const flags = (stored === file.content ? 0 : Flag.DEFLATED) |
    (file.executable ? Flag.EXECUTABLE : 0) | (file.hashAlways ? Flag.HASH_ALWAYS : 0) |
    (file.isRuntime ? Flag.RUNTIME : 0);
  view.setUint32(56, flags, true);
  bytes.set(new TextEncoder().encode(file.name), ENTRY_SIZE - NAME_SIZE);
  return bytes;
}

function encodeFooter(index: Uint8Array, indexOffset: number): Uint8Array {
  const bytes = new Uint8Array(FOOTER_SIZE);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode("BWPACK1\0"));
  view.setUint32(8, index.length / ENTRY_SIZE, true);
  view.setBigUint64(16, BigInt(indexOffset), true);
  view.setBigUint64(24, BigInt(indexOffset + index.length + FOOTER_SIZE), true);
  bytes.set(sha256(index), 32);
  return bytes;
}

/**
 * Makes an executable of a launcher and files.
 *
 * One file must be the runtime, and one `program.js`, which it runs.
 *
 * @throws {RangeError} If a name cannot be packed, is there twice, or its file is empty.
 */
export function pack(
  launcher: Uint8Array,
  files: PackedFile[],
  options: { compress?: boolean } = {},
): { bytes: Uint8Array<ArrayBuffer>; entries: PackedEntry[] } {
  check(files);
  const laid = layOut(files, launcher.length, options.compress ?? true);
  const last = laid.at(-1);
  const indexOffset = align(last ? last.offset + last.stored.length : launcher.length);
  const index = new Uint8Array(laid.length * ENTRY_SIZE);
  laid.forEach((entry, i) => index.set(encodeEntry(entry), i * ENTRY_SIZE));
  const bytes = new Uint8Array(indexOffset + index.length + FOOTER_SIZE);
  bytes.set(launcher);
  for (const { stored, offset } of laid) bytes.set(stored, offset);
  bytes.set(index, indexOffset);
  bytes.set(encodeFooter(index, indexOffset), indexOffset + index.length);
  const entries = laid.map(({ file, stored }) => ({
    name: file.name,
    size: file.content.length,
    stored: stored.length,
  }));
  return { bytes, entries };
}

/** Writes `bytes` to `path` as a program: whole or not at all. */
export async function writeExecutable(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.${Deno.pid}.new`;
  try {
    await Deno.writeFile(temporary, bytes, { mode: 0o755 });
    await Deno.rename(temporary, path);
  } catch (cause) {
    await Deno.remove(temporary).catch(() => {});
    throw new Error(`Cannot write ${path}: ${(cause as Error).message}`, { cause });
  }
}
