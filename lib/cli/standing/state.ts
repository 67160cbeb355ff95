/**
 * The directory in which this machine keeps what it knows of one system that stands. It is used to find the
 * system's hosts and its program, never to decide anything: what stands, the hosts say.
 */
import { nearest } from "../../system/policy/nearest.ts";
import { UsageError } from "../usage_error.ts";

const SCHEMA = 1;
const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;

/**
 * What `--system` may be, and a system's own name if it stands.
 *
 * @throws {UsageError} If it is none.
 */
export function parseSystemName(text: string): string {
  if (NAME.test(text)) return text;
  throw new UsageError(
    `The name of a system has 1 to 63 of a-z, 0-9, ".", "_" and "-", the first a letter or digit; ` +
      `not ${JSON.stringify(text)}.`,
  );
}

/** What this machine keeps of a system. Whatever is written is there whole or as before. */
export class SystemState {
  readonly system: string;
  readonly directory: string;

  constructor(system: string, systems = systemsDirectory()) {
    this.system = parseSystemName(system);
    this.directory = `${systems}/${system}`;
  }

  /**
   * The state of a system that is known here.
   *
   * @throws {UsageError} If nothing is known of it; it names the nearest that is.
   */
  static async known(system: string): Promise<SystemState> {
    const state = new SystemState(system);
    if (await exists(state.directory)) return state;
    const names = await systemsHere();
    const others = names.length === 0
      ? "none is"
      : `the nearest of ${names.join(", ")} is ${nearest(system, names)}`;
    throw new UsageError(`No system ${system} is known on this machine: ${others}`);
  }

  /**
   * What was written last; nothing if nothing was.
   *
   * @throws {Error} If it is damaged, or of a newer build.
   */
  async read<T>(file: string): Promise<T | undefined> {
    const path = `${this.directory}/${file}`;
    let text: string;
    try {
      text = await Deno.readTextFile(path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
    const { schema, value } = parse(path, text);
    if (schema === SCHEMA) return value as T;
    throw new Error(`Cannot read ${path}: it has schema ${schema}, and this build reads ${SCHEMA}`);
  }

  /** @throws {Error} If the directory is not the user's own. */
  async write(file: string, value: unknown): Promise<void> {
    await this.make();
    const path = `${this.directory}/${file}`;
    const unfinished = `${path}.${crypto.randomUUID()}`;
    const text = `${JSON.stringify({ schema: SCHEMA, value }, undefined, 2)}\n`;
    try {
      await Deno.writeTextFile(unfinished, text, { mode: 0o600 });
      await Deno.rename(unfinished, path);
    } catch (error) {
      await Deno.remove(unfinished).catch(() => {});
      throw error;
    }
  }

  /** Changes a file while no other program does. */
  async change<T>(file: string, changed: (before: T | undefined) => T): Promise<T> {
    await this.make();
    using lock = await Deno.open(`${this.directory}/lock`, {
      ...{ create: true, write: true, mode: 0o600 },
    });
    await lock.lock(true);
    const value = changed(await this.read<T>(file));
    await this.write(file, value);
    return value;
  }

  async remove(file: string): Promise<void> {
    await Deno.remove(`${this.directory}/${file}`).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }

  /** @throws {Error} If the directory is there, and not the user's own. */
  async make(): Promise<void> {
    await Deno.mkdir(this.directory, { recursive: true, mode: 0o700 });
    const { isDirectory, uid, mode } = await Deno.lstat(this.directory);
    if (isDirectory && uid === Deno.uid() && (mode! & 0o77) === 0) return;
    throw new Error(`${this.directory} is not a directory that only this user can use (0700)`);
  }
}

function parse(path: string, text: string): { schema: unknown; value: unknown } {
  try {
    const parsed = JSON.parse(text);
    if (typeof parsed !== "object" || parsed === null) throw new TypeError("It is no object");
    return parsed;
  } catch (cause) {
    throw new Error(
      `Cannot read ${path}, which is damaged; move it away, and what it had is not known any more`,
      {
        cause,
      },
    );
  }
}

async function systemsHere(): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(systemsDirectory()))).map(({ name }) => name).sort();
  } catch {
    return [];
  }
}

function systemsDirectory(): string {
  const home = Deno.env.get("HOME");
  const state = [Deno.env.get("XDG_STATE_HOME"), home && `${home}/.local/state`]
    .find((path) => path?.startsWith("/"));
  return state === undefined
    ? `/var/tmp/bailiwick-${Deno.uid()}/systems`
    : `${state}/bailiwick/systems`;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}
