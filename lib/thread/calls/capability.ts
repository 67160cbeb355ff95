/** Calls of <sys/capability.h>: capabilities(7). */
import { CAP, STRUCT } from "../../abi/mod.ts";
import { type CallFunction, defineCall } from "../call.ts";
import { type CallEncoder, viewOf } from "../encoder.ts";
import type { Result } from "../result.ts";
import { nothing } from "./arguments.ts";

const { cap_header, cap_data } = STRUCT;
/** _LINUX_CAPABILITY_VERSION_3: 64 bits, in two structures of 32 each. */
const VERSION = 0x20080522;
const WORDS = [0, 1];
const BITS = 32;

/** The sets of a process. */
export interface Capabilities {
  /** What the kernel checks. */
  readonly effective: readonly CAP[];
  /** What may be made effective. */
  readonly permitted: readonly CAP[];
  /** What an executed program may keep. */
  readonly inheritable: readonly CAP[];
}

/** capget(2) of the thread. */
export const capget: CallFunction<[], Result<Capabilities>> = defineCall(
  "capget",
  0,
  (e) => {
    const at = header(e);
    const { ref, output } = e.output(WORDS.length * cap_data.SIZE);
    return e.call("capget", [at, ref], {
      what: "get the capabilities",
      decode: (_, answer) => {
        const view = viewOf(answer.output(output));
        const set = (offset: number) =>
          Object.values(CAP).filter((cap) =>
            view.getUint32((cap / BITS | 0) * cap_data.SIZE + offset, true) >>> cap % BITS & 1
          );
        return {
          effective: set(cap_data.effective),
          permitted: set(cap_data.permitted),
          inheritable: set(cap_data.inheritable),
        };
      },
    });
  },
);

/**
 * capset(2) of the thread: exactly these.
 *
 * @example
 * ```ts
 * import { CAP, type Thread } from "bailiwick";
 *
 * async function keepOnly(thread: Thread): Promise<void> {
 *   const keep = [CAP.NET_BIND_SERVICE];
 *   await thread.capset({ effective: keep, permitted: keep, inheritable: [] });
 * }
 * ```
 */
export const capset: CallFunction<[sets: Capabilities], Result<void>> = defineCall(
  "capset",
  1,
  (e, { effective, permitted, inheritable }) => {
    const at = header(e);
    const data = e.struct(WORDS.length * cap_data.SIZE, (view, start) =>
      WORDS.forEach((word) => {
        const put = (offset: number, set: readonly CAP[]) =>
          view.setUint32(start + word * cap_data.SIZE + offset, bits(set, word), true);
        put(cap_data.effective, effective);
        put(cap_data.permitted, permitted);
        put(cap_data.inheritable, inheritable);
      }));
    return e.call("capset", [at, data], {
      what: "set the capabilities",
      decode: nothing,
      hints: { EPERM: "it can only give up what is permitted, and make that effective" },
    });
  },
);

function header(e: CallEncoder) {
  return e.struct(
    cap_header.SIZE,
    (view, at) => view.setUint32(at + cap_header.version, VERSION, true),
  );
}

/** The bits of a set that are in one of the two structures. */
function bits(set: readonly CAP[], word: number): number {
  return set.filter((cap) => (cap / BITS | 0) === word)
    .reduce((mask, cap) => mask | 1 << cap % BITS, 0) >>> 0;
}
