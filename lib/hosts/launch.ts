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
 * @param words Its arguments.
 * @throws {SyscallError} If it cannot be started.
 */
export async function launch(
  executable: Uint8Array<ArrayBuffer>,
  environment: Readonly<Record<string, string>>,
  openFiles: number,
  words: readonly string[],
): Promise<Launched> {
  const { stream, far } = await connectedSockets();
  await using far_ = far;
  const pairs = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const pid = ffi().bw_launch(
    ...sized(executable),
    ...sized(block(["bailiwick-agent", ...words])),
    ...sized(block(pairs)),
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

/** Texts, each ended by NUL. */
function block(texts: readonly string[]): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(texts.map((text) => `${text}\0`).join(""));
}

function sized(bytes: Uint8Array<ArrayBuffer>): [Uint8Array<ArrayBuffer>, bigint] {
  return [bytes, BigInt(bytes.length)];
}
