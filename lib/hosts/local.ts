/** This machine as a host. */
import { buildsOf } from "../agent/mod.ts";
import { asset } from "../assets/mod.ts";
import { Model } from "../model/mod.ts";
import { Host, type HostOptions } from "./host.ts";
import { launch } from "./launch.ts";
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
  const { name = "local", model = new Model() } = options;
  return await model.step({ kind: "connect", subject: name, host: name }, async () => {
    const { arch } = Deno.build;
    const bytes = await asset(arch, "agent");
    const launched = await launch(bytes, { ...Deno.env.toObject(), ...options.environment });
    const transport = new SocketTransport(launched.stream, launched);
    return await Host.connect(name, transport, {
      ...options,
      model,
      local: true,
      buildOf: buildsOf([{ arch, bytes }]),
    });
  });
}
