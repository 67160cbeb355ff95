/** A busy host, what must come of it when the way to it breaks, and how ways are broken. */
import assert from "node:assert/strict";
import {
  type ChildProcess,
  Command,
  type Host,
  HostError,
  HostLostError,
  localHost,
  monitor,
  Nursery,
  O,
  POLL,
  UnknownOutcomeError,
} from "bailiwick";
import type { HostProcess, TestHost } from "bailiwick/testing";

/** Milliseconds from a fault until the program knows, and until nothing of it runs on the host. */
export const DEADLINE = 10_000;
/** Milliseconds for sshd, which is the machine's own and not ours to end, to notice that a connection is over. */
const SSHD_DEADLINE = 60_000;

/** On the machine, outside what the agent removes; gets one byte for each time that a call ran. */
const LEDGER = "/var/tmp/ledger";

/** Ignores TERM, and so does the orphan in a session of its own that it leaves behind. */
const STUBBORN = `trap '' TERM HUP INT
setsid sh -c 'trap "" TERM HUP INT; (echo >&3; exec 3>&-; while :; do sleep 1000; done) &' &
exec 3>&-
while :; do sleep 1000; done`;

/** How a way breaks. */
export interface Fault {
  /** Makes it so. */
  strike(): void | Promise<void>;
  /** Takes it back, where the machine's own sshd could not notice otherwise. */
  mend?(): Promise<void>;
}

/**
 * Breaks the way to a host on which a service runs, a stubborn orphan too, and a call is in flight. The
 * program must be told, the call's outcome be unknown, and nothing be left on the machine. Returns what
 * the program is told.
 */
export async function expectLoss(
  machine: TestHost,
  host: Host,
  fault: Fault,
): Promise<HostError> {
  const { name } = host;
  let fallen: readonly HostProcess[] = [];
  let inFlight: Promise<unknown> | undefined;
  let late: Promise<unknown> | undefined;
  const struck = Promise.withResolvers<number>();
  const working = Nursery.run(async (nursery) => {
    monitor(nursery, await startStubborn(host), { stop: { grace: 0 } });
    inFlight = failureOf((await blockedCall(host)).call);
    fallen = await startedProcesses(machine);
    struck.resolve(performance.now());
    await fault.strike();
    late = failureOf(lateCall(host));
  });
  const failed = failureOf(working);
  await Promise.race([struck.promise, failed]);
  const reason = await within(DEADLINE, failed, "the nursery's failure");
  assert.ok(reason instanceof HostError, `${reason}`);
  assert.equal(await host.ended, reason);
  assert.equal(reason.host, name);
  assert.match(reason.message, new RegExp(`^(Cannot use host ${name}|Host ${name} was lost): `));
  const unknown = await inFlight;
  assert.ok(unknown instanceof UnknownOutcomeError, `${unknown}`);
  assert.equal(unknown.host, name);
  assert.ok(await late instanceof HostError, `${await late}`);
  await assert.rejects(host.thread.getpid(), HostLostError);
  await expectEnded(fallen, await struck.promise + DEADLINE);
  await fault.mend?.();
  await host.close();
  assert.match(await Deno.readTextFile(machine.root + LEDGER), /^xy?$/);
  await Deno.remove(machine.root + LEDGER);
  await machine.untilEmpty(SSHD_DEADLINE);
  return reason;
}

/** Starts what will not go by itself, and returns when its orphan is there too. */
export async function startStubborn({ thread }: Host): Promise<ChildProcess> {
  const child = await thread.spawn(new Command("sh", ["-c", STUBBORN]), { ready: 3 });
  await child.ready;
  return child;
}

/** What runs on the machine but for its own sshd: agent, threads, service and orphan. */
export async function startedProcesses(machine: TestHost): Promise<HostProcess[]> {
  const found = (await machine.processes()).filter(({ command }) => !command.startsWith("sshd"));
  assert.ok(found.length >= 6, `${found.map(({ command }) => command)}`);
  return found;
}

/** A call that is sent when the way is broken already: it may be run, but once at the most. */
async function lateCall({ thread }: Host): Promise<void> {
  await thread.batch((b) => {
    const ledger = b.open(LEDGER, O.WRONLY | O.APPEND);
    b.writeAll(ledger, "y");
    b.close(ledger);
  });
}

/** A call that has written to the ledger and waits for what will not come. */
async function blockedCall({ thread: origin }: Host): Promise<{ call: Promise<unknown> }> {
  const thread = await origin.clone();
  const told = await thread.pipe();
  const { read } = await thread.pipe();
  const reader = await thread.reader(told.read);
  const ledger = await thread.open(LEDGER, O.CREAT | O.WRONLY | O.APPEND);
  const call = thread.batch((b) => {
    b.writeAll(ledger, "x");
    b.writeAll(told.write, "in flight");
    b.read(read, 1);
  });
  call.catch(() => {});
  assert.ok(await reader.read());
  return { call };
}

/** What a promise is rejected with. */
async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then((value) => assert.fail(`No failure but ${value}`), (error) => error);
}

async function within<T>(milliseconds: number, promise: Promise<T>, what: string): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const error = new Error(`After ${milliseconds} ms there is not ${what}`);
  const timer = setTimeout(() => reject(error), milliseconds);
  return await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Waits through pidfds, on a thread, since a poll of the program's own would hold up the program. */
export async function expectEnded(
  processes: readonly HostProcess[],
  deadline: number,
): Promise<void> {
  await using host = await localHost();
  const { thread } = host;
  for (const { pid, command } of processes) {
    const number = await thread.syscall("pidfd_open", pid, 0).catch(() => undefined);
    if (number === undefined) continue;
    await using fd = thread.adopt(number);
    const [events] = await thread.poll(
      [{ fd, events: POLL.IN }],
      Math.max(0, deadline - performance.now()),
    );
    assert.ok(events! & POLL.IN, `Process ${pid} is left: ${command}`);
  }
}

/** Processes of this machine that the program started itself, by what they run. */
export async function ownChildren(command: RegExp): Promise<number[]> {
  const lists = await Promise.all(
    [...Deno.readDirSync("/proc/self/task")].map(({ name }) =>
      Deno.readTextFile(`/proc/self/task/${name}/children`).catch(() => "")
    ),
  );
  const pids = lists.flatMap((list) => list.split(" ").filter(Boolean).map(Number));
  const lines = await Promise.all(
    pids.map((pid) => Deno.readTextFile(`/proc/${pid}/cmdline`).catch(() => "")),
  );
  return pids.filter((_, index) => command.test(lines[index]!));
}
