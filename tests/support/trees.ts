/** Trees of files for tests that copy them. */
import { createHash } from "node:crypto";
import type { Path, Thread } from "bailiwick";

/** Makes a tree of all kinds of names, modes and links. */
export async function makeOddTree(thread: Thread, root: Path): Promise<void> {
  await thread.mkdir(root, 0o755);
  for (const name of ["a b", "new\nline", "ünïcödé \u{1F600}", "-rf", "empty"]) {
    await thread.mkdir(root.join(name));
  }
  await thread.writeFile(root.join("a b", "quote\"'$(touch x)"), "content", { mode: 0o755 });
  await thread.writeFile(root.join("new\nline", "\t"), random(5000), { mode: 0o604 });
  await thread.writeFile(root.join("ünïcödé \u{1F600}", "日本"), random(300_000), { mode: 0o444 });
  await thread.writeFile(root.join("nothing"), "", { mode: 0o600 });
  await thread.symlink("/etc", root.join("out"));
  await thread.symlink("nowhere/\u{1F600}", root.join("dangling"));
  await thread.symlink("a b", root.join("in"));
  await thread.mkdir(root.join("closed"));
  await thread.batch((b) => {
    b.chmod(root.join("empty"), 0o700);
    b.chmod(root.join("closed"), 0o555);
  });
}

/** A line for each file: relative path, type and mode, time in nanoseconds, content. */
export async function describe(thread: Thread, root: Path): Promise<string[]> {
  const lines: string[] = [];
  const walk = async (path: Path, name: string) => {
    const { mode, mtime, isDirectory, isFile, isSymlink } = await thread.stat(path, {
      followSymlink: false,
    });
    const content = isFile
      ? createHash("sha256").update(await thread.readFile(path)).digest("hex")
      : isSymlink
      ? await thread.readlink(path)
      : "";
    lines.push(`${name} ${mode.toString(8)} ${mtime} ${content}`);
    if (!isDirectory) return;
    const entries = await thread.readDirectory(path);
    for (const entry of entries) await walk(path.join(entry.name), `${name}/${entry.name}`);
  };
  await walk(root, ".");
  return lines.sort();
}

/** Random bytes. */
export function random(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 65536) crypto.getRandomValues(bytes.subarray(at, at + 65536));
  return bytes;
}
