/** What was recorded, in words. */
import { abi, ERRNO } from "../abi/mod.ts";
import { FRAME, PSEUDO } from "../wire/mod.ts";
import type { RecordedFrame } from "./recorder.ts";

const NAMES = new Map(Object.entries(FRAME).map(([name, type]) => [type as number, name]));
const PSEUDO_NAMES = new Map(
  Object.entries(PSEUDO).map(([name, nr]) => [nr as number, name.toLowerCase()]),
);
const known = new Map<string, ReadonlyMap<number, string>>();

/**
 * A line for each frame: when, which host, in which direction, what.
 *
 * @param origin When `performance.now` was 0, in milliseconds since 1970.
 */
export function conversation(frames: readonly RecordedFrame[], origin: number): string[] {
  return frames.map((frame) => {
    const { host, time, isSent, type, id, seq, bytes } = frame;
    const when = new Date(origin + time).toISOString();
    const fraction = `${Math.floor((origin + time) * 1000) % 1000}`.padStart(3, "0");
    const name = NAMES.get(type) ?? `type ${type}`;
    const which = `${id === 0 ? "" : ` of ${id}`}${seq === 0 ? "" : ` #${seq}`}`;
    const size = bytes === 0 ? "" : `, ${bytes} bytes`;
    const arrow = isSent ? "→" : "←";
    return `${when.slice(0, -1)}${fraction}Z ${host} ${arrow} ${name}${which}${
      detail(frame)
    }${size}`;
  });
}

function detail({ type, isSent, count, errno, calls, arch }: RecordedFrame): string {
  if (type === FRAME.CALL && isSent) {
    const names = calls.map((nr) => callName(nr, arch));
    const more = count > calls.length ? ` and ${count - calls.length} more` : "";
    return `: ${names.join(", ")}${more}`;
  }
  if (type !== FRAME.REPLY && type !== FRAME.RESULT) return "";
  const done = type === FRAME.REPLY ? `: ${count} done` : "";
  return errno === 0 ? done : `${done}, the last with ${ERRNO[errno]?.code ?? `errno ${errno}`}`;
}

function callName(nr: number, arch: RecordedFrame["arch"]): string {
  if (arch === undefined) return PSEUDO_NAMES.get(nr) ?? `call ${nr}`;
  let names = known.get(arch);
  if (!names) {
    known.set(
      arch,
      names = new Map(Object.entries(abi(arch).syscalls).map(([name, nr]) => [nr, name])),
    );
  }
  return names.get(nr) ?? PSEUDO_NAMES.get(nr) ?? `call ${nr}`;
}
