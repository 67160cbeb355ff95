/** Starting a program of this machine with a socket to it: an agent, which is not Deno's child to wait for. */
import { checkFfi, ffi } from "./ffi.ts";
import { Keeper } from "./keeper.ts";
import { connectedSockets } from "./own_sockets.ts";

const EACCES = 13;
const NOEXEC = "/proc/sys/vm/memfd_noexec";

/** A program that runs. */
export interface Launched {
  /** Leads to its standard input and output. */
  readonly stream: Deno.UnixConn;
  /** Takes its exit status, once it has ended; nobody else does. */
  readonly reap: () => Promise<void>;
  /** Ends it at once, if it has not ended. */
  readonly kill: () => void;
}

/**
 * Runs an executable that is given as bytes.
 *
 * @param openFiles The soft limit of its open files, at most the hard one.
 * @param system What the agent stands for, if it is to outlive the program.
 * @throws {SyscallError} If it cannot be started.
 */
export async function launch(
  executable: Uint8Array<ArrayBuffer>,
  environment: Readonly<Record<string, string>>,
  openFiles: number,
  system = "",
): Promise<Launched> {
  const { stream, far } = await connectedSockets();
  await using far_ = far;
  const block = environmentBlock(environment);
  const [size, blockSize] = [BigInt(executable.length), BigInt(block.length)];
  const pid = ffi().bw_launch(
    executable,
    size,
    new TextEncoder().encode(`${system}\0`),
    block,
    blockSize,
    far_.number,
    BigInt(openFiles),
  );
  if (pid < 0) stream.close();
  checkFfi(pid, "execveat", `start the agent${pid === -EACCES ? memfdHint() : ""}`);
  const keeper = new Keeper(pid);
  return { stream, reap: () => keeper.reap(), kill: () => keeper.kill() };
}

/** Why an agent that is in memory alone may not be executed; see sysctl(8). */
function memfdHint(): string {
  try {
    const noexec = Deno.readTextFileSync(NOEXEC).trim();
    return noexec === "2"
      ? `, which is in memory and must not be executed (${NOEXEC} is 2: set 1)`
      : "";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return ""; // An older kernel, which forbids nothing.
    throw error;
  }
}

function environmentBlock(variables: Readonly<Record<string, string>>): Uint8Array<ArrayBuffer> {
  const pairs = Object.entries(variables).map(([name, value]) => `${name}=${value}\0`);
  return new TextEncoder().encode(pairs.join(""));
}
