/** Directories and sockets that belong to a user, whatever the thread's user and umask are. */
import { AF, O, type S, SO, SOCK, type Sockaddr, SockaddrUn, SOL } from "../abi/mod.ts";
import type { Batch } from "./batch.ts";
import { checkSockaddr } from "./calls/arguments.ts";
import type { PathLike } from "./path.ts";
import type { User } from "./user.ts";

/** Whose a file is, and who may use it. */
export interface OwnedOptions {
  /**
   * The user that it belongs to, and that user's primary group.
   *
   * @default the thread's
   */
  owner?: User;
  /**
   * Its permissions, whatever the umask is.
   *
   * @default what the umask leaves; of `mkdtemp` 0o700
   */
  mode?: S;
}

/** Makes a directory unless it is there, and gives it to its owner; a link in its place is refused. */
export function addOwnedDirectory(b: Batch, path: PathLike, { owner, mode }: OwnedOptions): void {
  owner?.checkHost(b.host);
  b.mkdir(path, mode ?? 0o777, { existing: "ok" });
  if (!owner && mode === undefined) return;
  const fd = b.open(path, O.RDONLY | O.DIRECTORY | O.NOFOLLOW);
  if (owner) b.fchown(fd, owner.uid, owner.gid);
  if (mode !== undefined) b.fchmod(fd, mode);
  b.close(fd);
}

/**
 * Makes a socket that is bound and listens.
 *
 * @throws {TypeError} If an owner or a mode is given for what is no file.
 */
export function addListener(
  b: Batch,
  address: Sockaddr,
  backlog: number,
  { owner, mode }: OwnedOptions,
) {
  owner?.checkHost(b.host);
  checkSockaddr(address);
  const path = address instanceof SockaddrUn && !/^(?:\0|$)/.test(address.path)
    ? address.path
    : undefined;
  if (path === undefined && (owner || mode !== undefined)) {
    throw new TypeError(`${address} is no file, so it has no owner and no mode: leave them out`);
  }
  const fd = b.socket(address.family, SOCK.STREAM);
  if (address.family !== AF.UNIX) b.setsockopt(fd, SOL.SOCKET, SO.REUSEADDR, 1);
  // The file is made with the mode of the socket; so it is never there with a wider one.
  if (mode !== undefined) b.fchmod(fd, mode);
  b.bind(fd, address);
  if (path !== undefined && owner) b.chown(path, owner.uid, owner.gid);
  if (path !== undefined && mode !== undefined) b.chmod(path, mode);
  b.listen(fd, backlog);
  return fd;
}
