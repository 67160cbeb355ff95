/**
 * Commands in the place of a service: on its host, in its directory, as its user, with its environment, as proc(5)
 * tells them of its process now.
 */
import { Command, type RunOptions, type Thread } from "../thread/mod.ts";
import type { ExecMessage } from "./api.ts";
import { RequestError } from "./problem.ts";
import type { RunningSystem } from "./system.ts";

const utf8 = new TextEncoder();

/**
 * Runs a command to its end.
 *
 * @param input What it reads.
 * @returns What it writes and how it ends, as JSON lines of {@linkcode ExecMessage}. Who cancels that ends it.
 * @throws {RequestError} If the service does not run, or its host is in no scope.
 */
export async function execIn(
  system: RunningSystem,
  name: string,
  argv: readonly string[],
  input: AsyncIterable<Uint8Array> | undefined,
): Promise<ReadableStream<Uint8Array>> {
  const [program, ...args] = argv;
  if (program === undefined) throw new RequestError(400, "A command needs at least its program");
  const { thread, pid } = placeOf(system, name);
  const place = await readPlace(thread, pid, name);
  const stop = new AbortController();
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const out = writable.getWriter();
  const say = (message: ExecMessage) => out.write(utf8.encode(`${JSON.stringify(message)}\n`));
  const into = (stream: "stdout" | "stderr") =>
    new WritableStream<Uint8Array>({ write: (bytes) => say({ stream, data: bytes.toBase64() }) });
  out.closed.catch((error) => stop.abort(error));
  thread.run(new Command(program, args), {
    ...place,
    ...{ stdout: into("stdout"), stderr: into("stderr"), signal: stop.signal, anyStatus: true },
    ...(input && { input }),
  }).then(async ({ status }) => {
    const code = status.kind === "exited" ? status.status : 128 + status.status;
    await say({ status: `${status}`, code });
    await out.close();
  }).catch((error) => out.abort(error).catch(() => {}));
  return readable;
}

/** The thread of a service's host. */
function placeOf(system: RunningSystem, name: string): { thread: Thread; pid: number } {
  const { host, pid, ended } = system.row(name);
  if (ended !== undefined) throw new RequestError(409, `${name} does not run`);
  const found = system.hosts.find((each) => each.name === host);
  if (!found) throw new RequestError(409, `Host ${host} is in no scope, so nothing is run there`);
  return { thread: found.thread, pid };
}

async function readPlace(thread: Thread, pid: number, name: string): Promise<RunOptions> {
  try {
    const [environ, cwd, { uid, gid }] = await Promise.all([
      thread.readFile(`/proc/${pid}/environ`),
      thread.readlink(`/proc/${pid}/cwd`),
      thread.stat(`/proc/${pid}`),
    ]);
    const isOther = uid !== thread.host.uid;
    return {
      cwd,
      inheritEnvironment: false,
      environment: variables(environ),
      ...(isOther && { user: uid, group: gid }),
    };
  } catch (cause) {
    throw new RequestError(
      409,
      `Cannot look at the process of ${name}: ${(cause as Error).message}`,
    );
  }
}

function variables(environ: Uint8Array): Record<string, string> {
  const texts = new TextDecoder().decode(environ).split("\0").filter((text) => text.includes("="));
  return Object.fromEntries(
    texts.map((text) => [text.slice(0, text.indexOf("=")), text.slice(text.indexOf("=") + 1)]),
  );
}
