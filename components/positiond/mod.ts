/**
 * positiond keeps the position of each symbol: what was bought less what was sold. It applies each
 * order once, by its sequence number, whichever side crashes.
 */
import {
  BuiltinPackage,
  deploy,
  type Nursery,
  type Path,
  startService,
  type Thread,
} from "bailiwick";

/** The program positiond, as it is deployed. */
export const positiondPackage = new BuiltinPackage("positiond", {
  x86_64: new URL("../../dist/native/x86_64/positiond", import.meta.url),
  aarch64: new URL("../../dist/native/aarch64/positiond", import.meta.url),
});

/** A running positiond, and all that a client on its host needs to use it. */
export interface Positiond {
  /** Holds its shared-memory ring, its state and its query socket; clients must be on the same host. */
  readonly workdir: Path;
}

/**
 * Starts positiond; returns once its ring can be used.
 *
 * @param workdir Made if it is missing; state of an earlier run that is found there is carried on.
 * @param options.name What tables and failures call it.
 */
export async function startPositiond(
  nursery: Nursery,
  thread: Thread,
  workdir: Path,
  options: { name?: string } = {},
): Promise<Positiond> {
  const pkg = await deploy(thread, positiondPackage);
  const command = pkg.bin("positiond").args("--workdir", workdir, "--ready-fd", READY);
  await startService(nursery, thread, command, {
    name: options.name ?? "positiond",
    cwd: workdir,
    ready: READY,
    address: `${workdir.join("positions.sock")}`,
  });
  return { workdir };
}

const READY = 3;
