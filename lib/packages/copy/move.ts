/**
 * Moving the content of files, many of them a batch. Each file is made anew, in a directory that nobody
 * else can enter; it gets its real mode and time with its last byte.
 */
import { O } from "../../abi/mod.ts";
import type { Batch, CallOptions, Fd, FileDescriptor, Result } from "../../thread/mod.ts";
import { Below, inPlace, type Place } from "./at.ts";
import { collect, type Content } from "./collect.ts";
import { type Entry, permissions, type Piece } from "./entry.ts";

/** Reads pieces, less than a stream's window together. */
export async function readPieces(
  place: Place,
  pieces: readonly Piece[],
  options: CallOptions,
): Promise<Content[]> {
  return await collect(place.thread, (b, pipe) => {
    const at = new Below(b, place);
    const lengths = pieces.map(({ entry: { path }, offset, length }) => {
      const fd = at.openToRead(path, offset);
      const copied = b.copy(fd, pipe, length);
      at.close(fd);
      return copied;
    });
    at.end();
    return lengths;
  }, options);
}

/** Writes pieces that were read. Whole files are finished, but for those that have more to come. */
export async function writePieces(
  place: Place,
  pieces: readonly Piece[],
  contents: readonly Content[],
  options: CallOptions,
  hasMore: (piece: Piece, content: Content) => boolean,
): Promise<void> {
  await inPlace(place, options, (at, b) =>
    pieces.forEach((piece, index) => {
      const fd = openToWrite(at, b, piece);
      b.writeAll(fd, contents[index]!);
      if (piece.whole && !hasMore(piece, contents[index]!)) finishOpen(at, b, fd, piece.entry);
      at.close(fd);
    }));
}

/** Copies pieces between two places of one thread, and returns how many bytes each had. */
export async function copyPieces(
  from: Place,
  to: Place,
  pieces: readonly Piece[],
  options: CallOptions,
): Promise<number[]> {
  return await to.thread.batch((b) => {
    const [source, target] = [new Below(b, from), new Below(b, to)];
    const lengths = pieces.map((piece) => copyPiece(b, source, target, piece));
    source.end();
    target.end();
    return lengths;
  }, options);
}

function copyPiece(b: Batch, source: Below, target: Below, piece: Piece): Result<number> {
  const { entry, offset, length, whole } = piece;
  const old = source.openToRead(entry.path, offset);
  const copy = openToWrite(target, b, piece);
  // What says that it is empty is read to its end.
  const count = entry.facts.size === 0 ? undefined : length;
  const copied = b.copy(old, copy, count);
  source.close(old);
  if (whole) finishOpen(target, b, copy, entry);
  target.close(copy);
  return copied;
}

/** Makes files that are written in several pieces. */
export async function makeFiles(
  place: Place,
  entries: readonly Entry[],
  options: CallOptions,
): Promise<void> {
  await inPlace(place, options, (at) => {
    for (const { path } of entries) at.close(at.open(path, NEW, 0o600));
  });
}

/** Gives files that were written in several pieces their length, mode and time. */
export async function finishFiles(
  place: Place,
  files: readonly { entry: Entry; length: number }[],
  options: CallOptions,
): Promise<void> {
  await inPlace(place, options, (at, b) => {
    for (const { entry, length } of files) {
      const fd = at.open(entry.path, O.WRONLY);
      b.ftruncate(fd, length);
      finishOpen(at, b, fd, entry);
      at.close(fd);
    }
  });
}

/** Gives directories their mode and time. */
export async function finishDirectories(
  place: Place,
  entries: readonly Entry[],
  options: CallOptions,
): Promise<void> {
  await inPlace(place, options, (at, b) => {
    for (const entry of entries) {
      const fd = at.open(entry.path, O.RDONLY | O.DIRECTORY);
      finishOpen(at, b, fd, entry);
      at.close(fd);
    }
  });
}

const NEW = O.CREAT | O.EXCL | O.WRONLY;

function openToWrite(
  at: Below,
  b: Batch,
  { entry: { path }, offset, whole }: Piece,
): Result<FileDescriptor> {
  if (whole) return at.open(path, NEW, 0o600);
  const fd = at.open(path, O.WRONLY);
  if (offset > 0) b.lseek(fd, offset);
  return fd;
}

/** Last the time, since a change of the content changes it too. */
function finishOpen(at: Below, b: Batch, fd: Fd, entry: Entry): void {
  b.fchmod(fd, permissions(entry));
  at.setTime(fd, entry.facts.mtime);
}
