/** What statx(2) says of a file. */
import { S } from "../abi/mod.ts";
import { RemoteProtocolError } from "../wire/mod.ts";

/** A file's metadata. */
export class Metadata {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes. */
  readonly size: number;
  readonly links: number;
  readonly inode: bigint;
  /** Seconds since the epoch, with nanoseconds. */
  readonly mtime: number;

  constructor(view: DataView) {
    this.links = view.getUint32(16, true);
    this.uid = view.getUint32(20, true);
    this.gid = view.getUint32(24, true);
    this.mode = view.getUint16(28, true);
    this.inode = view.getBigUint64(32, true);
    this.size = Number(view.getBigUint64(40, true));
    this.mtime = Number(view.getBigInt64(112, true)) + view.getUint32(120, true) / 1e9;
  }

  get isFile(): boolean {
    return (this.mode & S.IFMT) === S.IFREG;
  }

  get isDirectory(): boolean {
    return (this.mode & S.IFMT) === S.IFDIR;
  }

  get isSymlink(): boolean {
    return (this.mode & S.IFMT) === S.IFLNK;
  }

  get isSocket(): boolean {
    return (this.mode & S.IFMT) === S.IFSOCK;
  }
}

export const STATX_SIZE = 256;

/** One entry of a directory. */
export interface DirectoryEntry {
  readonly name: string;
  readonly inode: bigint;
  readonly type: "file" | "directory" | "symlink" | "socket" | "fifo" | "device" | "unknown";
}

const TYPES: Readonly<Record<number, DirectoryEntry["type"]>> = {
  1: "fifo",
  2: "device",
  4: "directory",
  6: "device",
  8: "file",
  10: "symlink",
  12: "socket",
};

/** Bytes of a `struct linux_dirent64` before its name. */
const DIRENT_SIZE = 19;

/**
 * The entries in what getdents64(2) returned, without "." and "..".
 *
 * @throws {RemoteProtocolError} If a record does not fit what was returned.
 */
export function decodeDirectory(bytes: Uint8Array): DirectoryEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: DirectoryEntry[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = at + DIRENT_SIZE < bytes.length ? view.getUint16(at + 16, true) : 0;
    if (length <= DIRENT_SIZE || at + length > bytes.length) {
      throw new RemoteProtocolError("The agent sent a directory whose records do not fit");
    }
    const name = cstringOf(bytes.subarray(at + DIRENT_SIZE, at + length));
    const type = TYPES[view.getUint8(at + 18)] ?? "unknown";
    if (name !== "." && name !== "..") {
      entries.push({ name, inode: view.getBigUint64(at, true), type });
    }
    at += length;
  }
  return entries;
}

function cstringOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}
