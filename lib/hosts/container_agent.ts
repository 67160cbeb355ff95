/** The agent of a container: its init, or one that is sent to the init of a container that stands. */
import { buildsOf } from "../agent/mod.ts";
import { readAgent } from "../assets/mod.ts";
import type { ByteReader, ByteWriter } from "../agent/mod.ts";
import {
  type ChildProcess,
  Command,
  type FileDescriptor,
  type PathLike,
  type Thread,
} from "../thread/mod.ts";
import { Host, type HostOptions } from "./host.ts";
import { NestedTransport, openChannel } from "./nested_transport.ts";
import { standingOf } from "./standing.ts";

/** The image of an agent and a stream to it, open in a thread that is to become it. */
export interface AgentChannel {
  readonly bytes: Uint8Array;
  readonly image: FileDescriptor;
  readonly inner: FileDescriptor;
  readonly reader: ByteReader;
  readonly writer: ByteWriter;
}

/** A container's host, and the process on the outer one whose stream it is reached by. */
export interface AgentHost {
  readonly host: Host;
  readonly process: ChildProcess;
}

/** Which container an agent is for. */
export interface AgentOptions extends HostOptions {
  readonly name: string;
  readonly rootfs?: PathLike;
}

export async function agentIn(thread: Thread): Promise<AgentChannel> {
  const bytes = await readAgent(thread.host.arch);
  const channel = await openChannel(thread);
  const image = await thread.memfd("bailiwick-agent");
  await image.writeAll(bytes);
  return { bytes, image, ...channel };
}

/**
 * Has a thread become the agent.
 *
 * @param stays Whether it is the one that is to outlive the program.
 */
export async function startAgent(
  child: Thread,
  { bytes, image, inner, reader, writer }: AgentChannel,
  options: AgentOptions,
  stays = false,
): Promise<AgentHost> {
  const { name } = options;
  const { arch } = child.host;
  const words = standingOf(options.standing)?.words ?? [];
  const command = new Command("bailiwick-agent", words)
    .env({ ...await places(child, options.rootfs), ...options.environment });
  const fds = { 0: inner, 1: inner };
  const process = await child.exec(command, { image, fds, name: `agent of ${name}` });
  const transport = new NestedTransport(process, reader, writer, stays);
  const buildOf = buildsOf([{ arch, bytes }]);
  return { process, host: await Host.connect(name, transport, { ...options, buildOf }) };
}

/**
 * Where the container's agent puts what is temporary: below the outer agent's place if it sees it, so
 * that it goes with the outer one also when the inner is killed, having no keeper above it. And where one
 * that stands has its socket, if it does not see the outer one's files.
 */
async function places(
  child: Thread,
  rootfs: PathLike | undefined,
): Promise<Record<string, string>> {
  if (rootfs !== undefined) return { TMPDIR: "/tmp", XDG_STATE_HOME: "/tmp/.state" };
  const { temporary } = child.host;
  await child.mkdir(temporary, 0o700, { existing: "ok" });
  return { TMPDIR: temporary };
}
