/**
 * What a service may use, as data: limits of the process (setrlimit(2)), which its children inherit each for
 * itself, and limits of all of its processes together, by a control group (see `cgroup.ts`).
 */
import { RLIMIT } from "../abi/mod.ts";
import type { Batch } from "./batch.ts";

/** Bytes: a number, or one with a unit of 1024, as "512M". */
export type Bytes = number | `${number}${"K" | "M" | "G" | "T"}`;

/** A limit of a process; Infinity is none. The soft one is what holds, and the process may raise it to the hard one. */
export type Limit<T> = T | { readonly soft: T; readonly hard: T };

/**
 * Limits of a service. Those of its memory, processor time and tasks are for all of its processes together,
 * and need a cgroup of version 2 that can be written; the others are those of setrlimit(2), for each.
 */
export interface Limits {
  /**
   * Memory of all its processes, with the files that they have cached. When there is no more to be had, all
   * of them are killed.
   */
  memory?: Bytes;
  /** Processors that it may keep busy: 0.5 is half the time of one. */
  cpu?: number;
  /** Processes and threads. */
  tasks?: number;
  /** Open descriptors: RLIMIT_NOFILE. */
  nofile?: Limit<number>;
  /** Bytes of a core dump; 0 is none: RLIMIT_CORE. */
  core?: Limit<Bytes>;
  /** Bytes of a file that it writes: RLIMIT_FSIZE. */
  fsize?: Limit<Bytes>;
  /** Bytes of address space: RLIMIT_AS. */
  as?: Limit<Bytes>;
  /** Bytes of data, heap included: RLIMIT_DATA. */
  data?: Limit<Bytes>;
  /** Bytes of the stack of the first thread: RLIMIT_STACK. */
  stack?: Limit<Bytes>;
  /** Bytes that are locked in memory: RLIMIT_MEMLOCK. */
  memlock?: Limit<Bytes>;
  /** Bytes of POSIX message queues: RLIMIT_MSGQUEUE. */
  msgqueue?: Limit<Bytes>;
  /** Processes of its user on the whole host, whoever started them: RLIMIT_NPROC. */
  nproc?: Limit<number>;
  /** Signals that wait: RLIMIT_SIGPENDING. */
  sigpending?: Limit<number>;
  /** The highest real-time priority: RLIMIT_RTPRIO. */
  rtprio?: Limit<number>;
}

/** Limits of all processes of a service together, in numbers. */
export interface GroupLimits {
  readonly memory: number | undefined;
  readonly cpu: number | undefined;
  readonly tasks: number | undefined;
}

type ProcessLimit = Exclude<keyof Limits, keyof GroupLimits>;

const RESOURCES: Readonly<Record<ProcessLimit, RLIMIT>> = {
  nofile: RLIMIT.NOFILE,
  core: RLIMIT.CORE,
  fsize: RLIMIT.FSIZE,
  as: RLIMIT.AS,
  data: RLIMIT.DATA,
  stack: RLIMIT.STACK,
  memlock: RLIMIT.MEMLOCK,
  msgqueue: RLIMIT.MSGQUEUE,
  nproc: RLIMIT.NPROC,
  sigpending: RLIMIT.SIGPENDING,
  rtprio: RLIMIT.RTPRIO,
};
const UNITS: Readonly<Record<string, number>> = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };
const UNLIMITED = 0xffff_ffff_ffff_ffffn;

/** A limit of setrlimit(2). */
export interface ProcessLimits {
  readonly name: string;
  readonly resource: RLIMIT;
  readonly soft: bigint;
  readonly hard: bigint;
}

/**
 * The limits of each process.
 *
 * @throws {RangeError} If one is no limit, or there is none of its name.
 */
export function processLimits(limits: Limits): ProcessLimits[] {
  const named = Object.entries(limits).filter(([name, limit]) =>
    limit !== undefined && !GROUPED.has(name)
  );
  return named.map(([name, limit]) => {
    const resource = (RESOURCES as Readonly<Record<string, RLIMIT>>)[name];
    if (resource === undefined) {
      const known = [...GROUPED, ...Object.keys(RESOURCES)].join(", ");
      throw new RangeError(`There is no limit ${name}: limits are ${known}`);
    }
    const both = typeof limit === "object" ? limit : { soft: limit, hard: limit };
    const [soft, hard] = [resourceOf(name, both.soft), resourceOf(name, both.hard)];
    if (soft > hard) {
      throw new RangeError(
        `limits.${name} has a soft limit of ${soft} above the hard one, ${hard}`,
      );
    }
    return { name, resource, soft, hard };
  });
}

const GROUPED: ReadonlySet<string> = new Set<keyof GroupLimits>(["memory", "cpu", "tasks"]);

function resourceOf(name: string, value: Bytes): bigint {
  const amount = amountOf(name, value);
  return amount === Infinity ? UNLIMITED : BigInt(amount);
}

/** @throws {RangeError} If it is no amount. */
function amountOf(name: string, value: Bytes): number {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)([KMGT])$/.exec(`${value}`) ?? [];
  const amount = digits ? Math.round(Number(digits) * UNITS[unit!]!) : value;
  if (amount === Infinity || (Number.isSafeInteger(amount) && amount as number >= 0)) {
    return amount as number;
  }
  throw new RangeError(
    `limits.${name} must be a whole number, a number with K, M, G or T as "512M", or Infinity, ` +
      `not ${JSON.stringify(value)}`,
  );
}

/**
 * The limits of all processes together, if there are any.
 *
 * @throws {RangeError} If one is no limit.
 */
export function groupLimits({ memory, cpu, tasks }: Limits): GroupLimits | undefined {
  if (memory === undefined && cpu === undefined && tasks === undefined) return undefined;
  if (cpu !== undefined && !(cpu >= LEAST_CPU && cpu < Infinity)) {
    throw new RangeError(`limits.cpu is a number of processors from ${LEAST_CPU} on, not ${cpu}`);
  }
  return {
    memory: memory === undefined ? undefined : atLeastOne("memory", memory),
    cpu,
    tasks: tasks === undefined ? undefined : atLeastOne("tasks", tasks),
  };
}

/** What cpu.max can say: 1 ms of each 100. */
const LEAST_CPU = 0.01;

function atLeastOne(name: string, value: Bytes): number {
  const amount = amountOf(name, value);
  if (amount > 0) return amount;
  throw new RangeError(`limits.${name} must be more than 0`);
}

/** Sets the limits of the process. */
export function addProcessLimits(b: Batch, limits: readonly ProcessLimits[]): void {
  for (const { resource, soft, hard } of limits) b.setrlimit(resource, soft, hard);
}
