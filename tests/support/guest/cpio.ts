/** Archives as the kernel unpacks them at its start: cpio in its "newc" format, initramfs-buffer-format. */

/** A file or, without content, a directory; the directories of a file come before it. */
export interface CpioEntry {
  readonly path: string;
  readonly mode: number;
  readonly content?: Uint8Array;
}

const DIRECTORY = 0o040000;
const FILE = 0o100000;

/** Makes an archive. */
export function cpio(entries: readonly CpioEntry[]): Uint8Array<ArrayBuffer> {
  const parts = [...entries, { path: "TRAILER!!!", mode: 0, content: new Uint8Array() }]
    .flatMap((entry, index) => encode(entry, index + 1));
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function encode({ path, mode, content }: CpioEntry, inode: number): Uint8Array[] {
  const size = content?.length ?? 0;
  const type = content ? FILE : DIRECTORY;
  const fields = [inode, type | mode, 0, 0, 1, 0, size, 0, 0, 0, 0, path.length + 1, 0];
  const hex = fields.map((field) => field.toString(16).padStart(8, "0")).join("");
  const header = new TextEncoder().encode(`070701${hex}${path}\0`);
  return [padded(header), padded(content ?? new Uint8Array())];
}

/** Everything begins at a multiple of 4 bytes. */
function padded(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
  whole.set(bytes);
  return whole;
}
