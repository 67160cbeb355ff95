/**
 * quoted keeps the last price of each symbol and tells it over TCP. It is written in Java: its package is a
 * jar, the same for every architecture, and the host has the virtual machine.
 */
import {
  BuiltinPackage,
  Command,
  deploy,
  type FileDescriptor,
  type Nursery,
  type Sockaddr,
  startService,
  type Thread,
} from "bailiwick";
import { findJava } from "./java.ts";

export { findJava, NoJavaError } from "./java.ts";

/** The program quoted, as it is deployed. */
export const quotedPackage = new BuiltinPackage("quoted", {
  any: { "lib/quoted.jar": new URL("../../dist/java/quoted.jar", import.meta.url) },
});

/** A running quoted. */
export interface Quoted {
  /** Where it takes prices and tells them. */
  readonly address: Sockaddr;
}

/**
 * Starts quoted; returns once it serves.
 *
 * @param listeningSock A listening TCP socket of `thread`. Java takes the one that is descriptor 0.
 *
 * @throws {NoJavaError} If the host has no Java virtual machine.
 */
export async function startQuoted(
  nursery: Nursery,
  thread: Thread,
  listeningSock: FileDescriptor,
): Promise<Quoted> {
  const [pkg, java, address] = await Promise.all([
    deploy(thread, quotedPackage),
    findJava(thread),
    listeningSock.getsockname(),
  ]);
  const jar = pkg.path.join("lib/quoted.jar");
  const command = new Command(java, ["-Xshare:auto", "-XX:+UseSerialGC", "-Xmx64m", "-jar", jar])
    .args("--ready-fd", READY);
  await startService(nursery, thread, command, {
    name: "quoted",
    fds: { 0: listeningSock },
    ready: READY,
    address: `${address}`,
  });
  return { address };
}

const READY = 3;
