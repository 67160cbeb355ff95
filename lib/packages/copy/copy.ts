/**
 * Filling the directory in which a copy is made.
 *
 * Nobody else can enter it, and everything is made in it with modes that let nobody else in; the real modes
 * and times come last, from the leaves up, since writing below a directory changes its time.
 */
import type { CallOptions, Thread } from "../../thread/mod.ts";
import { inPlace, type Place } from "./at.ts";
import { type Content, lengthOf } from "./collect.ts";
import {
  BATCH_BYTES,
  type Entry,
  grouped,
  pathCost,
  permissions,
  type Piece,
  SET_IDS,
  shownBelow,
  typeOf,
} from "./entry.ts";
import { NotCopyableError } from "./errors.ts";
import { copyLinks } from "./links.ts";
import { entriesAt } from "./list.ts";
import {
  copyPieces,
  finishDirectories,
  finishFiles,
  makeFiles,
  readPieces,
  writePieces,
} from "./move.ts";
import { partsOf, pieceSize, PROBE, wholePiece } from "./pieces.ts";
import { atOnce, Team } from "./team.ts";

/** Threads on each side, each with its own window of bytes on the way. */
const TEAM = 4;
/** Batches that are read or written at once. */
const AT_ONCE = 16;

/** The copying of one tree, all but its name. */
export class Copy {
  readonly #from: Place;
  readonly #to: Place;
  readonly #entries: readonly Entry[];
  readonly #options: CallOptions;
  readonly #readers: Team;
  readonly #writers: Team;
  readonly #pieceSize: number;
  /** The lengths of files that are copied in parts. */
  readonly #lengths = new Map<Entry, number>();

  constructor(from: Place, to: Place, entries: readonly Entry[], options: CallOptions) {
    this.#from = from;
    this.#to = to;
    this.#entries = entries;
    this.#options = options;
    this.#pieceSize = pieceSize(from, to);
    this.#readers = new Team(from.thread, TEAM);
    this.#writers = from.thread === to.thread ? this.#readers : new Team(to.thread, TEAM);
  }

  async run(): Promise<void> {
    try {
      const made = this.#makeDirectories();
      made.catch(() => {}); // Waited for by all that writes.
      await this.#copyFiles(made);
      await copyLinks(this.#from, this.#to, this.#of("symlink"), this.#options);
      await this.#finish();
      // Not waited for: the clones have nothing more to do.
      this.#end();
    } catch (error) {
      await this.#end();
      throw error;
    }
  }

  async #end(): Promise<void> {
    await Promise.all([this.#readers.end(), this.#writers.end()]);
  }

  async #makeDirectories(): Promise<void> {
    await Promise.all(
      grouped(this.#of("directory"), costOf).map((group) =>
        inPlace(this.#to, this.#options, (at) => {
          for (const { path } of group) at.mkdir(path);
        })
      ),
    );
  }

  async #copyFiles(made: Promise<void>): Promise<void> {
    const wholes: Piece[] = [];
    const divided: Entry[] = [];
    for (const entry of this.#of("file")) {
      const piece = wholePiece(entry, this.#pieceSize);
      if (piece) wholes.push(piece);
      else divided.push(entry);
    }
    for (const entry of divided) this.#lengths.set(entry, entry.facts.size);
    const parts = partsOf(this.#from, divided, this.#pieceSize, this.#options);
    parts.catch(() => {}); // Waited for when the whole ones are copied.
    await this.#copyPieces(wholes, made);
    await made;
    await Promise.all(
      grouped(divided, costOf).map((group) => makeFiles(this.#to, group, this.#options)),
    );
    await this.#copyPieces(await parts, made);
    await this.#copyRests();
  }

  async #copyPieces(pieces: readonly Piece[], made: Promise<void>): Promise<void> {
    const cost = ({ entry, length }: Piece) => {
      const { bytes, calls } = pathCost(entry.path);
      return { bytes: bytes + length, calls };
    };
    const groups = grouped(pieces, cost, Infinity, Math.min(BATCH_BYTES, 2 * this.#pieceSize));
    try {
      await this.#atOnce(groups, (group, worker, options) => {
        return this.#copyGroup(group, worker, made, options);
      });
    } catch (error) {
      await made; // Its failure is the cause, if it has failed.
      throw error;
    }
  }

  /** As `atOnce`; what was interrupted is not copied, however much of it was. */
  async #atOnce<T>(
    items: readonly T[],
    task: (item: T, worker: number, options: Required<CallOptions>) => Promise<void>,
  ): Promise<void> {
    const { signal: given } = this.#options;
    await atOnce(items, AT_ONCE, async (item, worker, failing) => {
      const signal = given ? AbortSignal.any([failing, given]) : failing;
      await task(item, worker, { signal });
      signal.throwIfAborted();
    });
  }

  async #copyGroup(
    group: readonly Piece[],
    worker: number,
    made: Promise<void>,
    options: CallOptions,
  ): Promise<void> {
    const from = { ...this.#from, thread: await this.#readers.member(worker) };
    const to = { ...this.#to, thread: await this.#writers.member(worker) };
    if (from.thread === to.thread) {
      await this.#untilMade(made, to.thread);
      const lengths = await copyPieces(from, to, group, options);
      group.forEach((piece, index) => this.#copied(piece, lengths[index]!));
      return;
    }
    const contents = await readPieces(from, group, options);
    await this.#untilMade(made, to.thread);
    await writePieces(to, group, contents, options, hasMore);
    group.forEach((piece, index) => {
      this.#copied(piece, lengthOf(contents[index]!));
      if (hasMore(piece, contents[index]!)) this.#lengths.set(piece.entry, PROBE);
    });
  }

  /** The thread that makes the directories does what it is asked later after that. */
  async #untilMade(made: Promise<void>, thread: Thread): Promise<void> {
    if (thread !== this.#to.thread) await made;
  }

  /** A file that was cut meanwhile ends where its first piece that is short does. */
  #copied({ entry, offset, length, whole }: Piece, copied: number): void {
    if (whole || copied === length) return;
    this.#lengths.set(entry, Math.min(this.#lengths.get(entry)!, offset + copied));
  }

  /** Files that say that they are empty and are not: to their ends, one piece after the other. */
  async #copyRests(): Promise<void> {
    const rests = this.#entries.filter((entry) =>
      entry.facts.size === 0 && this.#lengths.has(entry)
    );
    await this.#atOnce(rests, async (entry, worker, options) => {
      const from = { ...this.#from, thread: await this.#readers.member(worker) };
      const to = { ...this.#to, thread: await this.#writers.member(worker) };
      const length = this.#pieceSize;
      for (let offset = PROBE, last = length; last === length; offset += last) {
        const piece = { entry, offset, length, whole: false };
        const contents = await readPieces(from, [piece], options);
        await writePieces(to, [piece], contents, options, hasMore);
        last = lengthOf(contents[0]!);
        this.#lengths.set(entry, offset + last);
      }
    });
  }

  async #finish(): Promise<void> {
    const divided = [...this.#lengths].map(([entry, length]) => ({ entry, length }));
    await Promise.all(
      grouped(divided, ({ entry }) => costOf(entry)).map((group) =>
        finishFiles(this.#to, group, this.#options)
      ),
    );
    await this.#checkSetIds();
    // The root gets its own when it gets its name.
    const directories = this.#of("directory").filter(({ path }) => path !== "").reverse();
    await Promise.all(
      grouped(directories, costOf).map((group) =>
        finishDirectories(this.#to, group, this.#options)
      ),
    );
  }

  /** The kernel drops such a bit without a word where the user may not set it. */
  async #checkSetIds(): Promise<void> {
    const entries = this.#of("file").filter((entry) => permissions(entry) & SET_IDS);
    const made = await entriesAt(this.#to, entries.map(({ path }) => path), this.#options);
    entries.forEach((entry, index) => {
      if (((made[index]!.facts.mode ^ permissions(entry)) & SET_IDS) === 0) return;
      const { shown, thread } = this.#to;
      throw new NotCopyableError(
        `Cannot copy ${shownBelow(shown, entry.path)} on host ${thread.host.name}: its mode ` +
          `${permissions(entry).toString(8)} is not allowed there; say setIds: "drop"`,
      );
    });
  }

  #of(type: ReturnType<typeof typeOf>): Entry[] {
    return this.#entries.filter((entry) => typeOf(entry) === type);
  }
}

/** Whether a file that says that it is empty filled what was read of it. */
function hasMore({ entry, whole }: Piece, content: Content): boolean {
  return whole && entry.facts.size === 0 && lengthOf(content) === PROBE;
}

function costOf({ path }: Entry) {
  return pathCost(path);
}
