/**
 * Addresses of Unix sockets by paths of any length.
 *
 * `struct sockaddr_un` has room for 107 bytes. A longer path is reached through its directory, which is
 * opened: `/proc/self/fd/N/name` is short, and means the same to the thread that has it open.
 */
import { O, SockaddrUn } from "../abi/mod.ts";
import type { FileDescriptor } from "./descriptor.ts";
import { bytesOf, textOf } from "./names.ts";
import { Path, type PathLike, shownPath } from "./path.ts";
import type { SyscallThread } from "./runner.ts";

/** Bytes of a path that fit into an address. */
const MOST = 107;

/** The address of a Unix socket on one thread, which may keep its directory open. */
export class UnixAddress {
  /** What bind(2), connect(2) and sendto(2) on the thread take. */
  readonly address: SockaddrUn;
  readonly #directory: FileDescriptor | undefined;

  /** @param directory What `address` goes through; owned by this object from now on. */
  constructor(address: SockaddrUn, directory?: FileDescriptor) {
    this.address = address;
    this.#directory = directory;
  }

  /** Closes the directory. What was bound or connected stays so. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#directory?.close();
  }
}

/** Opens the path's directory, if the path is too long for an address. */
export async function openUnixAddress(
  thread: SyscallThread,
  socket: PathLike,
): Promise<UnixAddress> {
  const path = socket instanceof Path ? socket : thread.path(socket);
  path.checkHost(thread.host);
  const text = textOf(path.bytes);
  if (text === undefined) {
    throw new RangeError(`The path of a Unix socket must be UTF-8: ${shownPath(path)}`);
  }
  if (bytesOf(text).length <= MOST) return new UnixAddress(new SockaddrUn(text));
  const directory = await thread.open(path.parent, O.PATH | O.DIRECTORY);
  try {
    const short = `/proc/self/fd/${directory.number}/${path.name}`;
    return new UnixAddress(new SockaddrUn(short), directory);
  } catch (error) {
    await directory.close();
    throw error;
  }
}
