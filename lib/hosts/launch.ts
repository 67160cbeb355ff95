/** Starting a program of this machine with a socket to it: an agent, which is not Deno's child to wait for. */
import { AF, SOCK, SockaddrUn } from "../abi/mod.ts";
import { checkFfi, ffi } from "./ffi.ts";
import { programThread } from "./program_thread.ts";

/** A program that runs. */
export interface Launched {
  /** Leads to its standard input and output. */
  readonly stream: Deno.UnixConn;
  /** Takes its exit status, once it has ended; nobody else does. */
  readonly reap: () => Promise<void>;
}

/** Bytes of a socket's path that leave room for its name: unix(7) allows 107. */
const LONGEST_DIRECTORY = 90;

/**
 * Runs an executable that is given as bytes.
 *
 * The socket is a connection that Deno accepts, and not one end of a pair: an adopted descriptor goes
 * through the layers of `node:net`, which cost a sixth of a round trip.
 *
 * @throws {SyscallError} If it cannot be started.
 */
export async function launch(
  executable: Uint8Array<ArrayBuffer>,
  environment: Readonly<Record<string, string>>,
): Promise<Launched> {
  const { stream, far } = await connectedSockets();
  await using far_ = far;
  const block = environmentBlock(environment);
  const [size, blockSize] = [BigInt(executable.length), BigInt(block.length)];
  const pid = ffi().bw_launch(executable, size, block, blockSize, far_.number);
  if (pid < 0) stream.close();
  checkFfi(pid, "execveat", "start the agent");
  return { stream, reap: async () => void await ffi().bw_wait(pid, new Int32Array(1)) };
}

async function connectedSockets() {
  const directory = await privateDirectory();
  try {
    const path = `${directory}/stream`;
    using listener = Deno.listen({ transport: "unix", path });
    const far = await programThread().socket(AF.UNIX, SOCK.STREAM);
    await far.connect(new SockaddrUn(path));
    return { stream: await listener.accept(), far };
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function privateDirectory(): Promise<string> {
  const directory = await Deno.makeTempDir({ prefix: "bailiwick-" });
  if (directory.length <= LONGEST_DIRECTORY) return directory;
  await Deno.remove(directory);
  return await Deno.makeTempDir({ dir: "/tmp", prefix: "bailiwick-" });
}

function environmentBlock(variables: Readonly<Record<string, string>>): Uint8Array<ArrayBuffer> {
  const pairs = Object.entries(variables).map(([name, value]) => `${name}=${value}\0`);
  return new TextEncoder().encode(pairs.join(""));
}
