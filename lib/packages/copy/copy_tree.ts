/** Copying trees of files between hosts, and within one. */
import { O } from "../../abi/mod.ts";
import { SyscallError } from "../../agent/mod.ts";
import { type CallOptions, Path, type PathLike, type Thread } from "../../thread/mod.ts";
import { BATCH, below, type Entry, grouped, overhead, permissions, type Piece } from "./entry.ts";
import { listTree } from "./list.ts";
import { copyPieces, extentOf, readExtents, setTime, writePieces } from "./move.ts";
import { atOnce, Team } from "./team.ts";

/** Threads on each side, each with its own window of bytes on the way. */
const TEAM = 4;
/** Batches that are read or written at once. */
const AT_ONCE = 16;
/** Calls for each file are at most eight, of the 4096 that a batch may have. */
const MOST_FILES = 500;
/** Larger files are copied in pieces of this size. */
const LARGE = 256 * 1024;

/** Something that cannot be copied, such as a socket. */
export class NotCopyableError extends Error {
  override readonly name = "NotCopyableError";
}

/**
 * Copies a file, a symbolic link or a directory with all that is in it, from any host to any host;
 * between two places of one thread nothing travels through the program.
 *
 * Content, permission bits and modification times are copied; the owner is the thread's user. Symbolic
 * links are copied as they are and never followed. What two names share (hard links) becomes two files.
 * Nothing may be at `toPath`, but the directory it is in must be there. When it fails, what was copied so
 * far is removed.
 *
 * @example
 * ```ts
 * import { copyTree, type Host } from "bailiwick";
 *
 * async function backUp(db: Host, archive: Host): Promise<void> {
 *   await copyTree(db.thread, "/var/lib/db", archive.thread, "/backup/db");
 * }
 * ```
 *
 * @throws {SyscallError} Which file could not be read or written, and on which host; EEXIST if something
 * is at `toPath`.
 * @throws {NotCopyableError} If the tree holds a socket, a pipe or a device.
 * @throws {TypeError} If a path is of another host than its thread.
 */
export async function copyTree(
  from: Thread,
  fromPath: PathLike,
  to: Thread,
  toPath: PathLike,
  options: CallOptions = {},
): Promise<void> {
  const [source, target] = [placeOn(from, fromPath), placeOn(to, toPath)];
  const readers = new Team(from);
  const writers = from === to ? readers : new Team(to);
  const end = () => Promise.all([readers.end(), writers.end()]);
  for (let i = 0; i < TEAM; i++) {
    for (const team of [readers, writers]) team.member(i).catch(() => {});
  }
  try {
    const entries = await listTree(from, source, options);
    checkKinds(from, source, entries);
    await new Copy({ from, source, readers, to, target, writers }, entries, options).run();
    // Not waited for: the threads have nothing more to do.
    end();
  } catch (error) {
    await end();
    throw error;
  }
}

function placeOn(thread: Thread, path: PathLike): string {
  if (path instanceof Path) path.checkHost(thread.host);
  return `${thread.path(`${path}`)}`;
}

function checkKinds(thread: Thread, root: string, entries: readonly Entry[]): void {
  for (const { path, metadata } of entries) {
    if (metadata.isFile || metadata.isDirectory || metadata.isSymlink) continue;
    const kind = metadata.isSocket ? "a socket" : "a pipe or a device";
    throw new NotCopyableError(
      `Cannot copy ${below(root, path)} on host ${thread.host.name}: it is ${kind}`,
    );
  }
}

interface Ends {
  readonly from: Thread;
  readonly source: string;
  readonly readers: Team;
  readonly to: Thread;
  readonly target: string;
  readonly writers: Team;
}

/**
 * Everything is made below a root that did not exist, with modes that let nobody else in; the real modes
 * and times come last, from the leaves up, since writing below a directory changes its time.
 */
class Copy {
  readonly #ends: Ends;
  readonly #entries: readonly Entry[];
  readonly #options: CallOptions;

  constructor(ends: Ends, entries: readonly Entry[], options: CallOptions) {
    this.#ends = ends;
    this.#entries = entries;
    this.#options = options;
  }

  async run(): Promise<void> {
    try {
      await this.#makeDirectories();
      await Promise.all([this.#copyLinks(), this.#copyFiles()]);
      await this.#finish();
    } catch (error) {
      await this.#remove(error);
      throw error;
    }
  }

  /** The root is the first that is made: if there is something in its place, nothing is. */
  async #makeDirectories(): Promise<void> {
    const { to, target } = this.#ends;
    const made = this.#entries.filter(({ path, metadata }) =>
      metadata.isDirectory || (path === "" && metadata.isFile)
    );
    for (const group of this.#groups(made)) {
      await to.batch((b) => {
        for (const { path, metadata } of group) {
          const place = below(target, path);
          if (metadata.isDirectory) b.mkdir(place, 0o700);
          else b.close(b.open(place, O.CREAT | O.EXCL | O.WRONLY, 0o600));
        }
      }, this.#options);
    }
  }

  async #copyLinks(): Promise<void> {
    const { from, source, to, target } = this.#ends;
    const links = this.#entries.filter(({ metadata }) => metadata.isSymlink);
    await Promise.all(
      this.#groups(links).map(async (group) => {
        const targets = await from.batch((b) =>
          group.map(({ path, metadata }) =>
            b.readlink(below(source, path), linkRoom(metadata.size))
          )
        );
        await to.batch((b) => {
          group.forEach(({ path, metadata }, index) => {
            b.symlink(targets[index]!, below(target, path));
            setTime(b, below(target, path), metadata.mtime);
          });
        });
      }),
    );
  }

  async #copyFiles(): Promise<void> {
    const { source, target, readers, writers } = this.#ends;
    const pieces = piecesOf(this.#entries);
    const cost = ({ entry, length }: Piece) =>
      length + overhead(source.length > target.length ? source : target, entry);
    const groups = grouped(pieces, cost, { limit: BATCH, most: MOST_FILES });
    await atOnce(groups, AT_ONCE, async (group, worker, failing) => {
      const signal = AbortSignal.any([failing, ...this.#signals()]);
      const reader = { thread: await readers.member(worker % TEAM), root: source };
      if (readers === writers) return await copyPieces(reader, target, group, { signal });
      const contents = await readExtents(reader, group.map(extentOf), { signal });
      const writer = { thread: await writers.member(worker % TEAM), root: target };
      await writePieces(writer, group, contents, { signal });
    });
  }

  async #finish(): Promise<void> {
    const { to, target } = this.#ends;
    const unfinished = this.#entries.filter(({ path, metadata }) =>
      metadata.isDirectory || (metadata.isFile && (path === "" || metadata.size > LARGE))
    );
    await Promise.all(
      this.#groups(unfinished.reverse()).map((group) =>
        to.batch((b) => {
          for (const entry of group) {
            const place = below(target, entry.path);
            b.chmod(place, permissions(entry));
            setTime(b, place, entry.metadata.mtime);
          }
        })
      ),
    );
  }

  /** What was there before stays: that is the one case in which nothing was made. */
  async #remove(error: unknown): Promise<void> {
    const { to, target, readers, writers } = this.#ends;
    await Promise.all([readers.end(), writers.end()]);
    const existed = error instanceof SyscallError && error.code === "EEXIST";
    if (!existed && !to.host.lost) await to.removeTree(target).catch(() => {});
  }

  #groups(entries: readonly Entry[]): Entry[][] {
    const { source, target } = this.#ends;
    const cost = (entry: Entry) =>
      overhead(source, entry) + overhead(target, entry) +
      (entry.metadata.isSymlink ? 2 * linkRoom(entry.metadata.size) : 0);
    return grouped(entries, cost, { limit: BATCH, most: MOST_FILES });
  }

  #signals(): AbortSignal[] {
    return this.#options.signal ? [this.#options.signal] : [];
  }
}

/** One byte more than it has, so that one that has grown is not cut: then it fills its room. */
function linkRoom(size: number): number {
  return Math.max(size, 255) + 1;
}

function piecesOf(entries: readonly Entry[]): Piece[] {
  return entries.filter(({ metadata }) => metadata.isFile).flatMap((entry) => {
    const { size } = entry.metadata;
    if (size <= LARGE) return [{ entry, offset: 0, length: size }];
    return Array.from({ length: Math.ceil(size / LARGE) }, (_, index) => {
      const offset = index * LARGE;
      return { entry, offset, length: Math.min(LARGE, size - offset) };
    });
  });
}
