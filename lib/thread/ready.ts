/** Readiness of a service: a byte on a descriptor that it inherited, never a poll of its port. */
import type { ByteReader } from "../agent/mod.ts";
import { type Milliseconds, systemClock, within } from "../clock/mod.ts";
import type { ChildProcess } from "./child_process.ts";

/** The service closed its ready descriptor, as by ending, without saying that it is ready. */
export class ServiceNotReadyError extends Error {
  override readonly name = "ServiceNotReadyError";
}

/** How long it is waited for how a process ended that closed its ready descriptor, as by ending. */
const END_PATIENCE: Milliseconds = 1000;

/** Settles when the first byte arrives on `stream`, which this owns. */
export async function readyWhen(process: ChildProcess, stream: ByteReader): Promise<void> {
  using reader = stream;
  if (await reader.read() !== undefined) return;
  await within(systemClock, END_PATIENCE, process.waitFor(["exited"]));
  const how = process.status?.toString() ?? "closed its ready descriptor";
  throw new ServiceNotReadyError(
    `${process.name} on host ${process.host.name} ${how} before it said that it is ready`,
  );
}
