import { decodeSockaddr, F, O } from "../../abi/mod.ts";
import { SyscallError } from "../../agent/mod.ts";
import type { Nursery, Place } from "../../nursery/mod.ts";
import { nameHeld, SALT } from "../../service/canonical.ts";
import type { HeldNote } from "../../service/legacy_held.ts";
import { inherit } from "../../service/inherit.ts";
import type { FileDescriptor, Thread } from "../../thread/mod.ts";
import { SupposedDescriptor } from "../../thread/supposed_descriptor.ts";
import { type AtHost, findHeld, holdLong, release } from "./held.ts";
import { claimKept, type Made } from "./kept.ts";

/**
 * A descriptor by its name, such as a socket that listens: made when it is claimed first, and the same in
 * each run of a scope that claims it, so that what is started with it can be replaced while connections wait
 * in its backlog. It does not block (O_NONBLOCK), for all that share it. It is closed when a run does not
 * claim it, and when its nursery ends. A host that stands holds it for the next program, too.
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
  const held = new Held(thread, name, make, nursery.keeper !== undefined);
  return await claimKept(nursery, {
    ...{ kind: "descriptor", name, fingerprint: held.fingerprint, host: thread.host },
    make: (place) => held.make(place),
    ...(thread.host.standing && { left: (place: Place) => held.find(place) }),
    suppose: ({ path, facts, beyond }) => {
      const { value = `new ${path}`, sockname } = facts as Partial<HeldNote> ?? {};
      const address = sockname === undefined
        ? undefined
        : decodeSockaddr(Uint8Array.fromBase64(sockname));
      const fd = new SupposedDescriptor(thread.host, path, beyond, address);
      nameHeld(fd, value);
      return { value: fd };
    },
  });
}

/** One descriptor. */
class Held {
  readonly fingerprint: { readonly host: string };
  readonly #thread: Thread;
  readonly #name: string;
  readonly #make: () => Promise<FileDescriptor>;

  readonly #isLasting: boolean;

  /** @param isKept Whether it outlives a run, and so the program, if its host does. */
  constructor(
    thread: Thread,
    name: string,
    make: () => Promise<FileDescriptor>,
    isKept: boolean,
  ) {
    this.#isLasting = isKept && thread.host.standing !== undefined;
    this.#thread = thread;
    this.#name = name;
    this.#make = make;
    this.fingerprint = { host: thread.host.name };
  }

  async make({ nursery }: Place): Promise<Made<FileDescriptor>> {
    const fd = await this.#make();
    await fd.fcntl(F.SETFL, await fd.fcntl(F.GETFL) | O.NONBLOCK);
    if (!this.#isLasting) return this.#made(fd);
    const path = nursery.pathOf(this.#name);
    const value = crypto.randomUUID();
    const sockname = await addressOf(fd);
    const when = { since: nursery.clock.date(), salt: SALT, value, ...sockname };
    await holdLong(this.#thread, fd, path, {
      kind: "descriptor",
      path,
      of: this.fingerprint,
      ...when,
    });
    return this.#made(fd, { nursery, host: fd.host, name: path, isOfEarlier: false }, value);
  }

  /** What an earlier program has left. */
  async find(place: Place): Promise<Made<FileDescriptor> | undefined> {
    const { nursery } = place;
    const { host } = this.#thread;
    inherit(nursery, this.#thread);
    const path = nursery.pathOf(this.#name);
    const found = await findHeld(place, {
      kind: "descriptor",
      path,
      of: () => this.fingerprint,
      host,
    });
    if (!found) return undefined;
    const { name, note: { value } } = found;
    const fd = await this.#thread.take(name);
    return this.#made(fd, { nursery, host, name, isOfEarlier: true }, value);
  }

  #made(fd: FileDescriptor, at?: AtHost, id?: string): Made<FileDescriptor> {
    if (id) nameHeld(fd, id);
    return {
      value: fd,
      isGone: () => !fd.isOpen,
      close: async () => {
        if (at) await release(at);
        await fd.close();
      },
    };
  }
}

/** Where a socket is bound, for who plans before it is taken; nothing if it is none. */
async function addressOf(fd: FileDescriptor): Promise<Pick<HeldNote, "sockname">> {
  try {
    return { sockname: (await fd.getsockname()).encode().toBase64() };
  } catch (error) {
    // It is no socket, or one of a family that has no address here.
    if (error instanceof SyscallError || error instanceof RangeError) return {};
    throw error;
  }
}
