/**
 * Where programs listen: `$XDG_RUNTIME_DIR/bailiwick/SYSTEM/PID.sock`, or below `/tmp/bailiwick-UID` where there is no
 * such directory. The directory is the user's alone (0700), and so is the socket (0600): whoever can open it may do
 * all that the user can.
 */

/** Bytes that the path of a Unix socket may have: unix(7). */
const LONGEST = 107;
const NAME = /^(\d+)\.sock$/;

/** The sockets of the programs that run a system, the last begun first; some may be left from programs that ended. */
export async function socketsOf(system: string): Promise<string[]> {
  const directory = await existing(`${runtimeDirectory()}/${system}`);
  if (directory === undefined) return [];
  const entries = await Array.fromAsync(Deno.readDir(directory));
  const found = await Promise.all(entries.map(async ({ name }) => {
    const path = `${directory}/${name}`;
    const made = NAME.test(name) && await Deno.lstat(path).catch(() => undefined);
    return made ? [{ path, at: made.mtime!.getTime() }] : [];
  }));
  return found.flat().toSorted((a, b) => b.at - a.at).map(({ path }) => path);
}

/** The process of the program that made a socket. */
export function pidOf(path: string): number {
  return Number(NAME.exec(path.slice(path.lastIndexOf("/") + 1))?.[1]);
}

/**
 * The path at which this program is to listen for a system. Sockets of programs that have ended are removed.
 *
 * @throws {Error} If the directory is another user's, or open to others; or its path is too long.
 */
export async function ownSocket(system: string): Promise<string> {
  const above = runtimeDirectory();
  const directory = `${above}/${system}`;
  for (const each of [above, directory]) await makePrivate(each);
  const path = `${directory}/${Deno.pid}.sock`;
  if (new TextEncoder().encode(path).length > LONGEST) {
    throw new Error(`${path} is too long for a Unix socket: set XDG_RUNTIME_DIR to a shorter one`);
  }
  for (const left of await socketsOf(system)) {
    if (left === path || !await isListening(left)) await Deno.remove(left).catch(() => {});
  }
  return path;
}

async function makePrivate(directory: string): Promise<void> {
  await Deno.mkdir(directory, { recursive: true, mode: 0o700 });
  if (await existing(directory)) return;
  throw new Error(`${directory} is not a directory that only this user can use (0700)`);
}

/** The directory if it is there, and this user's alone. */
async function existing(directory: string): Promise<string | undefined> {
  const found = await Deno.lstat(directory).catch(() => undefined);
  if (!found?.isDirectory || found.uid !== Deno.uid()) return undefined;
  return (found.mode! & 0o77) === 0 ? directory : undefined;
}

/** Only a connection that is refused says that nobody is there. */
async function isListening(path: string): Promise<boolean> {
  try {
    (await Deno.connect({ transport: "unix", path })).close();
    return true;
  } catch (error) {
    return !(error instanceof Deno.errors.ConnectionRefused);
  }
}

function runtimeDirectory(): string {
  const given = Deno.env.get("XDG_RUNTIME_DIR");
  return given?.startsWith("/") ? `${given}/bailiwick` : `/tmp/bailiwick-${Deno.uid()}`;
}
