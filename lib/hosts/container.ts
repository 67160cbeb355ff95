/**
 * Containers: namespaces of a host with an agent as their init. The kernel ends all that is in them when
 * that agent ends, so nothing can be left behind.
 */
import { CLONE, MNT, MS, O } from "../abi/mod.ts";
import { buildsOf } from "../agent/mod.ts";
import { readAgent } from "../assets/mod.ts";
import { type Batch, Command, type PathLike, type Thread } from "../thread/mod.ts";
import { Host, type HostOptions } from "./host.ts";
import { NestedTransport, openChannel } from "./nested_transport.ts";

/** How a container is made. */
export interface ContainerOptions extends HostOptions {
  /**
   * The directory that is its root; else it sees the host's files. It gets proc, dev and tmp in it, with
   * the devices that programs count on.
   */
  rootfs?: PathLike;
  /**
   * Namespaces of its own besides those for processes and mounts: CLONE.NEWNET, CLONE.NEWUTS,
   * CLONE.NEWIPC, CLONE.NEWUSER. An ordinary user always gets CLONE.NEWUSER, and is root in it.
   */
  unshare?: number;
}

const DEVICES = ["null", "zero", "full", "random", "urandom"];

/**
 * Makes new namespaces on the host of `thread`, with an agent as process 1. They begin as copies of the
 * thread's surroundings, and have a /proc of their own.
 *
 * @throws {SyscallError} If the kernel does not allow it.
 */
export async function container(thread: Thread, options: ContainerOptions = {}): Promise<Host> {
  const user = await thread.batch((b) => ({ uid: b.getuid(), gid: b.getgid() }));
  const flags = CLONE.NEWPID | CLONE.NEWNS | (options.unshare ?? 0) |
    (user.uid === 0 ? 0 : CLONE.NEWUSER);
  const child = await thread.clone(flags);
  try {
    if (flags & CLONE.NEWUSER) await mapRoot(thread, child.process.pid, user);
    await enterRoot(child, options.rootfs);
    return await startAgent(child, options);
  } catch (error) {
    await child.process[Symbol.asyncDispose]();
    throw error;
  }
}

/** Makes the thread's user root in the new user namespace. */
async function mapRoot(
  thread: Thread,
  pid: number,
  { uid, gid }: { uid: number; gid: number },
): Promise<void> {
  const [uids, gids] = [uid, gid].map((id) => [{ inside: 0, outside: id }]);
  await thread.idMaps({ pid, uids: uids!, gids: gids! });
}

async function enterRoot(child: Thread, rootfs: PathLike | undefined): Promise<void> {
  await child.batch((b) => {
    b.mount("", "/", "", MS.REC | MS.PRIVATE);
    if (rootfs === undefined) return mountProc(b, "/proc");
    b.mount(`${rootfs}`, rootfs, "", MS.BIND | MS.REC);
    b.chdir(rootfs);
    for (const name of ["proc", "dev", "tmp"]) b.mkdir(name, 0o1777, { existing: "ok" });
    mountProc(b, "proc");
    b.mount("tmpfs", "dev", "tmpfs", MS.NOSUID | MS.NOEXEC, "mode=0755");
    for (const device of DEVICES) {
      b.close(b.open(`dev/${device}`, O.CREAT | O.WRONLY, 0o666));
      b.mount(`/dev/${device}`, `dev/${device}`, "", MS.BIND);
    }
    b.pivotRoot(".", ".");
    b.umount(".", MNT.DETACH);
    b.chdir("/");
  });
}

function mountProc(b: Batch, path: string): void {
  b.mount("proc", path, "proc", MS.NOSUID | MS.NODEV | MS.NOEXEC);
}

async function startAgent(child: Thread, options: ContainerOptions): Promise<Host> {
  const name = options.name ?? `container on ${child.host.name}`;
  const { arch } = child.host;
  const bytes = await readAgent(arch);
  const { inner, reader, writer } = await openChannel(child);
  const image = await child.memfd("bailiwick-agent");
  await image.writeAll(bytes);
  const command = new Command("bailiwick-agent").env({
    ...await temporaryBelow(child, options.rootfs),
    ...options.environment,
  });
  const fds = { 0: inner, 1: inner };
  const process = await child.exec(command, { image, fds, name: `agent of ${name}` });
  const transport = new NestedTransport(process, reader, writer);
  return await Host.connect(name, transport, { ...options, buildOf: buildsOf([{ arch, bytes }]) });
}

/**
 * Where the container's agent puts what is temporary: below the outer agent's place if it sees it, so
 * that it goes with the outer one also when the inner is killed, having no keeper above it.
 */
async function temporaryBelow(
  child: Thread,
  rootfs: PathLike | undefined,
): Promise<Record<string, string>> {
  if (rootfs !== undefined) return { TMPDIR: "/tmp" };
  const { temporary } = child.host;
  await child.mkdir(temporary, 0o700, { existing: "ok" });
  return { TMPDIR: temporary };
}
