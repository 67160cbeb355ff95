/** Calls of <sys/epoll.h>: epoll(7). */
import { type EPOLL, O } from "../../abi/mod.ts";
import {
  type CallFunction,
  defineCall,
  defineDescriptorCall,
  type DescriptorCallFunction,
} from "../call.ts";
import type { FileDescriptor } from "../descriptor.ts";
import { type Fd, viewOf } from "../encoder.ts";
import type { Result } from "../result.ts";
import { checkNatural, nothing } from "./arguments.ts";
import { SIGSET_SIZE } from "./signal.ts";

const OPERATIONS = { add: 1, delete: 2, modify: 3 } as const;
const WHAT = { add: "watch", delete: "no longer watch", modify: "watch otherwise" } as const;
/** EP_MAX_EVENTS is larger; this is what one answer carries without harm to others. */
const MOST = 4096;

/** What happened to one descriptor. */
export interface EpollEvent {
  readonly events: EPOLL;
  /** What was given when the descriptor was added: its number, if nothing was. */
  readonly data: number;
}

/** epoll_create1(2), close-on-exec. */
export const epollCreate: CallFunction<[], Result<FileDescriptor>> = defineCall(
  "epollCreate",
  0,
  (e) => {
    const made = e.call("epoll_create1", [O.CLOEXEC], { what: "make an epoll", opens: "result" });
    return e.descriptor(made, "an epoll");
  },
);

/**
 * epoll_ctl(2): watches a descriptor, watches it for other events, or no longer.
 *
 * @param events A union of {@linkcode EPOLL}.
 * @param data What events of the descriptor carry; its number unless something else is given.
 */
export const epollCtl: DescriptorCallFunction<
  [operation: "add" | "modify" | "delete", fd: Fd, events?: EPOLL, data?: number],
  Result<void>
> = defineDescriptorCall(
  "epollCtl",
  4,
  (e, epoll, operation, fd, events = 0, data) => {
    const layout = e.host.abi.epollEvent;
    const ref = e.struct(layout.SIZE, (view, at) => {
      view.setUint32(at, events >>> 0, true);
      if (data === undefined) return;
      view.setBigUint64(at + layout.data, BigInt(checkNatural(data, "An event's data")), true);
    });
    if (data === undefined) e.number(ref.value + layout.data, fd);
    return e.call("epoll_ctl", [epoll, OPERATIONS[operation], fd, ref], {
      what: () => `${WHAT[operation]} ${e.label(fd)}`,
      decode: nothing,
    });
  },
);

/**
 * epoll_pwait(2): what happened, at most `most` of it; nothing when the time is over. Milliseconds; without
 * a time it waits until something happens.
 */
export const epollWait: DescriptorCallFunction<
  [most?: number, timeout?: number],
  Result<EpollEvent[]>
> = defineDescriptorCall(
  "epollWait",
  2,
  (e, epoll, most = 64, timeout = -1) => {
    if (!(Number.isInteger(most) && most >= 1 && most <= MOST)) {
      throw new RangeError(`Events to wait for are an integer from 1 to ${MOST}, not ${most}`);
    }
    const { SIZE, data } = e.host.abi.epollEvent;
    const { ref, output } = e.output(most * SIZE);
    return e.call("epoll_pwait", [epoll, ref, most, Math.ceil(timeout), 0, SIGSET_SIZE], {
      what: () => `wait for ${e.label(epoll)}`,
      decode: (count, answer) => {
        const view = viewOf(answer.output(output));
        return Array.from({ length: Math.min(count, most) }, (_, index) => ({
          events: view.getUint32(index * SIZE, true),
          data: Number(view.getBigUint64(index * SIZE + data, true)),
        }));
      },
    });
  },
);
