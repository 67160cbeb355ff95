/**
 * Containers: namespaces of a host with an agent as their init. The kernel ends all that is in them when
 * that agent ends, so nothing can be left behind.
 */
import { CLONE, MNT, MS, O } from "../abi/mod.ts";
import { HostError } from "../agent/mod.ts";
import type { Batch, PathLike, Thread } from "../thread/mod.ts";
import { type AgentHost, agentIn, startAgent } from "./container_agent.ts";
import { enterContainer, findContainer, standingIn } from "./container_standing.ts";
import type { ContainerOptions } from "./container_options.ts";
import type { Host } from "./host.ts";

const DEVICES = ["null", "zero", "full", "random", "urandom"];

/**
 * Makes new namespaces on the host of `thread`, with an agent as process 1. They begin as copies of the
 * thread's surroundings, and have a /proc of their own.
 *
 * @throws {SyscallError} If the kernel does not allow it.
 * @throws {HostError} If it is only to be looked at, and does not stand.
 * @throws {TypeError} If it is to outlive the program, and its host does not.
 */
export async function container(thread: Thread, options: ContainerOptions = {}): Promise<Host> {
  const name = options.name ?? `container on ${thread.host.name}`;
  const standing = standingIn(thread, name, options);
  if (!standing) return (await make(thread, { ...options, name })).host;
  const inside = await findContainer(thread, standing);
  if (inside !== undefined) return await enterContainer(thread, inside, standing);
  if (standing.isSeen) throw new HostError(name, `No ${name} stands on ${thread.host.name}`);
  const { host, process } = await make(thread, standing.options, true);
  await process.keep(standing.note);
  return host;
}

/** @param stays Whether it is to outlive the program. */
async function make(
  thread: Thread,
  options: ContainerOptions & { readonly name: string },
  stays = false,
): Promise<AgentHost> {
  const user = await thread.batch((b) => ({ uid: b.getuid(), gid: b.getgid() }));
  const flags = CLONE.NEWPID | CLONE.NEWNS | (options.unshare ?? 0) |
    (user.uid === 0 ? 0 : CLONE.NEWUSER);
  const child = await thread.clone(flags);
  try {
    if (flags & CLONE.NEWUSER) await mapRoot(thread, child.process.pid, user);
    await enterRoot(child, options.rootfs);
    return await startAgent(child, await agentIn(child), options, stays);
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
