/** This machine as a host. */
import { asset } from "../assets/mod.ts";
import { runStep } from "../steps/mod.ts";
import { Host, type HostOptions } from "./host.ts";
import { checkFfi, ffi } from "./ffi.ts";
import { SocketTransport } from "./socket_transport.ts";

/**
 * Starts an agent on this machine. Everything that its threads start ends with the host, and with the
 * program, however that ends.
 *
 * @example
 * ```ts
 * import { Command, localHost } from "bailiwick";
 *
 * await using host = await localHost();
 * const child = await host.thread.spawn(new Command("uname", ["-a"]));
 * console.log(`${await child.wait()}: ${child.log?.tail}`);
 * ```
 *
 * @throws {SyscallError} If the agent cannot be started.
 */
export async function localHost(options: HostOptions = {}): Promise<Host> {
  const name = options.name ?? "local";
  return await runStep({ kind: "connect", subject: name, host: name }, async () => {
    const { socket, pid } = launch(await asset(Deno.build.arch, "agent"), options);
    const transport = new SocketTransport(socket, () => reap(pid));
    return await Host.connect(name, transport, { ...options, local: true });
  });
}

function launch(agent: Uint8Array, options: HostOptions): { socket: number; pid: number } {
  const out = new Int32Array(2);
  const environment = environmentBlock({ ...Deno.env.toObject(), ...options.environment });
  const result = ffi().bw_launch(
    agent as Uint8Array<ArrayBuffer>,
    BigInt(agent.length),
    environment,
    BigInt(environment.length),
    out,
  );
  checkFfi(result, "execveat", "start the agent");
  return { socket: out[0]!, pid: out[1]! };
}

/** Takes the agent's exit status; nobody else waits for it, and Deno does not know it. */
async function reap(pid: number): Promise<void> {
  await ffi().bw_wait(pid, new Int32Array(1));
}

function environmentBlock(variables: Record<string, string>): Uint8Array<ArrayBuffer> {
  const pairs = Object.entries(variables).map(([name, value]) => `${name}=${value}\0`);
  return new TextEncoder().encode(pairs.join(""));
}
