/**
 * Calls that only read. What a batch is answered while it is only looked at what would be done, see
 * {@linkcode Foresight}, consists of these: they change nothing on the host, and nothing that others see of a
 * descriptor, such as what was read from it already.
 */
import { type Abi, F, O, type SyscallName } from "../abi/mod.ts";
import type { Foresight } from "../agent/mod.ts";
import { type BatchedCall, type BatchEncoder, PSEUDO, type Reply } from "../wire/mod.ts";
import type { DescriptorTable } from "./table.ts";

/** They read, whatever their arguments are. */
const READING: readonly SyscallName[] = [
  ...["faccessat", "faccessat2", "newfstatat", "statx", "fstat", "readlinkat", "getcwd"] as const,
  ...["statfs", "fstatfs", "getxattr", "lgetxattr", "fgetxattr", "listxattr"] as const,
  ...[
    "llistxattr",
    "flistxattr",
    "pread64",
    "preadv",
    "uname",
    "sysinfo",
    "clock_gettime",
  ] as const,
  ...["getpid", "getppid", "gettid", "getpgid", "getsid", "getuid", "geteuid", "getgid"] as const,
  ...["getegid", "getresuid", "getresgid", "getgroups", "capget", "getrusage", "times"] as const,
  ...["getpriority", "sched_getaffinity", "sched_getscheduler", "sched_getparam"] as const,
  ...["getsockname", "getpeername", "getsockopt", "timerfd_gettime"] as const,
];

/** They change what is known of their first argument, a descriptor, and nothing else. */
const OF_A_DESCRIPTOR: readonly SyscallName[] = ["read", "getdents64", "lseek", "close"];

/** Whether a call only reads, by its arguments; one that is not known yet is undefined. */
type Condition = (args: BatchedCall["arguments"], abi: Abi) => boolean;

const CONDITIONS: Partial<Record<SyscallName, Condition>> = {
  openat: ([_directory, _path, flags], abi) => has(flags, abi.openFlags(NOT_READING)) === false,
  fcntl: ([_fd, command]) => command === BigInt(F.GETFL) || command === BigInt(F.GETFD),
  prlimit64: ([_pid, _resource, limit]) => limit === 0n,
};
/** What is written in place of calls that open what ends with the program. */
const HELD = 'const fd = await hold(nursery, thread, "NAME", () => ...)';
const INSTEAD: Partial<Record<SyscallName, string>> = { socket: HELD };

const NOT_READING = O.WRONLY | O.RDWR | O.CREAT | O.TRUNC;

function has(value: unknown, bits: number): boolean | undefined {
  return typeof value === "bigint" ? (value & BigInt(bits)) !== 0n : undefined;
}

/**
 * Called before a batch is sent that is only to read.
 *
 * @param nameOf What is tried by the call of an index, for the error.
 * @returns Its calls, for {@linkcode noteOpened}.
 * @throws {UnforeseenError} If one of its calls would change something; or if one did before.
 */
export function checkReading(
  foresight: Foresight,
  table: DescriptorTable,
  batch: BatchEncoder,
  nameOf: (index: number) => string,
): readonly BatchedCall[] {
  const { abi } = table.host;
  const calls = Array.from({ length: batch.calls }, (_, index) => batch.callAt(index));
  for (const [index, call] of calls.entries()) {
    if (closesOwn(call, foresight, table)) continue;
    if (foresight.end) throw foresight.end;
    if (!reads(call, abi) && !isOfOwn(call, foresight, table)) {
      throw foresight.beyond(nameOf(index), { instead: insteadOf(call, abi) });
    }
  }
  return calls;
}

/** Takes note of what a batch that only reads, and has succeeded, has opened and closed. */
export function noteOpened(
  foresight: Foresight,
  table: DescriptorTable,
  calls: readonly BatchedCall[],
  reply: Reply,
): void {
  const { openat, close } = table.host.abi.syscalls;
  for (const [index, { nr, arguments: [first] }] of calls.slice(0, reply.done).entries()) {
    const result = reply.result(index);
    if (nr === openat && result >= 0) foresight.opened(table, result);
    if (nr !== close) continue;
    foresight.closed(
      table,
      typeof first === "object" ? reply.result(first.resultOf) : Number(first),
    );
  }
}

function reads({ nr, arguments: args }: BatchedCall, abi: Abi): boolean {
  const name = namesOf(abi).get(nr);
  return name !== undefined && (READING.includes(name) || CONDITIONS[name]?.(args, abi) === true);
}

function insteadOf({ nr }: BatchedCall, abi: Abi): string | undefined {
  const name = namesOf(abi).get(nr);
  return name && INSTEAD[name];
}

function isOfOwn(call: BatchedCall, foresight: Foresight, table: DescriptorTable): boolean {
  const name = namesOf(table.host.abi).get(call.nr);
  const isOfDescriptor = call.nr === PSEUDO.READ_FULL ||
    (name !== undefined && OF_A_DESCRIPTOR.includes(name));
  return isOfDescriptor && isOwn(call, foresight, table);
}

function closesOwn(call: BatchedCall, foresight: Foresight, table: DescriptorTable): boolean {
  return call.nr === table.host.abi.syscalls.close && isOwn(call, foresight, table);
}

/** Whether a descriptor is of the batch itself, or was opened by an earlier one. */
function isOwn(
  { arguments: [fd] }: BatchedCall,
  foresight: Foresight,
  table: DescriptorTable,
): boolean {
  return typeof fd === "object" || (fd !== undefined && foresight.owns(table, Number(fd)));
}

const names = new WeakMap<Abi, ReadonlyMap<number, SyscallName>>();

function namesOf(abi: Abi): ReadonlyMap<number, SyscallName> {
  let known = names.get(abi);
  if (!known) {
    const all = Object.entries(abi.syscalls) as [SyscallName, number][];
    names.set(abi, known = new Map(all.map(([name, number]) => [number, name])));
  }
  return known;
}
