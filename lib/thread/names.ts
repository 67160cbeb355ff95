/**
 * Names of files as the kernel has them: bytes, which need not be UTF-8.
 *
 * What is UTF-8 is text in the program. Other names go through as the bytes that they are, and are text
 * for people only: bytes that are no UTF-8 stand as `\xff`.
 */

const utf8 = new TextEncoder();
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A name of a file, or a path: text, or bytes that need not be UTF-8. */
export type Name = string | Uint8Array;

/** The bytes of a name. */
export function bytesOf(name: Name): Uint8Array {
  return typeof name === "string" ? utf8.encode(name) : name;
}

/** The text that these bytes are, if they are UTF-8. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

/** A name for people: text as it is; bytes that are no UTF-8 as `\xff`. */
export function shown(name: Name): string {
  if (typeof name === "string") return name;
  return textOf(name) ?? Array.from(name, shownByte).join("");
}

function shownByte(byte: number): string {
  if (byte >= 0x20 && byte < 0x7f) return String.fromCharCode(byte);
  return `\\x${byte.toString(16).padStart(2, "0")}`;
}
