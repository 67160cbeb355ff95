import { F, O, type Sockaddr } from "../../abi/mod.ts";
import type { Nursery } from "../../nursery/mod.ts";
import type { FileDescriptor, Thread } from "../../thread/mod.ts";
import { SupposedDescriptor } from "../../thread/supposed_descriptor.ts";
import { claimKept } from "./kept.ts";

/**
 * A descriptor by its name, such as a socket that listens: made when it is claimed first, and the same in
 * each run of a scope that claims it, so that what is started with it can be replaced while connections wait
 * in its backlog. It does not block (O_NONBLOCK), for all that share it. It is closed when a run does not
 * claim it, and when its nursery ends.
 *
 * @param thread Of the host that it is on.
 * @param name Unique in its scope.
 * @param make Opens it; what it returns is owned by the nursery.
 *
 * @example
 * ```ts
 * import { Command, hold, type Nursery, SockaddrIn, startService, supervise, type Thread } from "bailiwick";
 *
 * async function startWeb(nursery: Nursery, thread: Thread) {
 *   return await supervise(nursery, "web", async (nursery) => {
 *     const http = await hold(nursery, thread, "http", () => {
 *       return thread.listen(new SockaddrIn("127.0.0.1", 0));
 *     });
 *     await startService(nursery, thread, new Command("appd"), { sockets: { http } });
 *     return { address: await http.getsockname() };
 *   });
 * }
 * ```
 */
export async function hold(
  nursery: Nursery,
  thread: Thread,
  name: string,
  make: () => Promise<FileDescriptor>,
): Promise<FileDescriptor> {
  const { host } = thread;
  return await claimKept(nursery, {
    kind: "descriptor",
    name,
    fingerprint: { host: host.name },
    host,
    make: async () => {
      const fd = await make();
      await fd.fcntl(F.SETFL, await fd.fcntl(F.GETFL) | O.NONBLOCK);
      return {
        value: fd,
        isGone: () => !fd.isOpen,
        close: () => fd.close(),
      };
    },
    suppose: ({ path, facts, beyond }) => {
      const address = facts?.["sockname"] as Sockaddr | undefined;
      return { value: new SupposedDescriptor(host, path, beyond, address) };
    },
  });
}
