/**
 * Names of files as the kernel has them: bytes, which need not be UTF-8.
 *
 * A {@linkcode ByteName} is text with one character for each byte, so that names can be cut, joined and
 * compared as text, and reach the other side as they were.
 */

/** A name or a path; each of its characters is one byte. */
export type ByteName = string;

const utf8 = new TextEncoder();
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The name that the program writes as `text`. */
export function byteName(text: string): ByteName {
  return fromBytes(utf8.encode(text));
}

export function fromBytes(bytes: Uint8Array): ByteName {
  let name = "";
  for (let at = 0; at < bytes.length; at += 4096) {
    name += String.fromCharCode(...bytes.subarray(at, at + 4096));
  }
  return name;
}

export function toBytes(name: ByteName): Uint8Array {
  const bytes = new Uint8Array(name.length);
  for (let i = 0; i < name.length; i++) bytes[i] = name.charCodeAt(i);
  return bytes;
}

/** The name for people: UTF-8 as it is, but other bytes and control characters as `\xff`. */
export function shown(name: ByteName): string {
  return name.replaceAll(/[\x80-\xff]+/g, (part) => decoded(part) ?? escaped(part))
    .replaceAll(/\p{Cc}/gu, escaped);
}

function decoded(part: ByteName): string | undefined {
  try {
    return strict.decode(toBytes(part));
  } catch {
    return undefined;
  }
}

function escaped(part: string): string {
  const codes = Array.from(part, (byte) => byte.charCodeAt(0).toString(16).padStart(2, "0"));
  return codes.map((code) => `\\x${code}`).join("");
}

/** The path of what has this path below a directory; the directory's own is empty. */
export function below(directory: ByteName, path: ByteName): ByteName {
  if (path === "") return directory;
  return directory === "" ? path : `${directory}/${path}`;
}

/** A path in two: the directory, empty if there is none, and the name in it. */
export function split(path: ByteName): { directory: ByteName; name: ByteName } {
  const slash = path.lastIndexOf("/");
  return { directory: path.slice(0, Math.max(slash, 0)), name: path.slice(slash + 1) };
}
