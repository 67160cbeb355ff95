/** A socket that listens and is held: what it is, and how it becomes that again. */
import { F, O, POLL, SO, type Sockaddr, SockaddrUn, SOL } from "../../abi/mod.ts";
import { SyscallError } from "../../agent/mod.ts";
import { calls, type FileDescriptor, type Thread } from "../../thread/mod.ts";

const DEFAULT_BACKLOG = 1024;
const TCP = 6;
const TCP_INFO = 11;
/** Of tcp_info: of a socket that listens, how many connections may wait. */
const [BACKLOG_AT, INFO_SIZE] = [28, 32];

/** What is to be known of one, to make it the same again. */
export interface Listening {
  readonly address: Sockaddr;
  /** How many connections may wait; only of TCP can that be asked. */
  readonly backlog: number | undefined;
  /** Which file its path is. */
  readonly file: bigint | undefined;
}

/** What was wrong with one. */
export interface Mended {
  /** In words, as "it did not listen any more". */
  readonly problems: readonly string[];
  /** Whether it can be used; else another one is to be made. */
  readonly isUsable: boolean;
}

/** What a descriptor listens as; nothing if it does not. */
export async function listeningOf(
  thread: Thread,
  fd: FileDescriptor,
  address: Sockaddr,
): Promise<Listening | undefined> {
  const { accepts, backlog } = await stateOf(thread, fd);
  return accepts ? { address, backlog, file: await fileOf(thread, address) } : undefined;
}

/** Makes it again what it was, as far as that can be done in place. */
export async function mendListener(
  thread: Thread,
  fd: FileDescriptor,
  { address, backlog = DEFAULT_BACKLOG, file }: Listening,
): Promise<Mended> {
  const state = await stateOf(thread, fd);
  const problems: string[] = [];
  if (address instanceof SockaddrUn) {
    const isThere = await fileOf(thread, address) === file;
    if (state.isHungUp) problems.push("it was shut down");
    if (!isThere) problems.push(`its path ${address.path} was removed`);
    if (state.isHungUp && isThere && file !== undefined) await thread.unlink(address.path);
    if (problems.length > 0) return { problems, isUsable: false };
  } else if (!state.accepts) {
    problems.push("it did not listen any more");
    await bindAgain(fd, address);
    await fd.listen(backlog);
  } else if (state.backlog !== undefined && state.backlog < backlog) {
    problems.push(`only ${state.backlog} connections could wait, and not ${backlog}`);
    await fd.listen(backlog);
  }
  if (state.blocks) {
    problems.push("it blocked");
    await fd.fcntl(F.SETFL, await fd.fcntl(F.GETFL) | O.NONBLOCK);
  }
  return { problems, isUsable: true };
}

/** A port that the kernel had chosen is lost with shutdown(2), one that was asked for is not: then this is EINVAL. */
async function bindAgain(fd: FileDescriptor, address: Sockaddr): Promise<void> {
  try {
    await fd.bind(address);
  } catch (error) {
    if (!(error instanceof SyscallError) || error.code !== "EINVAL") throw error;
  }
}

async function stateOf(thread: Thread, fd: FileDescriptor) {
  const { accepts, flags, events, info } = await thread.batch((b) => ({
    accepts: b.getsockopt(fd, SOL.SOCKET, SO.ACCEPTCONN),
    flags: b.fcntl(fd, F.GETFL),
    events: b.poll([{ fd, events: POLL.RDHUP }], 0),
    info: b.add(calls.getsockoptBytes(fd, TCP, TCP_INFO, INFO_SIZE).tried()),
  }));
  const view = info && new DataView(info.buffer, info.byteOffset, info.byteLength);
  return {
    accepts: accepts === 1,
    isHungUp: (events[0]! & (POLL.HUP | POLL.RDHUP)) !== 0,
    blocks: (flags & O.NONBLOCK) === 0,
    backlog: view?.getUint32(BACKLOG_AT, true),
  };
}

/** The number of the file that a path is, if an address has one, and it is there. */
async function fileOf(thread: Thread, address: Sockaddr): Promise<bigint | undefined> {
  if (!(address instanceof SockaddrUn) || !address.path.startsWith("/")) return undefined;
  try {
    return (await thread.stat(address.path)).inode;
  } catch (error) {
    if (error instanceof SyscallError && error.code === "ENOENT") return undefined;
    throw error;
  }
}
