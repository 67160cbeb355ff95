/**
 * Moving the content of files, many of them a batch.
 *
 * They are read into one pipe, whose other end comes as a stream: nothing but requests travels to the
 * host that is read, and the results say where one file ends. A batch holds less than the stream's
 * window, so it never waits for the program. They are written from the blob of one batch.
 */
import { AT, O } from "../../abi/mod.ts";
import type { Argument } from "../../wire/mod.ts";
import type { Batch, CallOptions, FileDescriptor, Result, Thread } from "../../thread/mod.ts";
import { below, isWhole, permissions, type Piece } from "./entry.ts";

/** A tree's root, on a thread. */
export interface Place {
  readonly thread: Thread;
  readonly root: string;
}

/** Bytes of a file below a root. */
export interface Extent {
  readonly path: string;
  readonly offset: number;
  readonly length: number;
}

/** The bytes of one piece, in the parts in which they came. */
type Content = Uint8Array[];

/**
 * Reads extents, less than a stream's window together; what was cut off a file meanwhile is missing at
 * their ends.
 */
export async function readExtents(
  { thread, root }: Place,
  extents: readonly Extent[],
  options: CallOptions = {},
): Promise<Content[]> {
  const { reader, lengths } = await thread.batch((b) => {
    const { read, write } = b.pipe();
    const reader = b.reader(read);
    b.close(read);
    const lengths = extents.map((extent) => {
      const fd = openToRead(b, root, extent);
      const copied = b.copy(fd, write, extent.length, `read ${below(root, extent.path)}`);
      b.close(fd);
      return copied;
    });
    b.close(write);
    return { reader, lengths };
  }, options);
  const chunks: Uint8Array[] = [];
  for (let chunk; (chunk = await reader.read(options)) !== undefined;) chunks.push(chunk);
  return lengths.map((length) => takeFrom(chunks, length));
}

/** Takes the first `length` bytes off the chunks. */
function takeFrom(chunks: Uint8Array[], length: number): Content {
  const content: Content = [];
  for (let left = length; left > 0 && chunks.length > 0;) {
    const part = chunks[0]!.subarray(0, left);
    content.push(part);
    left -= part.length;
    if (part.length === chunks[0]!.length) chunks.shift();
    else chunks[0] = chunks[0]!.subarray(part.length);
  }
  return content;
}

/** Writes pieces that were read. */
export async function writePieces(
  { thread, root }: Place,
  pieces: readonly Piece[],
  contents: readonly Content[],
  options: CallOptions,
): Promise<void> {
  await thread.batch((b) => {
    pieces.forEach((piece, index) => {
      const fd = openToWrite(b, root, piece);
      b.writeAll(fd, contents[index]!, `write ${below(root, piece.entry.path)}`);
      finish(b, fd, piece);
    });
  }, options);
}

/** Copies pieces between two places of one thread. */
export async function copyPieces(
  { thread, root }: Place,
  target: string,
  pieces: readonly Piece[],
  options: CallOptions,
): Promise<void> {
  await thread.batch((b) => {
    for (const piece of pieces) {
      const from = openToRead(b, root, extentOf(piece));
      const to = openToWrite(b, target, piece);
      const [old, copy] = [root, target].map((place) => below(place, piece.entry.path));
      b.copy(from, to, piece.length, `copy ${old} to ${copy}`);
      b.close(from);
      finish(b, to, piece);
    }
  }, options);
}

/** Sets the time of what is at a path: utimensat(2), symbolic links not followed. */
export function setTime(b: Batch, path: string, mtime: number): void {
  const name = b.encoder.put(new TextEncoder().encode(path), 1);
  b.syscall("utimensat", AT.FDCWD, name, times(b, mtime), AT.SYMLINK_NOFOLLOW);
}

/** Where the bytes of a piece are. */
export function extentOf({ entry, offset, length }: Piece): Extent {
  return { path: entry.path, offset, length };
}

function openToRead(b: Batch, root: string, { path, offset }: Extent): Result<FileDescriptor> {
  const fd = b.open(below(root, path), O.RDONLY | O.NOFOLLOW | O.NONBLOCK);
  if (offset > 0) b.lseek(fd, offset);
  return fd;
}

/** A file of several pieces gets its mode at the end: it might forbid to open it for the next one. */
function openToWrite(b: Batch, root: string, piece: Piece): Result<FileDescriptor> {
  const mode = isWhole(piece) ? permissions(piece.entry) : 0o600;
  const flags = O.CREAT | O.WRONLY | O.NOFOLLOW;
  const fd = b.open(below(root, piece.entry.path), flags, mode);
  if (piece.offset > 0) b.lseek(fd, piece.offset);
  return fd;
}

function finish(b: Batch, fd: Result<FileDescriptor>, piece: Piece): void {
  if (isWhole(piece)) {
    b.syscall("utimensat", fd.argument, 0, times(b, piece.entry.metadata.mtime), 0);
  }
  b.close(fd);
}

/** Two `struct timespec`: the access time is left alone. */
function times(b: Batch, mtime: number): Argument {
  const ref = b.encoder.room(32);
  const view = b.encoder.blobView();
  const seconds = Math.floor(mtime);
  view.setBigInt64(ref.value + 8, UTIME_OMIT, true);
  view.setBigInt64(ref.value + 16, BigInt(seconds), true);
  view.setBigInt64(ref.value + 24, BigInt(Math.floor((mtime - seconds) * 1e9)), true);
  return ref;
}

const UTIME_OMIT = (1n << 30n) - 2n;
