/** This machine as a host. */
import { buildsOf } from "../agent/mod.ts";
import { readAgent } from "../assets/mod.ts";
import { Model } from "../model/mod.ts";
import { knownOf } from "./environment.ts";
import { Host, type HostOptions } from "./host.ts";
import { launch } from "./launch.ts";
import { usualOpenFiles } from "./open_files.ts";
import { standingOf } from "./standing.ts";
import { connectOrUpgrade } from "./upgrade.ts";
import { SocketTransport } from "./socket_transport.ts";

/** How this machine is a host. */
export interface LocalHostOptions extends HostOptions {
  /**
   * Whether services get the whole environment of the program, with whatever secrets are in it. Else they
   * get PATH, HOME, USER, LOGNAME, SHELL, LANG, LC_*, TZ, TMPDIR and XDG_*, and what `environment` adds.
   *
   * @default false
   */
  inheritEnvironment?: boolean;
  /**
   * The soft limit of open files, RLIMIT_NOFILE, that services start with; they may raise it to the hard one.
   *
   * @default that of the program's parent, if it is lower than the program's own, which Deno has raised;
   * else 1024
   */
  openFiles?: number;
}

/**
 * Starts an agent on this machine. Everything that its threads start ends with the host, and with the
 * program, however that ends; but for what is kept, if it is to outlive the program: see `standing`.
 *
 * @example
 * ```ts
 * import { Command, localHost } from "bailiwick";
 *
 * await using host = await localHost();
 * const { stdout } = await host.thread.run(new Command("uname", ["-a"]));
 * console.log(stdout);
 * ```
 *
 * @throws {SyscallError} If the agent cannot be started.
 */
export async function localHost(options: LocalHostOptions = {}): Promise<Host> {
  return await connectOrUpgrade(options, connect);
}

async function connect(options: LocalHostOptions): Promise<Host> {
  const { name = "local", model = new Model() } = options;
  return await model.step({ kind: "connect", subject: name, host: name }, async () => {
    const { arch } = Deno.build;
    const bytes = await readAgent(arch);
    const own = Deno.env.toObject();
    const inherited = options.inheritEnvironment ? own : knownOf(own);
    const openFiles = options.openFiles ?? await usualOpenFiles();
    const environment = { ...inherited, ...options.environment };
    const words = standingOf(options.standing)?.words ?? [];
    const launched = await launch(bytes, environment, openFiles, words);
    const transport = new SocketTransport(launched.stream, launched);
    return await Host.connect(name, transport, {
      ...options,
      model,
      local: true,
      buildOf: buildsOf([{ arch, bytes }]),
      ...(options.inheritEnvironment && { forServices: (all) => all }),
    });
  });
}
