/**
 * The socket that a service says how it is to, sd_notify(3): of datagrams, in a directory that only the
 * service's user can enter, and root.
 */
import { AF, POLL, SOCK, SockaddrUn } from "../../abi/mod.ts";
import {
  calls,
  type FileDescriptor,
  type TemporaryDirectory,
  type Thread,
  type User,
} from "../../thread/mod.ts";
import type { Milliseconds } from "../../clock/mod.ts";
import { MOST_MESSAGE } from "./notify_message.ts";

/** Messages that are taken at once. */
const MOST_AT_ONCE = 8;
const SOCKET_MODE = 0o600;

/** A bound socket; it ends with its thread, and its name with its directory. */
export class NotifySocket {
  readonly path: string;
  readonly #thread: Thread;
  readonly #fd: FileDescriptor;

  private constructor(thread: Thread, path: string, fd: FileDescriptor) {
    this.path = path;
    this.#thread = thread;
    this.#fd = fd;
  }

  /**
   * Makes one.
   *
   * @param thread Receives, and does nothing else meanwhile.
   * @throws {RangeError} If the host's temporary directory has so long a path that no socket fits.
   */
  static async bind(
    thread: Thread,
    directory: TemporaryDirectory,
    user: User | undefined,
  ): Promise<NotifySocket> {
    const path = `${directory}/notify`;
    const address = addressOf(path);
    const fd = await thread.batch((b) => {
      const fd = b.socket(AF.UNIX, SOCK.DGRAM | SOCK.NONBLOCK);
      b.bind(fd, address);
      b.chmod(path, SOCKET_MODE);
      if (user) b.chown(path, user.uid, user.gid);
      return fd;
    });
    return new NotifySocket(thread, path, fd);
  }

  /**
   * Messages, at least one if one comes in time. One round trip.
   *
   * @param time How long they are waited for, on the host; Infinity: for ever.
   */
  async receive(time: Milliseconds, signal?: AbortSignal): Promise<Uint8Array[]> {
    const fd = this.#fd;
    const messages = await this.#thread.batch((b) => {
      b.poll([{ fd, events: POLL.IN }], time === Infinity ? undefined : time);
      return Array.from(
        { length: MOST_AT_ONCE },
        () => b.add(calls.read(fd, MOST_MESSAGE).tried()),
      );
    }, { signal });
    return messages.filter((message) => message !== undefined);
  }
}

/** The service is told the path: there is no other way to a longer one. */
function addressOf(path: string): SockaddrUn {
  try {
    return new SockaddrUn(path);
  } catch (cause) {
    throw new RangeError(
      `The socket for sd_notify has too long a path, ${path}: give its host a shorter TMPDIR`,
      { cause },
    );
  }
}
