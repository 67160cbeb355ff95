/**
 * Running a command to its end, and having what it wrote. Rules:
 *
 * - It is over when the command has ended, not when the last process that has its output open has: what is
 *   left of its tree is ended with it. When something escaped that and has the output open, what is still
 *   under way is waited for, until nothing more comes.
 * - Whatever else ends the run (time, a signal, too much output, input that fails) ends the command first.
 * - A command need not read its input: that a pipe breaks is no failure.
 */
import {
  abortable,
  checkDuration,
  type Clock,
  type Milliseconds,
  seconds,
  systemClock,
  TimeLimit,
  within,
} from "../clock/mod.ts";
import type { Batch } from "./batch.ts";
import type { ChildProcess, WaitStatus } from "./child_process.ts";
import { Collected, GivenUpError } from "./collected.ts";
import type { Command } from "./command.ts";
import { CommandError } from "./command_error.ts";
import { CommandOutput } from "./command_output.ts";
import { redactionOf } from "./redaction.ts";
import type { Resolved } from "./result.ts";
import {
  addStandard,
  feed,
  type Input,
  pour,
  type RunStreams,
  type Standard,
} from "./run_streams.ts";
import type { SpawnOptions } from "./spawn.ts";
import { stopOf, type StopOptions } from "./stop.ts";

/** How a command is run to its end. */
export interface RunOptions extends Omit<SpawnOptions, "log" | "ready"> {
  /**
   * What it reads from its standard input; without it that is empty. Bytes must not be changed until it has
   * ended.
   */
  input?: Input;
  /**
   * Where its standard output goes, piece by piece, instead of into the result. It is closed at the end, and
   * aborted with what the run fails with; if it fails itself, so does the run.
   */
  stdout?: WritableStream<Uint8Array>;
  /** Where its standard error goes, in the same way. */
  stderr?: WritableStream<Uint8Array>;
  /**
   * Bytes of standard output at the most, and of standard error. One that writes more is ended.
   *
   * @default 16 MiB
   */
  limit?: number;
  /**
   * How long it may take, from the call on. One that takes longer is ended.
   *
   * @default Infinity
   */
  timeout?: Milliseconds;
  /**
   * Tells the time that it takes.
   *
   * @default the machine's own time
   */
  clock?: Clock;
  /**
   * Whether any end of its own is fine, which `status` tells then; else another status than 0 throws.
   *
   * @default false
   */
  anyStatus?: boolean;
  /**
   * How it is ended when its time is over, when it writes too much or when `signal` is aborted.
   *
   * @default SIG.TERM, and a second of grace
   */
  stop?: StopOptions;
}

/** What is run, and on which host. */
export interface RunWhat {
  readonly command: Command;
  readonly host: string;
}

/** Spawns the command with what `add` makes in the same batch. */
export type SpawnWith = (
  options: SpawnOptions,
  add: (b: Batch) => Standard<RunStreams>,
) => Promise<{ readonly child: ChildProcess; readonly streams: Resolved<RunStreams> }>;

const LIMIT = 16 << 20;
/** How long nothing more may come of a command that has ended, while somebody has its output open. */
const SILENCE: Milliseconds = seconds(5);
const GRACE: Milliseconds = seconds(1);

/** Runs a command; see {@linkcode CommandThread.run}. */
export async function run(
  spawn: SpawnWith,
  what: RunWhat,
  options: RunOptions,
): Promise<CommandOutput> {
  const sinks = { stdout: options.stdout?.getWriter(), stderr: options.stderr?.getWriter() };
  const all = [sinks.stdout, sinks.stderr];
  try {
    const output = await runInto(sinks, spawn, what, options);
    await Promise.all(all.map((sink) => sink?.close()));
    return output;
  } catch (error) {
    // Not waited for: it may be what failed, or what hangs.
    for (const sink of all) sink?.abort(error).catch(() => {});
    throw error;
  }
}

/** Where output goes that is not collected. */
interface Sinks {
  readonly stdout: WritableStreamDefaultWriter<Uint8Array> | undefined;
  readonly stderr: WritableStreamDefaultWriter<Uint8Array> | undefined;
}

async function runInto(
  sinks: Sinks,
  spawn: SpawnWith,
  what: RunWhat,
  options: RunOptions,
): Promise<CommandOutput> {
  const { limit = LIMIT, input, clock = systemClock, secrets } = options;
  if (!(limit >= 0)) throw new RangeError(`limit is a number of bytes, not ${limit}`);
  const stop = stopOf({ grace: GRACE, ...options.stop });
  const [stdout, stderr] = ["standard output", "standard error"]
    .map((name) => new Collected(name, limit)) as [Collected, Collected];
  const output = (status: WaitStatus) => new CommandOutput(status, stdout.bytes, stderr.bytes);
  const fail = (problem: string, status: WaitStatus | undefined, cause?: unknown) => {
    const redaction = redactionOf(secrets);
    const failure = { ...what, problem, output: status && output(status), redaction };
    return new CommandError(failure, { cause });
  };
  using time = limitOf(options.timeout, clock);
  const signal = eitherOf(options.signal, time?.signal);
  let child: ChildProcess | undefined;
  let running: Promise<WaitStatus> | undefined;
  const givingUp = new AbortController();
  try {
    const add = (b: Batch) => addStandard(b, options.fds ?? {}, input);
    const spawned = await spawn({ ...options, log: false, signal }, add);
    child = spawned.child;
    running = untilEnd({
      ...{ ...spawned, input, sinks, stdout, stderr, clock },
      givenUp: givingUp.signal,
    });
    const status = await abortable(running, signal);
    if (status.isClean || options.anyStatus) return output(status);
  } catch (error) {
    givingUp.abort(error);
    if (child && !child.host.lost) await child.terminate(stop);
    await Promise.allSettled([running]);
    throw error instanceof GivenUpError ? fail(error.message, child?.status, error) : error;
  }
  const { status, reason } = child;
  throw fail(reason ? `${status} (${reason})` : `${status}`, status);
}

function limitOf(timeout: Milliseconds = Infinity, clock: Clock): TimeLimit | undefined {
  if (checkDuration("timeout", timeout) === Infinity) return undefined;
  const reason = () => new GivenUpError(`did not end within ${timeout / 1000} s`);
  return new TimeLimit(clock, timeout, reason);
}

function eitherOf(one: AbortSignal | undefined, other: AbortSignal | undefined) {
  return one && other ? AbortSignal.any([one, other]) : one ?? other;
}

interface Running {
  readonly child: ChildProcess;
  readonly streams: Resolved<RunStreams>;
  readonly input: Input | undefined;
  readonly sinks: Sinks;
  readonly stdout: Collected;
  readonly stderr: Collected;
  readonly clock: Clock;
  /** Aborted when nobody waits for the sinks any more. */
  readonly givenUp: AbortSignal;
}

/** Settles when the command has ended, with what it wrote collected; rejects when it is to be ended. */
async function untilEnd(running: Running): Promise<WaitStatus> {
  const { child, streams, input, sinks, stdout, stderr, clock, givenUp } = running;
  const collecting = [
    streams.stdout && !sinks.stdout && stdout.fill(streams.stdout),
    streams.stderr && !sinks.stderr && stderr.fill(streams.stderr),
  ];
  const poured = abortable(
    Promise.all([
      streams.stdout && sinks.stdout && pour(streams.stdout, sinks.stdout),
      streams.stderr && sinks.stderr && pour(streams.stderr, sinks.stderr),
    ]),
    givenUp,
  );
  const fed = streams.input && input !== undefined && feed(streams.input, input);
  const collected = Promise.all(collecting);
  try {
    const ended = child.wait();
    await Promise.race([ended, Promise.all([collected, poured, fed])]);
    const status = await ended;
    await poured;
    for (let before = -1; before < stdout.length + stderr.length;) {
      before = stdout.length + stderr.length;
      if (await within(clock, SILENCE, collected)) break;
    }
    return status;
  } finally {
    streams.stdout?.close();
    streams.stderr?.close();
    await streams.input?.abort();
  }
}
