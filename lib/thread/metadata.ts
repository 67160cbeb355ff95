/** What statx(2) and getdents64(2) say of files. */
import { DT, S, STRUCT } from "../abi/mod.ts";
import { RemoteProtocolError } from "../wire/mod.ts";
import { shown } from "./names.ts";

const AT = STRUCT.statx;
const DIRENT = STRUCT.dirent;

/** A file's metadata. Times are nanoseconds since the epoch. */
export class Metadata {
  readonly mode: S;
  readonly uid: number;
  readonly gid: number;
  /** Bytes. */
  readonly size: number;
  /** Bytes that are allocated for it. */
  readonly allocated: number;
  readonly links: number;
  readonly inode: bigint;
  /** The device that it is on: two files are one if this and the inode are the same. */
  readonly device: { readonly major: number; readonly minor: number };
  /** When it was last read. */
  readonly atime: bigint;
  /** When its content last changed. */
  readonly mtime: bigint;
  /** When it, or what is said of it here, last changed. */
  readonly ctime: bigint;

  /** @param view A `struct statx`. */
  constructor(view: DataView) {
    this.links = view.getUint32(AT.stx_nlink, true);
    this.uid = view.getUint32(AT.stx_uid, true);
    this.gid = view.getUint32(AT.stx_gid, true);
    this.mode = view.getUint16(AT.stx_mode, true);
    this.inode = view.getBigUint64(AT.stx_ino, true);
    this.size = Number(view.getBigUint64(AT.stx_size, true));
    this.allocated = 512 * Number(view.getBigUint64(AT.stx_blocks, true));
    this.atime = timeAt(view, AT.stx_atime);
    this.ctime = timeAt(view, AT.stx_ctime);
    this.mtime = timeAt(view, AT.stx_mtime);
    this.device = {
      major: view.getUint32(AT.stx_dev_major, true),
      minor: view.getUint32(AT.stx_dev_minor, true),
    };
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

/** A `struct statx_timestamp`. */
function timeAt(view: DataView, at: number): bigint {
  return view.getBigInt64(at, true) * 1_000_000_000n + BigInt(view.getUint32(at + 8, true));
}

/** One entry of a directory. */
export interface DirectoryEntry {
  /** The name as text; what is not UTF-8 stands as `\xff` in it, for people. */
  readonly name: string;
  /** The name as the kernel has it: what paths are joined with when it may be anything. */
  readonly bytes: Uint8Array;
  readonly inode: bigint;
  readonly type: "file" | "directory" | "symlink" | "socket" | "fifo" | "device" | "unknown";
}

const TYPES: Readonly<Record<number, DirectoryEntry["type"]>> = {
  [DT.FIFO]: "fifo",
  [DT.CHR]: "device",
  [DT.DIR]: "directory",
  [DT.BLK]: "device",
  [DT.REG]: "file",
  [DT.LNK]: "symlink",
  [DT.SOCK]: "socket",
};

/**
 * The entries in what getdents64(2) returned, without "." and "..".
 *
 * @throws {RemoteProtocolError} If a record does not fit what was returned.
 */
export function decodeDirectory(bytes: Uint8Array): DirectoryEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: DirectoryEntry[] = [];
  for (let at = 0; at < bytes.length;) {
    const fits = at + DIRENT.d_name < bytes.length;
    const length = fits ? view.getUint16(at + DIRENT.d_reclen, true) : 0;
    if (length <= DIRENT.d_name || at + length > bytes.length) {
      throw new RemoteProtocolError("The agent sent a directory whose records do not fit");
    }
    const raw = untilNul(bytes.subarray(at + DIRENT.d_name, at + length));
    const name = shown(raw);
    const type = TYPES[view.getUint8(at + DIRENT.d_type)] ?? "unknown";
    if (name !== "." && name !== "..") {
      const inode = view.getBigUint64(at + DIRENT.d_ino, true);
      entries.push({ name, bytes: raw, inode, type });
    }
    at += length;
  }
  return entries;
}

function untilNul(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}
