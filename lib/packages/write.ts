/** Writing a package's files, and reading them back. */
import { createHash } from "node:crypto";
import { posix } from "node:path";
import { O } from "../abi/mod.ts";
import type { Moved } from "../model/mod.ts";
import { type FileDescriptor, type Path, shutsOut, type Thread, type User } from "../thread/mod.ts";
import { parents } from "../thread/path.ts";
import { collect } from "./copy/collect.ts";
import { checkExecutable, isPrivate, statPlace, UnusablePlaceError } from "./places.ts";
import { addMaking, isTaken } from "./stale.ts";
import { type PackageContent, type PackageFile, sizeOf } from "./content.ts";

/** Bytes of one batch; several are on their way at once. */
const PIECE = 320 * 1024;

/** What was written is not what was sent: the disk, or somebody else, changed it. */
export class PackageCorruptError extends Error {
  override readonly name = "PackageCorruptError";
}

/**
 * Makes the store, and in it the directories of a package, locked. Nothing if a sweep has taken it.
 *
 * @throws {UnusablePlaceError} If others can change the store.
 */
export async function makeDirectories(
  thread: Thread,
  { store, making, user }: { store: Path; making: Path; user: User | undefined },
  { files }: PackageContent,
): Promise<FileDescriptor | undefined> {
  const below = new Set(files.flatMap(({ path }) => directoriesOf(path)));
  const locking = thread.batch((b) => {
    for (const parent of parents(store)) {
      b.mkdir(parent, user ? PASSABLE : 0o700, { existing: "ok" });
    }
    b.mkdir(store, 0o700, { existing: "ok" });
    const found = { uid: b.geteuid(), ...statPlace(b, `${store}`) };
    return { ...found, ...addMaking(b, making) };
  });
  const filling = thread.batch((b) => {
    for (const path of below) {
      b.mkdir(making.join(path), 0o755);
      if (user) b.chmod(making.join(path), 0o755);
    }
    const probe = making.join(".probe");
    b.close(b.open(probe, O.CREAT | O.EXCL | O.WRONLY, 0o700));
    checkExecutable(b, `${probe}`);
    b.unlink(probe);
  });
  filling.catch(() => {}); // Looked at when the directory is known to be there.
  const { uid, around, store: made, fd, lock } = await locking;
  if (isPrivate(around, uid) && isPrivate(made, uid) && !isTaken(lock)) {
    try {
      await filling;
      if (user) await letIn(thread, [store, making], user);
      return fd;
    } catch (error) {
      await fd.close();
      throw error;
    }
  }
  await fd.close();
  if (isTaken(lock)) return undefined;
  throw new UnusablePlaceError(
    `${store}: it and the directory around it must belong to user ${uid} alone; ` +
      "remove them or mend their modes",
  );
}

/** Others may pass to what they know the name of. */
const PASSABLE = 0o711;

/**
 * Lets a user into directories, by its group, and through what is around the first.
 *
 * @throws {UnusablePlaceError} If a directory further up shuts the user out.
 */
async function letIn(thread: Thread, directories: readonly [Path, Path], user: User) {
  const [store] = directories;
  await thread.batch((b) => {
    b.chmod(store.parent, PASSABLE);
    if (`${store}`.startsWith(`${thread.host.temporary}/`)) {
      b.chmod(thread.host.temporary, PASSABLE);
    }
    for (const directory of directories) {
      b.chown(directory, KEEP, user.gid);
      b.chmod(directory, 0o750);
    }
  });
  const found = await shutsOut(thread, `${store}`, user);
  if (found) throw new UnusablePlaceError(`${store}: ${found.path} shuts user ${user} out`);
}

/** What chown(2) leaves as it is. */
const KEEP = -1;

function directoriesOf(path: string): string[] {
  const parent = posix.dirname(path);
  return parent === "." ? [] : [...directoriesOf(parent), parent];
}

/** Writes all files; every piece is on its way before the first has arrived. */
export async function writeFiles(
  thread: Thread,
  making: Path,
  { files }: PackageContent,
  moved: Moved,
): Promise<void> {
  const total = files.reduce((sum, file) => sum + sizeOf(file), 0);
  let written = 0;
  const arrived = (bytes: number) => moved(written += bytes, total);
  const write = async (file: PackageFile, extent: Extent) => {
    await writeExtent(thread, making, file, extent);
    arrived(extent.length);
  };
  const writes = files.flatMap((file) =>
    "content" in file
      ? extentsOf(file).map((extent) => write(file, extent))
      : [file.write(thread, making.join(file.path), arrived)]
  );
  for (const end of await Promise.allSettled(writes)) {
    if (end.status === "rejected") throw end.reason;
  }
}

async function writeExtent(
  thread: Thread,
  making: Path,
  { path, content, mode }: PackageFile,
  { offset, length }: Extent,
): Promise<void> {
  const place = making.join(path);
  await thread.batch((b) => {
    const fd = b.open(place, O.CREAT | O.WRONLY | O.NOFOLLOW, 0o600);
    if (offset > 0) b.lseek(fd, offset);
    b.writeAll(fd, content.subarray(offset, offset + length));
    if (offset + length === content.length) {
      b.fchmod(fd, mode);
      b.fsync(fd);
    }
    b.close(fd);
  });
}

/**
 * Reads all files back, but for those that answer for themselves.
 *
 * @throws {PackageCorruptError} If one is not what it should be.
 */
export async function verifyFiles(
  thread: Thread,
  making: Path,
  { files }: PackageContent,
): Promise<void> {
  await Promise.all(files.map(async (file) => {
    if (!("content" in file)) return;
    const read = await Promise.all(
      extentsOf(file).map((extent) => readExtent(thread, making.join(file.path), extent)),
    );
    if (sha256(read.flat(2)) === sha256([file.content])) return;
    throw new PackageCorruptError(
      `${
        making.join(file.path)
      } on host ${thread.host.name} does not read back as it was written ` +
        "(sha256 differs)",
    );
  }));
}

async function readExtent(
  thread: Thread,
  path: Path,
  { offset, length }: Extent,
): Promise<readonly Uint8Array[]> {
  const [content] = await collect(thread, (b, pipe) => {
    const fd = b.open(path, O.RDONLY | O.NOFOLLOW);
    if (offset > 0) b.lseek(fd, offset);
    const copied = b.copy(fd, pipe, length);
    b.close(fd);
    return [copied];
  });
  return content!;
}

interface Extent {
  readonly offset: number;
  readonly length: number;
}

/** The pieces of a file; an empty one has an empty piece. */
function extentsOf({ content }: PackageFile): Extent[] {
  return Array.from({ length: Math.max(1, Math.ceil(content.length / PIECE)) }, (_, index) => {
    const offset = index * PIECE;
    return { offset, length: Math.min(PIECE, content.length - offset) };
  });
}

function sha256(parts: readonly Uint8Array[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}
