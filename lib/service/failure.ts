/** A service that ended as it should not have. */
import type { WaitStatus } from "../thread/mod.ts";
import type { ServiceRecord } from "./registry.ts";

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
  /** The start functions that waited for it to be ready, innermost first. */
  readonly waiting: readonly string[];
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
  readonly waiting: readonly string[];
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
    this.waiting = failure.waiting;
    this.ran = failure.ran;
    this.lastLines = failure.lastLines;
  }
}

function describe(failure: ServiceFailure): string {
  const { service, host, pid, command, status, wasReady, waiting, ran, lastLines } = failure;
  const waited = waiting.length === 0 ? "" : `\nWaiting for it: ${waiting.join(", in ")}`;
  const when = wasReady ? "" : " before it was ready";
  const lines = lastLines.length === 0
    ? "It wrote nothing"
    : `Its last lines:\n${lastLines.map((line) => `  | ${line}`).join("\n")}`;
  return `Service ${service} on host ${host} (pid ${pid}) ${status}${when}, ` +
    `after ${seconds(ran)}\nCommand: ${command}${waited}\n${lines}`;
}

function seconds(milliseconds: number): string {
  return milliseconds < 1000
    ? `${milliseconds.toFixed(0)} ms`
    : `${(milliseconds / 1000).toFixed(1)} s`;
}

const failures = new WeakMap<ServiceRecord, Promise<ServiceError>>();

/** The one error that says how a service failed, whoever asks for it. */
export function failureOf(
  record: ServiceRecord,
  status: WaitStatus,
  cause?: unknown,
): Promise<ServiceError> {
  let failure = failures.get(record);
  if (!failure) failures.set(record, failure = makeFailure(record, status, cause));
  return failure;
}

async function makeFailure(
  { child, isReady, waiting }: ServiceRecord,
  status: WaitStatus,
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
    wasReady: isReady,
    waiting: isReady ? [] : waiting,
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
