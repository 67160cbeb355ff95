/** Readiness of a service: a byte on a descriptor that it inherited, never a poll of its port. */
import type { ByteReader } from "../agent/mod.ts";
import type { ChildProcess } from "./child_process.ts";

/** The service closed its ready descriptor, as by ending, without saying that it is ready. */
export class ServiceNotReadyError extends Error {
  override readonly name = "ServiceNotReadyError";
}

/** Settles when the first byte arrives on `stream`, which this owns. */
export async function readyWhen(process: ChildProcess, stream: ByteReader): Promise<void> {
  using reader = stream;
  if (await reader.read() !== undefined) return;
  throw new ServiceNotReadyError(
    `${process.name} on host ${process.host.name} closed its ready descriptor without being ready`,
  );
}
