/** Hosts behind a command whose standard input and output are a shell on the far side; ssh is one. */
import type { Arch } from "../abi/mod.ts";
import { buildsOf, SyscallError } from "../agent/mod.ts";
import { readAgent } from "../assets/mod.ts";
import { checkDuration, type Milliseconds } from "../clock/mod.ts";
import { Model } from "../model/mod.ts";
import { Command, type Thread } from "../thread/mod.ts";
import { Bootstrap } from "./bootstrap.ts";
import type { Agent } from "./bootstrap_script.ts";
import { READ_SCRIPT } from "./bootstrap_script.ts";
import {
  BootstrappedTransport,
  type CommandExit,
  type CommandTransport,
} from "./bootstrapped_transport.ts";
import { limited } from "./connect_limit.ts";
import { type Environment, withoutOwn, withoutSession } from "./environment.ts";
import { ConnectError, ConnectTimeoutError, LinkLostError } from "./errors.ts";
import { checkSilence, type ConnectOptions, Host, type HostOptions } from "./host.ts";
import { NestedTransport } from "./nested_transport.ts";
import { ProcessTransport } from "./process_transport.ts";
import { standingOf } from "./standing.ts";
import { connectOrUpgrade } from "./upgrade.ts";
import { SILENCE, sshArgv, type SshOptions } from "./ssh_argv.ts";
import { sshError } from "./ssh_errors.ts";

/** How a host behind a command is reached. */
export interface CommandHostOptions extends HostOptions {
  /** Where the command runs: a thread of another host, else this machine. */
  from?: Thread;
  /**
   * Milliseconds that the host, or the way to it, may be silent before the program takes it for lost, and
   * as long the agent waits for the program before it ends everything there. Both say every quarter
   * of it that they are there, ahead of all else, so a slow link is not a silent one. 0 or Infinity:
   * silence alone never ends anything, and what runs on a host that is out of reach stays.
   *
   * @default 8000
   */
  silence?: Milliseconds;
  /**
   * Until then there must be an agent.
   *
   * @default 30_000
   */
  timeout?: Milliseconds;
}

const TIMEOUT: Milliseconds = 30_000;

/**
 * The host behind a command that leads to a POSIX shell reading its standard input:
 * `["docker", "exec", "-i", "web", "sh"]`, `["sudo", "sh"]`, `["unshare", "--net", "sh"]`. An agent is
 * sent to it; nothing is installed, and no file is left. The command gets the program's environment, and
 * services what it makes of that, but of the program's own variables only those that `localHost` passes on.
 *
 * @throws {ConnectError} If the command cannot be started.
 * @throws {NoShellError} If what answers is no shell.
 * @throws {UnknownArchitectureError} If there is no agent for its machine.
 * @throws {NoPlaceToRunError} If it has no directory to run one from.
 * @throws {ConnectTimeoutError} If there is no agent in time.
 * @throws {RemoteProtocolError} If what runs there is no agent of this build.
 * @throws {RangeError} If `silence` is less than a second, or more than a day.
 */
export async function commandHost(
  argv: readonly string[],
  options: CommandHostOptions = {},
): Promise<Host> {
  if (argv.length === 0) throw new RangeError("A command needs at least its program");
  const name = options.name ?? argv.join(" ");
  const bootstrap = { host: name, shellOnInput: true };
  // On this machine the command, and so what it leads to, has the program's own environment.
  const own = Deno.env.toObject();
  const forServices = (environment: Environment) =>
    options.from ? withoutSession(environment) : withoutSession(withoutOwn(environment, own));
  return await connectOrUpgrade(
    { ...options, forServices },
    (options) =>
      connect(argv, bootstrap, options, (exit, ended) => {
        if (!exit.connected) return ended();
        return new LinkLostError(name, `the command ended with status ${exit.status}`, exit);
      }),
  );
}

/**
 * A host behind OpenSSH's own client, with the user's configuration, keys, agent and jump hosts. One ssh
 * process and one connection carry everything. Host keys must be known; nothing is forwarded; a dead
 * link is noticed within 10 s, unless `silence` says otherwise.
 *
 * @example
 * ```ts no-eval
 * import { sshHost } from "bailiwick";
 *
 * await using host = await sshHost({ to: "deploy@db1" });
 * console.log((await host.thread.run("uptime")).stdout);
 * ```
 *
 * @throws {HostKeyUnknownError} If the host's key is not in known_hosts.
 * @throws {HostKeyChangedError} If it is another one.
 * @throws {PermissionDeniedError} If the user is not let in.
 * @throws {NameNotResolvedError} If the name has no address.
 * @throws {ConnectionRefusedError} If nothing listens there.
 * @throws {ConnectTimeoutError} If it does not answer in time.
 * @throws {NoShellError} If the account has no shell, or a login script reads the shell's input.
 * @throws {ConnectError} If there is no ssh where it is to run.
 * @throws {TypeError} If `to` is no host name, or an argument is not allowed.
 */
export async function sshHost(
  ssh: SshOptions,
  options: CommandHostOptions = {},
): Promise<Host> {
  const name = options.name ?? ssh.to;
  const argv = sshArgv(ssh, READ_SCRIPT, options.silence ?? SILENCE);
  const hint = "; a login script of the account must not read its standard input";
  const bootstrap = { host: name, shellOnInput: false, hint };
  return await limited(
    ssh.to,
    () =>
      connectOrUpgrade(
        { ...options, name },
        (options) => connect(argv, bootstrap, options, (exit) => sshError({ host: name, ...exit })),
      ),
  );
}

type Failure = (exit: CommandExit, ended: () => Error) => Error;

async function connect(
  argv: readonly string[],
  { host, shellOnInput, hint = "" }: { host: string; shellOnInput: boolean; hint?: string },
  options: CommandHostOptions & Pick<ConnectOptions, "forServices">,
  failure: Failure,
): Promise<Host> {
  const { model = new Model() } = options;
  checkSilence(options.silence);
  const agents = await availableAgents();
  const command = await runCommand(argv, host, options.from);
  const stderr = () => command.stderr;
  const words = standingOf(options.standing)?.words ?? [];
  const bootstrap = new Bootstrap({ host, agents, shellOnInput, stderr, words });
  const transport = new BootstrappedTransport(
    command,
    bootstrap,
    (exit) => failure(exit, () => bootstrap.ended()),
  );
  const timeout = checkDuration("timeout", options.timeout ?? TIMEOUT);
  const late = AbortSignal.timeout(timeout);
  const signal = options.signal ? AbortSignal.any([options.signal, late]) : late;
  try {
    return await model.step({ kind: "connect", subject: host, host }, async () => {
      const connected = await Host.connect(host, transport, {
        ...options,
        model,
        signal,
        silence: options.silence ?? SILENCE,
        buildOf: buildsOf(agents),
      });
      transport.greeted();
      return connected;
    });
  } catch (error) {
    if (error !== late.reason) throw error;
    const problem = `there was no agent within ${timeout} ms${hint}`;
    throw new ConnectTimeoutError(host, problem, { stderr: stderr(), cause: error });
  }
}

async function runCommand(
  argv: readonly string[],
  name: string,
  from: Thread | undefined,
): Promise<CommandTransport> {
  try {
    if (!from) return new ProcessTransport(argv);
    return await NestedTransport.run(from, new Command(argv[0]!, argv.slice(1)), `way to ${name}`);
  } catch (cause) {
    throw cannotRun(argv[0]!, name, from, cause);
  }
}

/** The error for a command that could not be started; what is not about the command is thrown as it is. */
function cannotRun(
  program: string,
  name: string,
  from: Thread | undefined,
  cause: unknown,
): unknown {
  const missing = cause instanceof Deno.errors.NotFound ||
    (cause instanceof SyscallError && cause.code === "ENOENT");
  const refused = cause instanceof Deno.errors.PermissionDenied ||
    (cause instanceof SyscallError && cause.code === "EACCES");
  if (!missing && !refused) return cause;
  const where = from ? `host ${from.host.name}` : "this machine";
  const hint = program === "ssh"
    ? "install OpenSSH's client there, such as by Debian's package openssh-client"
    : "install it there, or name it by its path";
  const problem = missing
    ? `${where} has no program ${program}; ${hint}`
    : `${where} cannot execute ${program}`;
  return new ConnectError(name, problem, { stderr: "", cause });
}

const ARCHS: readonly Arch[] = Deno.build.arch === "aarch64"
  ? ["aarch64", "x86_64"]
  : ["x86_64", "aarch64"];

let available: Promise<Agent[]> | undefined;

/** The agents that this build has, this machine's architecture first. */
async function availableAgents(): Promise<Agent[]> {
  try {
    return await (available ??= readAgents());
  } catch (error) {
    available = undefined; // They may be built by the next time.
    throw error;
  }
}

async function readAgents(): Promise<Agent[]> {
  const loaded = await Promise.allSettled(
    ARCHS.map(async (arch) => ({ arch, bytes: await readAgent(arch) })),
  );
  const agents = loaded.filter((result) => result.status === "fulfilled").map(({ value }) => value);
  if (agents.length === 0) throw (loaded[0] as PromiseRejectedResult).reason;
  return agents;
}
