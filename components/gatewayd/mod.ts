/**
 * gatewayd stands in front of several orderds and sends each order to the shard of its symbol: the one that
 * has it, which each tells when gatewayd connects to it, or the one that new symbols go to. A shard that is
 * down gets its orders a REJECT that says so, until it is back.
 */
import {
  BuiltinPackage,
  deploy,
  type FileDescriptor,
  type Nursery,
  seconds,
  type Sockaddr,
  startService,
  type Thread,
} from "bailiwick";
import type { Orderd } from "../orderd/mod.ts";

/** The program gatewayd, as it is deployed. */
export const gatewaydPackage = new BuiltinPackage("gatewayd", {
  x86_64: new URL("../../dist/native/x86_64/gatewayd", import.meta.url),
  aarch64: new URL("../../dist/native/aarch64/gatewayd", import.meta.url),
});

/** A running gatewayd. */
export interface Gatewayd {
  /** Where it takes orders, in orderd's protocol. */
  readonly address: Sockaddr;
}

/**
 * Starts gatewayd; returns once it serves.
 *
 * @param shards All that have symbols, by their index. Each must be reachable over TCP from the host of
 * `thread`.
 * @param listeningSock A listening TCP socket of `thread`.
 * @param options.count How many of them take new symbols, which each must have been told: those before the
 * others. Else all.
 */
export async function startGatewayd(
  nursery: Nursery,
  thread: Thread,
  shards: readonly Orderd[],
  listeningSock: FileDescriptor,
  options: { count?: number } = {},
): Promise<Gatewayd> {
  const pkg = await deploy(thread, gatewaydPackage);
  const command = pkg.bin("gatewayd").args(
    ...["--listen-fd", LISTEN, "--ready-fd", READY],
    ...shards.flatMap(({ address }) => ["--shard", address]),
    ...["--count", options.count ?? shards.length],
  );
  const address = await listeningSock.getsockname();
  const fds = { [LISTEN]: listeningSock };
  await startService(nursery, thread, command, {
    fds,
    ready: READY,
    replace: { overlap: "ready", drain: { grace: DRAIN } },
    address: `${address}`,
    uses: shards,
  });
  return { address };
}

/** Longer than shards take to answer what it has sent them. */
const DRAIN = seconds(15);
const READY = 3;
const LISTEN = 4;
