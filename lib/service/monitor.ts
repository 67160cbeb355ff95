/** Watching services from a nursery: an unclean end is the nursery's failure, a cancel their stop. */
import type { Nursery } from "../nursery/mod.ts";
import type { ChildProcess, Command, SpawnOptions, Thread } from "../thread/mod.ts";
import { failureOf } from "./failure.ts";
import { recordIn, type Service, ServiceRecord } from "./registry.ts";

/** How a service is watched. */
export interface MonitorOptions {
  /** Milliseconds that it may take to stop after SIGTERM before it is killed. */
  grace?: number;
  /** Where it can be reached, for tables. */
  address?: string;
}

const GRACE = 10_000;

/**
 * Watches a service in the background of a nursery. If it ends uncleanly, the nursery fails with a
 * {@linkcode ServiceError} that holds its last log lines. When the nursery is cancelled, services stop
 * in the reverse order in which they were given to it: SIGTERM, a grace period, SIGKILL.
 *
 * @example
 * ```ts
 * import { Command, monitor, type Nursery, type Thread } from "bailiwick";
 *
 * async function startSleeper(nursery: Nursery, thread: Thread): Promise<void> {
 *   monitor(nursery, await thread.spawn(new Command("sleep", ["infinity"])));
 * }
 * ```
 */
export function monitor(
  nursery: Nursery,
  child: ChildProcess,
  options: MonitorOptions = {},
): Service {
  return begin(nursery, child, options, []);
}

function begin(
  nursery: Nursery,
  child: ChildProcess,
  { address, grace = GRACE }: MonitorOptions,
  waiting: readonly string[],
): ServiceRecord {
  const record = recordIn(nursery, new ServiceRecord(child, address, waiting));
  nursery.ordered((signal, turn) => watch(record, signal, turn, grace), child.name);
  return record;
}

/**
 * Spawns a service, watches it, and returns once it is ready, which is what every start function of a
 * component does.
 *
 * @throws {ServiceError} If it ends, or gives up being ready, before it is ready.
 * @throws {SyscallError} If it cannot be started.
 */
export async function startService(
  nursery: Nursery,
  thread: Thread,
  command: Command,
  options: SpawnOptions & MonitorOptions = {},
): Promise<ChildProcess> {
  const waiting = waitingStarts();
  const subject = options.name ?? command.name;
  const step = { kind: "start", subject, host: thread.host.name } as const;
  return await thread.host.model.step(step, async () => {
    const child = await thread.spawn(command, { signal: nursery.signal, ...options });
    const record = begin(nursery, child, options, waiting);
    try {
      await child.ready;
    } catch (error) {
      if (nursery.signal.aborted) throw nursery.signal.reason;
      const status = await child.terminate(options.grace ?? GRACE);
      throw await failureOf(record, status, error);
    }
    nursery.signal.throwIfAborted();
    return child;
  });
}

/** The start functions that wait for this service, innermost first, by their names on the stack. */
function waitingStarts(): string[] {
  const frames = new Error().stack?.match(/(?<=at (?:async )?)start[A-Z]\w*/g) ?? [];
  return [...new Set(frames)].filter((name) => name !== "startService");
}

async function watch(
  record: ServiceRecord,
  signal: AbortSignal,
  turn: Promise<void>,
  grace: number,
): Promise<void> {
  const { child } = record;
  try {
    const status = await child.wait({ signal });
    if (!status.isClean || !record.isReady) {
      throw await failureOf(record, status);
    }
  } catch (error) {
    if (!signal.aborted || child.host.lost) throw error;
    await turn;
    record.stopping();
    await child.terminate(grace);
  }
}
