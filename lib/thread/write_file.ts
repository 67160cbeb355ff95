/**
 * Writing whole files. Rules of a write that is atomic:
 *
 * - The content is complete on the host before the new file is made, and from then on all is one batch: a
 *   program or a link that ends meanwhile leaves the old file, or the new one.
 * - The new file has a name of its own in the same directory, and is on the disk before it gets the real one.
 *   A host that crashes in these milliseconds may leave it there, as `.bailiwick-new-` and a UUID.
 */
import { O } from "../abi/mod.ts";
import type { Batch } from "./batch.ts";
import type { Call, CallOptions } from "./call.ts";
import { writeAll } from "./calls/agent.ts";
import { memfd } from "./calls/mman.ts";
import { open } from "./calls/fcntl.ts";
import { unlink } from "./calls/unistd_files.ts";
import type { FileDescriptor } from "./descriptor.ts";
import type { Fd } from "./encoder.ts";
import type { HostInfo } from "./host_info.ts";
import type { OwnedOptions } from "./owned.ts";
import { Path, type PathLike, shownPath } from "./path.ts";
import type { Resolved } from "./result.ts";
import type { User } from "./user.ts";

/** How a file is written. */
export interface WriteFileOptions extends Pick<OwnedOptions, "mode">, CallOptions {
  /**
   * The user that it belongs to, by name, by number, or as {@linkcode CommandThread.user} has found it; one that is
   * found gives it that user's primary group.
   *
   * @default the thread's, or that of the file that is there
   */
  owner?: User | string | number;
  /**
   * Its group, by name or number.
   *
   * @default that of the owner
   */
  group?: string | number;
  /**
   * Whether the file has all of its new content or all of its old one at any moment, also if the host
   * crashes; the new one is on the disk, fsync(2), when this settles. It is another file then: links to the
   * old one keep that, a symbolic link is replaced, and who has it open does not see the new one.
   *
   * @default false
   */
  atomic?: boolean;
}

/** Whose a file becomes; -1 leaves it. */
export interface FileOwner {
  readonly uid: number;
  readonly gid: number;
}

/** What writes: a thread. */
export interface FileWriter {
  readonly host: HostInfo;
  batch<T>(build: (batch: Batch) => T, options?: CallOptions): Promise<Resolved<T>>;
  call<F>(call: Call<F>, options?: CallOptions): Promise<Resolved<F>>;
}

/** What is written, and as whose. */
export interface FileWriting {
  readonly path: PathLike;
  readonly bytes: Uint8Array;
  readonly owner: FileOwner | undefined;
  readonly options: WriteFileOptions;
}

const DEFAULT_MODE = 0o666;
/** Until the file has its mode. */
const PRIVATE = 0o600;

/** Creates a file or replaces what is in it. */
export async function writeFile(thread: FileWriter, writing: FileWriting): Promise<void> {
  if (writing.options.atomic) return await replace(thread, writing);
  const { path, bytes, options } = writing;
  const flags = O.CREAT | O.WRONLY | O.TRUNC;
  if (bytes.length <= thread.host.piece) {
    return await thread.batch((b) => {
      const fd = b.open(path, flags, options.mode);
      give(b, fd, writing);
      b.writeAll(fd, bytes);
      b.close(fd);
    }, options);
  }
  await using fd = await thread.call(open(path, flags, options.mode), options);
  await thread.batch((b) => give(b, fd, writing));
  await writePieces(thread, fd, writing);
}

async function replace(thread: FileWriter, writing: FileWriting): Promise<void> {
  const { path, bytes, options } = writing;
  if (bytes.length <= thread.host.piece) {
    return await replaceBy(thread, writing, (b, fd) => {
      b.writeAll(fd, bytes, `write ${shownPath(path)}`);
    });
  }
  await using whole = await thread.call(memfd("bailiwick-content"), options);
  await writePieces(thread, whole, writing);
  await whole.lseek(0);
  await replaceBy(thread, writing, (b, fd) => {
    b.copy(whole, fd, bytes.length, `write ${shownPath(path)}`);
  });
}

/** Makes the new file, fills it, and gives it its name: one batch. */
async function replaceBy(
  thread: FileWriter,
  writing: FileWriting,
  fill: (b: Batch, fd: Fd) => void,
): Promise<void> {
  const { path, options } = writing;
  const place = path instanceof Path ? path : new Path(thread.host, path);
  const made = place.parent.join(`.bailiwick-new-${crypto.randomUUID()}`);
  try {
    await thread.batch((b) => {
      const first = options.mode === undefined ? DEFAULT_MODE : PRIVATE;
      const fd = b.open(made, O.CREAT | O.EXCL | O.WRONLY | O.NOFOLLOW, first);
      give(b, fd, writing);
      fill(b, fd);
      b.fsync(fd);
      b.close(fd);
      b.rename(made, place);
      const directory = b.open(place.parent, O.RDONLY | O.DIRECTORY);
      b.fsync(directory);
      b.close(directory);
    }, options);
  } catch (error) {
    await thread.call(unlink(made).tried()).catch(() => {}); // The thread has ended, too.
    throw error;
  }
}

/** Gives an open file to its owner, then its mode, which a change of owner would narrow. */
function give(b: Batch, fd: Fd, { owner, options: { mode } }: FileWriting): void {
  if (owner) b.fchown(fd, owner.uid, owner.gid);
  if (mode !== undefined) b.fchmod(fd, mode);
}

async function writePieces(
  thread: FileWriter,
  fd: FileDescriptor,
  { path, bytes, options }: FileWriting,
): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const { piece } = thread.host;
    const what = `write ${shownPath(path)}`;
    await thread.call(writeAll(fd, bytes.subarray(at, at + piece), what), options);
    at += piece;
  }
}
