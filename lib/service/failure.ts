/** A service that ended as it should not have. */
import type { ChildProcess, WaitStatus } from "../thread/mod.ts";

/** How long a failed service's last output is waited for, in milliseconds. */
const LOG_PATIENCE = 1000;

/** What is known of the failure. */
export interface ServiceFailure {
  readonly service: string;
  readonly host: string;
  readonly pid: number;
  readonly command: string;
  readonly status: WaitStatus;
  /** Whether it had said that it was ready. */
  readonly wasReady: boolean;
  /** Milliseconds from its start to its end. */
  readonly ran: number;
  /** Its last output. */
  readonly lastLines: readonly string[];
}

/** A service exited uncleanly, or before it was ready. */
export class ServiceError extends Error implements ServiceFailure {
  override readonly name = "ServiceError";
  readonly service: string;
  readonly host: string;
  readonly pid: number;
  readonly command: string;
  readonly status: WaitStatus;
  readonly wasReady: boolean;
  readonly ran: number;
  readonly lastLines: readonly string[];

  constructor(failure: ServiceFailure, options?: ErrorOptions) {
    super(describe(failure), options);
    this.service = failure.service;
    this.host = failure.host;
    this.pid = failure.pid;
    this.command = failure.command;
    this.status = failure.status;
    this.wasReady = failure.wasReady;
    this.ran = failure.ran;
    this.lastLines = failure.lastLines;
  }
}

function describe(failure: ServiceFailure): string {
  const { service, host, pid, command, status, wasReady, ran, lastLines } = failure;
  const when = wasReady ? "" : " before it was ready";
  const lines = lastLines.length === 0
    ? "It wrote nothing"
    : `Its last lines:\n${lastLines.map((line) => `  | ${line}`).join("\n")}`;
  return `Service ${service} on host ${host} (pid ${pid}) ${status}${when}, ` +
    `after ${seconds(ran)}\nCommand: ${command}\n${lines}`;
}

function seconds(milliseconds: number): string {
  return milliseconds < 1000
    ? `${milliseconds.toFixed(0)} ms`
    : `${(milliseconds / 1000).toFixed(1)} s`;
}

const failures = new WeakMap<ChildProcess, Promise<ServiceError>>();

/** The one error that says how `child` failed, whoever asks for it. */
export function failureOf(
  child: ChildProcess,
  status: WaitStatus,
  wasReady: boolean,
  cause?: unknown,
): Promise<ServiceError> {
  let failure = failures.get(child);
  if (!failure) failures.set(child, failure = makeFailure(child, status, wasReady, cause));
  return failure;
}

async function makeFailure(
  child: ChildProcess,
  status: WaitStatus,
  wasReady: boolean,
  cause: unknown,
): Promise<ServiceError> {
  const { execution, log } = child;
  const ran = execution ? performance.now() - execution.startedAt : 0;
  if (log) await within(LOG_PATIENCE, log.ended);
  return new ServiceError({
    service: child.name,
    host: child.host.name,
    pid: child.pid,
    command: `${execution?.command}`,
    status,
    wasReady,
    ran,
    lastLines: log?.tail ?? [],
  }, { cause });
}

async function within(milliseconds: number, promise: Promise<void>): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  await Promise.race([promise, late]);
  clearTimeout(timer);
}
