/**
 * The store: where packages lie on a host, each in a directory named by the hash of its content.
 *
 * A package is written under a temporary name, read back and compared, and renamed into place as the
 * last step, so that a directory with a package's name is always whole. Two deploys of one package
 * write under different names, and the second to rename finds the first's result.
 */
import { createHash } from "node:crypto";
import { posix } from "node:path";
import { type HostInfo, Path, type SyscallThread, type Thread } from "../thread/mod.ts";

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

/** What was written is not what was sent: the disk, or somebody else, changed it. */
export class PackageCorruptError extends Error {
  override readonly name = "PackageCorruptError";
}

/** The directory of the store: private to the user that the thread runs as. */
export function storePath(thread: SyscallThread): Path {
  return new Path(thread, storeDirectory(thread.host));
}

function storeDirectory({ environment, uid }: HostInfo): string {
  const cache = environment["XDG_CACHE_HOME"] ??
    (environment["HOME"] && posix.join(environment["HOME"], ".cache"));
  if (cache && posix.isAbsolute(cache)) return posix.join(cache, "bailiwick/store");
  return `/var/tmp/bailiwick-${uid}/store`;
}

/** The directory name of a package: its name and what it holds. */
export function storeName({ name, files }: PackageContent): string {
  const hash = createHash("sha256");
  for (const { path, content, mode } of files) {
    hash.update(`${path.length} ${path} ${mode} ${content.length}\n`);
    hash.update(content);
  }
  return `${hash.digest("hex").slice(0, 32)}-${name}`;
}

/** Puts a package into the store unless it is there, and returns its directory. */
export async function putPackage(thread: Thread, content: PackageContent): Promise<Path> {
  const store = storePath(thread);
  const target = store.join(storeName(content));
  if (await exists(thread, target)) return target;
  const making = store.join(`.making-${crypto.randomUUID()}`);
  try {
    await makeDirectories(thread, store, making, content);
    for (const file of content.files) await putFile(thread, making, file);
    await publish(thread, making, target);
  } finally {
    if (!thread.host.lost) await thread.removeTree(making);
  }
  return target;
}

async function exists(thread: Thread, path: Path): Promise<boolean> {
  try {
    const stat = await thread.stat(path, { followSymlink: false });
    return stat.isDirectory && stat.uid === thread.host.uid;
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return false;
    throw error;
  }
}

async function makeDirectories(
  thread: Thread,
  store: Path,
  making: Path,
  { files }: PackageContent,
): Promise<void> {
  const below = new Set(
    files.map(({ path }) => posix.dirname(path)).filter((path) => path !== "."),
  );
  await thread.batch((b) => {
    for (const parent of parents(store)) b.mkdir(parent, 0o755, { existing: "ok" });
    b.mkdir(store, 0o700, { existing: "ok" });
    b.mkdir(making, 0o700);
    for (const path of below) b.mkdir(making.join(path), 0o755);
  });
  const stat = await thread.stat(store, { followSymlink: false });
  if (stat.isDirectory && stat.uid === thread.host.uid && (stat.mode & 0o022) === 0) return;
  throw new PackageCorruptError(
    `The store ${store} on host ${thread.host.name} must be a directory that only its owner ` +
      `(user ${thread.host.uid}) can write to; remove it or mend its mode`,
  );
}

function parents(path: Path): Path[] {
  const above: Path[] = [];
  for (let at = path.parent; `${at}` !== "/"; at = at.parent) above.unshift(at);
  return above;
}

async function putFile(thread: Thread, making: Path, file: PackageFile): Promise<void> {
  const path = making.join(file.path);
  await thread.writeFile(path, file.content, file.mode);
  const written = await thread.readFile(path);
  if (sha256(written) !== sha256(file.content)) {
    throw new PackageCorruptError(
      `${path} on host ${thread.host.name} does not read back as it was written (sha256 differs)`,
    );
  }
}

async function publish(thread: Thread, making: Path, target: Path): Promise<void> {
  try {
    await thread.rename(making, target);
  } catch (error) {
    if (!(await exists(thread, target))) throw error;
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
