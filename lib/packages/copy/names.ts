/**
 * Names of files as the kernel has them: bytes, which need not be UTF-8.
 *
 * A {@linkcode ByteName} is text with one character for each byte, so that names can be cut, joined and
 * compared as text, and reach the other side as they were.
 */
import { bytesOf, type Name, shown as shownName } from "../../thread/mod.ts";

/** A name or a path; each of its characters is one byte. */
export type ByteName = string;

/** The name that the program writes as text, or has as bytes. */
export function byteName(name: Name): ByteName {
  const bytes = bytesOf(name);
  let text = "";
  for (let at = 0; at < bytes.length; at += 4096) {
    text += String.fromCharCode(...bytes.subarray(at, at + 4096));
  }
  return text;
}

export function toBytes(name: ByteName): Uint8Array {
  const bytes = new Uint8Array(name.length);
  for (let i = 0; i < name.length; i++) bytes[i] = name.charCodeAt(i);
  return bytes;
}

/** The name for people; control characters too stand as `\x0a`. */
export function shown(name: ByteName): string {
  return shownName(toBytes(name)).replaceAll(
    /\p{Cc}/gu,
    (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
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
