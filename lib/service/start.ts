/**
 * Services of a nursery: starting them, and watching those that were started by hand.
 *
 * A start belongs to its caller until it is done: what goes wrong until then is thrown there, what was
 * started is ended, and the nursery goes on. From then on the service belongs to the nursery: its failure
 * is the nursery's. When the nursery is cancelled, its services stop, each after those that used it.
 */
import { checkDuration } from "../clock/mod.ts";
import { printable } from "../logs/mod.ts";
import { whichStarts } from "../model/mod.ts";
import { type Nursery, UNKEPT } from "../nursery/mod.ts";
import { type ChildProcess, type Command, stopOf, type Thread } from "../thread/mod.ts";
import { checkCommand } from "../thread/command.ts";
import { Life } from "./life.ts";
import { ServiceClaim } from "./claim.ts";
import { READY_TIMEOUT, startAt } from "./one_start.ts";
import type { MonitorOptions, StartOptions } from "./options.ts";
import { checkReadiness } from "./readiness/readiness.ts";
import type { Service } from "./service.ts";
import { stopInTurn } from "./stop_group.ts";
import { turnsOf } from "./uses.ts";

/**
 * Watches a process in the background of a nursery. If it ends uncleanly, or before it is ready, the
 * nursery fails with a {@linkcode ServiceError} that holds its last log lines. When the nursery is
 * cancelled it is stopped in its turn: a signal, a grace period, SIGKILL.
 *
 * @example
 * ```ts
 * import { Command, monitor, type Nursery, type Thread } from "bailiwick";
 *
 * async function startSleeper(nursery: Nursery, thread: Thread): Promise<void> {
 *   monitor(nursery, await thread.spawn(new Command("sleep", ["infinity"])));
 * }
 * ```
 *
 * @throws {RangeError} If `stop` has a signal that is none or a grace that is no duration, or the name is
 *   empty.
 * @throws {TypeError} If the process is watched already.
 */
export function monitor(
  nursery: Nursery,
  child: ChildProcess,
  { stop, address, uses }: MonitorOptions = {},
): Service {
  const stopping = stopOf(stop);
  const path = printable(nursery.pathOf(child.name));
  const life = new Life({
    ...{ nursery, process: child, path, address, watcher: undefined, stop: stopping },
    waiting: whichStarts(),
    told: { failed: (error) => nursery.fail(error, path), finished() {}, doubted() {} },
  });
  nursery.ordered(async (_signal, turn) => {
    life.ready.then(() => turn.ready(), () => {});
    await stopInTurn(turn, life, undefined);
  }, { name: path, uses: turnsOf(nursery, uses, child.host), ready: false });
  return life;
}

/**
 * Spawns a service, watches it, and returns once it is ready, which is what every start function of a
 * component does. A start that fails is the caller's affair alone: what it started is ended, and the
 * nursery goes on.
 *
 * @throws {ServiceError} If it ends before it is ready, closes its ready descriptor without a word, is not
 *   ready in time, or fails as many tries as may fail; it says what the last one got.
 * @throws {SyscallError} If it cannot be started.
 * @throws {RangeError} If an option is out of its range, as a duration that is none, or the name is empty.
 * @throws {TypeError} If options contradict each other.
 * @throws What `signal` or the nursery's signal was aborted with before it was ready.
 */
export async function startService(
  nursery: Nursery,
  thread: Thread,
  command: Command,
  options: StartOptions = {},
): Promise<Service> {
  stopOf(options.stop);
  checkDuration("readyTimeout", options.readyTimeout ?? READY_TIMEOUT);
  checkCommand(command);
  checkReadiness(options.ready);
  const claim = new ServiceClaim(thread, command, options);
  if (nursery.keeper) return await nursery.keeper.claim(claim);
  const path = printable(nursery.pathOf(claim.name));
  const { life } = await startAt(
    {
      ...{ nursery, path, signal: nursery.signal },
      failed: (error) => nursery.fail(error, path),
      lost: (error) => {
        throw error;
      },
      ...UNKEPT,
    },
    thread,
    command,
    options,
  );
  return life;
}
