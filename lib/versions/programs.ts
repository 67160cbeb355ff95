/**
 * The programs that ran one system from this machine, the last first. Each is kept whole, named by the hash
 * of its files, with the words that it was started with. A program is there whole or not at all: it is
 * written under another name and renamed. One is kept at a time (a lock).
 */
import { dirname, join } from "node:path/posix";
import { EXECUTABLE, PROGRAM, type ProgramFile, type WholeProgram } from "./program.ts";

/** How many starts are kept. */
const MOST = 5;
const LIST = "starts.json";
const LOCK = "lock";
const SCHEMA = 1;
/** A packed program gets no configuration, lock file or packages of where it is run, as from its launcher. */
const RUN = ["run", "-A", "--no-config", "--no-lock", "--no-remote", "--no-npm", "--no-check"];

/** How a program was started. */
export interface Start {
  /** The words of its command line. */
  readonly words: readonly string[];
  /** Where. */
  readonly cwd: string;
}

/** A start that is kept, with its program. */
export interface KeptProgram extends Start {
  /** Hexadecimal: of what is in the program's files. */
  readonly hash: string;
  /** When it was kept. */
  readonly at: Date;
  /** Whether all of the system was ready with it. */
  readonly wasReady: boolean;
  /** What runs it, without its words. */
  readonly command: readonly string[];
}

interface Row extends Start {
  readonly hash: string;
  readonly at: string;
  readonly wasReady: boolean;
}

/** The programs that ran one system. */
export class Programs {
  readonly #directory: string;

  /** @param directory Of this user alone; made when something is kept. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /**
   * Keeps a start as the last; an equal one before it is gone. Beyond the fifth the oldest are gone, but for the last
   * with which all was ready, and with them the programs that no start needs.
   *
   * @throws {Error} If it cannot be written; then all is as before.
   */
  async keep({ hash, files }: WholeProgram, { words, cwd }: Start): Promise<KeptProgram> {
    await Deno.mkdir(this.#directory, { recursive: true, mode: 0o700 });
    using lock = await Deno.open(join(this.#directory, LOCK), { create: true, write: true });
    await lock.lock(true);
    await this.#write(hash, files);
    const at = new Date().toISOString();
    const rows = await this.#rows();
    const isThis = (row: Row) => isSame(row, { hash, words, cwd });
    const lastReady = rows.find(({ wasReady }) => wasReady);
    const row: Row = { hash, words, cwd, at, wasReady: !!lastReady && isThis(lastReady) };
    const others = rows.filter((row) => !isThis(row));
    const needed = row.wasReady ? row : others.find(({ wasReady }) => wasReady);
    const kept = [row, ...others].filter((each, at) => at < MOST || each === needed);
    await this.#replace(kept);
    await this.#prune(new Set(kept.map((each) => each.hash)));
    return this.#kept(row);
  }

  /** All of the system was ready with it: it can be gone back to. */
  async ready(program: KeptProgram): Promise<void> {
    using lock = await Deno.open(join(this.#directory, LOCK), { create: true, write: true });
    await lock.lock(true);
    const rows = await this.#rows();
    const at = program.at.toISOString();
    await this.#replace(rows.map((row) => row.at === at ? { ...row, wasReady: true } : row));
  }

  /** What is gone back to: the last start before the last one with which all was ready. */
  async before(): Promise<KeptProgram | undefined> {
    return (await this.list()).slice(1).find(({ wasReady }) => wasReady);
  }

  /**
   * What is kept, the last first.
   *
   * @throws {Error} If the list is of a newer build, or damaged.
   */
  async list(): Promise<KeptProgram[]> {
    return (await this.#rows()).map((row) => this.#kept(row));
  }

  #kept({ at, ...row }: Row): KeptProgram {
    const directory = this.#path(row.hash);
    const executable = join(directory, EXECUTABLE);
    const command = exists(executable)
      ? [executable]
      : [Deno.execPath(), ...RUN, join(directory, PROGRAM)];
    return { ...row, at: new Date(at), command };
  }

  async #write(hash: string, files: readonly ProgramFile[]): Promise<void> {
    const path = this.#path(hash);
    if (exists(path)) return;
    const unfinished = await Deno.makeTempDir({ dir: this.#directory, prefix: ".keep-" });
    try {
      for (const { name, content, executable } of files) {
        const file = join(unfinished, name);
        await Deno.mkdir(dirname(file), { recursive: true, mode: 0o700 });
        await Deno.writeFile(file, content, { mode: executable ? 0o700 : 0o600 });
      }
      await Deno.rename(unfinished, path);
    } finally {
      await Deno.remove(unfinished, { recursive: true }).catch(() => {});
    }
  }

  async #rows(): Promise<Row[]> {
    const path = join(this.#directory, LIST);
    let text: string;
    try {
      text = await Deno.readTextFile(path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
    let list: { schema: number; starts: Row[] };
    try {
      list = JSON.parse(text);
    } catch (cause) {
      throw new Error(`Cannot read ${path}, which is no JSON; remove it to keep starts anew`, {
        cause,
      });
    }
    if (list.schema === SCHEMA) return list.starts.filter(({ hash }) => exists(this.#path(hash)));
    throw new Error(
      `Cannot read ${path}: it has schema ${list.schema}, and this build reads ${SCHEMA}`,
    );
  }

  async #replace(starts: readonly Row[]): Promise<void> {
    const path = join(this.#directory, LIST);
    const unfinished = `${path}.${crypto.randomUUID()}`;
    const text = JSON.stringify({ schema: SCHEMA, starts });
    await Deno.writeTextFile(unfinished, text, { mode: 0o600 });
    await Deno.rename(unfinished, path);
  }

  async #prune(needed: ReadonlySet<string>): Promise<void> {
    for await (const { name, isDirectory } of Deno.readDir(this.#directory)) {
      if (!isDirectory || name.startsWith(".") || needed.has(name)) continue;
      await Deno.remove(join(this.#directory, name), { recursive: true });
    }
  }

  #path(hash: string): string {
    return join(this.#directory, hash);
  }
}

function isSame(one: Row, { hash, words, cwd }: Start & { readonly hash: string }): boolean {
  if (one.hash !== hash || one.cwd !== cwd) return false;
  return JSON.stringify(one.words) === JSON.stringify(words);
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
