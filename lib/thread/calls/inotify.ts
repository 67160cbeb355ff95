/** Calls of <sys/inotify.h>: inotify(7). */
import { type IN, O, STRUCT } from "../../abi/mod.ts";
import { RemoteProtocolError } from "../../wire/mod.ts";
import {
  type CallFunction,
  defineCall,
  defineDescriptorCall,
  type DescriptorCallFunction,
} from "../call.ts";
import type { FileDescriptor } from "../descriptor.ts";
import { viewOf } from "../encoder.ts";
import { shown } from "../names.ts";
import { type PathLike, shownPath } from "../path.ts";
import type { Result } from "../result.ts";
import { checkLength, nothing } from "./arguments.ts";

const EVENT = STRUCT.inotify_event;

/** What happened to a file that is watched. */
export interface InotifyEvent {
  /** The watch, as `inotifyAddWatch` returned it. */
  readonly watch: number;
  /** What it was: a union of {@linkcode IN}. */
  readonly mask: IN;
  /** The same for the two halves of a rename. */
  readonly cookie: number;
  /** The file in the watched directory, if that is what is watched; what is not UTF-8 stands as `\xff`. */
  readonly name: string | undefined;
}

/** inotify_init1(2), close-on-exec. */
export const inotifyInit: CallFunction<[], Result<FileDescriptor>> = defineCall(
  "inotifyInit",
  0,
  (e) => {
    const what = "make an inotify";
    const made = e.call("inotify_init1", [O.CLOEXEC], { what, opens: "result" });
    return e.descriptor(made, "an inotify");
  },
);

/** inotify_add_watch(2): returns the number of the watch. */
export const inotifyAddWatch: DescriptorCallFunction<[path: PathLike, mask: IN], Result<number>> =
  defineDescriptorCall(
    "inotifyAddWatch",
    2,
    (e, fd, path, mask) =>
      e.call("inotify_add_watch", [fd, e.path(path), mask], {
        what: () => `watch ${shownPath(path)}`,
        hints: { ENOSPC: "the user has as many watches as fs.inotify.max_user_watches allows" },
      }),
  );

/** inotify_rm_watch(2). */
export const inotifyRmWatch: DescriptorCallFunction<[watch: number], Result<void>> =
  defineDescriptorCall(
    "inotifyRmWatch",
    1,
    (e, fd, watch) =>
      e.call("inotify_rm_watch", [fd, watch], { what: `end watch ${watch}`, decode: nothing }),
  );

/**
 * read(2) of an inotify: what happened; it waits until something has. `length` is the room for it, at least
 * 272 bytes for any name.
 *
 * @example
 * ```ts
 * import { IN, type Path, type Thread } from "bailiwick";
 *
 * async function nextFile(thread: Thread, directory: Path): Promise<string | undefined> {
 *   await using watcher = await thread.inotifyInit();
 *   await watcher.inotifyAddWatch(directory, IN.CLOSE_WRITE | IN.MOVED_TO);
 *   const [event] = await watcher.inotifyRead();
 *   return event?.name;
 * }
 * ```
 */
export const inotifyRead: DescriptorCallFunction<[length?: number], Result<InotifyEvent[]>> =
  defineDescriptorCall(
    "inotifyRead",
    1,
    (e, fd, length = 16 * 1024) => {
      const { ref, output } = e.filled(checkLength(length));
      return e.call("read", [fd, ref, length], {
        what: () => `read ${e.label(fd)}`,
        decode: (_, answer) => decodeInotify(answer.output(output)),
      });
    },
  );

/**
 * The events in what read(2) returned.
 *
 * @throws {RemoteProtocolError} If one does not fit what was returned.
 */
export function decodeInotify(bytes: Uint8Array): InotifyEvent[] {
  const view = viewOf(bytes);
  const events: InotifyEvent[] = [];
  for (let at = 0; at < bytes.length;) {
    const rest = bytes.length - at - EVENT.SIZE;
    const length = rest < 0 ? 0 : view.getUint32(at + EVENT.len, true);
    if (rest < 0 || length > rest) {
      throw new RemoteProtocolError("The agent sent events of inotify that do not fit");
    }
    const padded = bytes.subarray(at + EVENT.name, at + EVENT.name + length);
    const end = padded.indexOf(0);
    events.push({
      watch: view.getInt32(at + EVENT.wd, true),
      mask: view.getUint32(at + EVENT.mask, true),
      cookie: view.getUint32(at + EVENT.cookie, true),
      name: length === 0 ? undefined : shown(end < 0 ? padded : padded.subarray(0, end)),
    });
    at += EVENT.SIZE + length;
  }
  return events;
}
