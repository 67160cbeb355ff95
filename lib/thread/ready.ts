/** Readiness of a service by a byte on a descriptor that it inherited. */
import type { ByteReader } from "../agent/mod.ts";
import { type Milliseconds, systemClock, within } from "../clock/mod.ts";
import type { ChildProcess } from "./child_process.ts";

/** A service will not say that it is ready: it closed its ready descriptor, or ended, or its tries failed. */
export class ServiceNotReadyError extends Error {
  override readonly name = "ServiceNotReadyError";
  /** What was wrong with it, as "was not ready after 3 tries". */
  readonly problem: string;

  constructor(
    service: { readonly name: string; readonly host: { readonly name: string } },
    problem: string,
    options?: ErrorOptions,
  ) {
    super(`${service.name} on host ${service.host.name} ${problem}`, options);
    this.problem = problem;
  }
}

/** How long it is waited for how a process ended that closed its ready descriptor, as by ending. */
const END_PATIENCE: Milliseconds = 1000;

/** Settles when the first byte arrives on `stream`, which this owns. */
export async function readyWhen(process: ChildProcess, stream: ByteReader): Promise<void> {
  using reader = stream;
  if (await reader.read() !== undefined) return;
  await within(systemClock, END_PATIENCE, process.waitFor(["exited"]));
  const problem = process.status
    ? `${process.status} before it said that it is ready`
    : "closed its ready descriptor without saying that it is ready";
  throw new ServiceNotReadyError(process, problem);
}
