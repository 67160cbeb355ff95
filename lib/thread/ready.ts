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

/** What a service that is not ready yet says first, if it prepares. */
const PREPARED = "p".charCodeAt(0);

/** Hears on a stream, which this owns, how far a service is. */
export class Ready {
  /** Settles with the first byte. */
  readonly prepared: Promise<void>;
  /** Settles with the first byte, or for a service that prepares with the one after the word for that. */
  readonly ready: Promise<void>;

  constructor(process: ChildProcess, stream: ByteReader, prepares: boolean) {
    const first = next(process, stream);
    this.prepared = first.then(() => {});
    this.ready = first.then(async (bytes) => {
      if (!prepares || bytes[0] !== PREPARED || bytes.length > 1) return;
      await next(process, stream);
    }).finally(() => stream.close());
    for (const promise of [this.prepared, this.ready]) promise.catch(() => {});
  }
}

/** The next bytes that it writes. */
async function next(process: ChildProcess, stream: ByteReader): Promise<Uint8Array> {
  const bytes = await stream.read();
  if (bytes !== undefined) return bytes;
  await within(systemClock, END_PATIENCE, process.waitFor(["exited"]));
  const problem = process.status
    ? `${process.status} before it said that it is ready`
    : "closed its ready descriptor without saying that it is ready";
  throw new ServiceNotReadyError(process, problem);
}
