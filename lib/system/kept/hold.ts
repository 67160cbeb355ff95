import { decodeSockaddr, F, O, type Sockaddr } from "../../abi/mod.ts";
import { SyscallError } from "../../agent/mod.ts";
import type { Nursery, Place } from "../../nursery/mod.ts";
import { nameHeld, SALT } from "../../service/canonical.ts";
import type { HeldNote } from "../../service/legacy_held.ts";
import { inherit } from "../../service/inherit.ts";
import { lookAfter } from "../../service/listeners.ts";
import type { FileDescriptor, Thread } from "../../thread/mod.ts";
import { SupposedDescriptor } from "../../thread/supposed_descriptor.ts";
import { type AtHost, findHeld, holdLong, release } from "./held.ts";
import { claimKept, type Made } from "./kept.ts";
import { type Listening, listeningOf, mendListener } from "./listener.ts";

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
      const address = sockname === undefined ? undefined : addressIn(sockname);
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
  /** Those that cannot be used any more. */
  readonly #spoilt = new WeakSet<FileDescriptor>();

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

  async make(place: Place): Promise<Made<FileDescriptor>> {
    const { nursery } = place;
    const fd = await this.#make();
    await fd.fcntl(F.SETFL, await fd.fcntl(F.GETFL) | O.NONBLOCK);
    const address = await addressOf(fd);
    const listening = address && await listeningOf(this.#thread, fd, address);
    if (!this.#isLasting) return this.#made(place, fd, listening);
    const path = nursery.pathOf(this.#name);
    const value = crypto.randomUUID();
    await holdLong(this.#thread, fd, path, {
      ...{ kind: "descriptor", path, of: this.fingerprint },
      ...{ since: nursery.clock.date(), salt: SALT, value },
      ...(address && { sockname: address.encode().toBase64() }),
      ...(listening?.backlog !== undefined && { backlog: listening.backlog }),
    });
    const at = { nursery, host: fd.host, name: path, isOfEarlier: false };
    return this.#made(place, fd, listening, at, value);
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
    const { name, note: { value, sockname, backlog } } = found;
    const fd = await this.#thread.take(name);
    const address = sockname === undefined ? undefined : addressIn(sockname);
    const left = address && await listeningOf(this.#thread, fd, address);
    const listening = address && backlog !== undefined
      ? { address, backlog, file: left?.file }
      : left;
    const at = { nursery, host, name, isOfEarlier: true };
    const made = this.#made(place, fd, listening, at, value);
    if (listening) await this.#mend(place, fd, listening);
    if (!made.isGone!()) return made;
    await made.close!();
    return undefined;
  }

  #made(
    place: Place,
    fd: FileDescriptor,
    listening: Listening | undefined,
    at?: AtHost,
    id?: string,
  ): Made<FileDescriptor> {
    if (id) nameHeld(fd, id);
    if (listening) lookAfter(fd, () => this.#mend(place, fd, listening));
    return {
      value: fd,
      isGone: () => !fd.isOpen || this.#spoilt.has(fd),
      close: async () => {
        if (at) await release(at);
        await fd.close();
      },
    };
  }

  /** Has it be what it was; if that cannot be, another is made in its place. */
  async #mend(place: Place, fd: FileDescriptor, listening: Listening): Promise<void> {
    if (!fd.isOpen || this.#spoilt.has(fd)) return;
    const { problems, isUsable } = await mendListener(this.#thread, fd, listening);
    if (problems.length === 0) return;
    const { name, model } = fd.host;
    const path = place.nursery.pathOf(this.#name);
    model.tell({ kind: "socket-mended", path, host: name, problems });
    if (isUsable) return;
    this.#spoilt.add(fd);
    place.touched(`${path} is made anew: ${problems.join("; ")}`);
    place.changed();
  }
}

/** Where a socket is bound; nothing if it is none, or of a family that has no address here. */
async function addressOf(fd: FileDescriptor): Promise<Sockaddr | undefined> {
  try {
    return await fd.getsockname();
  } catch (error) {
    if (error instanceof SyscallError || error instanceof RangeError) return undefined;
    throw error;
  }
}

function addressIn(sockname: string): Sockaddr {
  return decodeSockaddr(Uint8Array.fromBase64(sockname));
}
