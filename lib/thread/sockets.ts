/**
 * Socket activation, as sd_listen_fds(3) has it: a service finds sockets at descriptors 3 and up, and in its
 * environment how many there are (LISTEN_FDS), what they are called (LISTEN_FDNAMES), and whom they are meant
 * for (LISTEN_PID), so that its children do not take them for theirs.
 *
 * The number of a process is known when it is there, so a service with sockets costs one more round trip.
 */
import type { FileDescriptor } from "./descriptor.ts";

/**
 * The sockets that a service is activated with: by their names, in this order, or a list of such that have
 * none.
 */
export type Sockets = Readonly<Record<string, FileDescriptor>> | readonly FileDescriptor[];

/** The first descriptor: SD_LISTEN_FDS_START. */
const FIRST = 3;
/** What a socket without a name is called. */
const UNKNOWN = "unknown";
/** What sd_listen_fds_with_names(3) takes for a name. */
const NAME = /^[\x20-\x39\x3b-\x7e]{1,255}$/;

/**
 * Gives a service its sockets, and returns what is in its environment for them.
 *
 * @throws {RangeError} If a name is none.
 */
export function addSockets(
  sockets: Sockets | undefined,
  pid: number | undefined,
  give: (target: number, fd: FileDescriptor) => void,
): Readonly<Record<string, string>> {
  const named = entriesOf(sockets ?? []);
  if (named.length === 0) return {};
  named.forEach(([name, fd], index) => {
    if (!NAME.test(name)) {
      throw new RangeError(
        `A socket's name is of 1 to 255 printable ASCII characters and no ":", not ${
          JSON.stringify(name)
        }`,
      );
    }
    if (!fd) throw new TypeError(`Socket ${name} is ${fd}`);
    give(FIRST + index, fd);
  });
  return {
    LISTEN_FDS: `${named.length}`,
    LISTEN_PID: `${pid}`,
    LISTEN_FDNAMES: named.map(([name]) => name).join(":"),
  };
}

function entriesOf(sockets: Sockets): readonly (readonly [string, FileDescriptor])[] {
  if (!Array.isArray(sockets)) return Object.entries(sockets);
  return sockets.map((fd: FileDescriptor) => [UNKNOWN, fd] as const);
}
