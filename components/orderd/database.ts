import {
  BuiltinPackage,
  checkUnforeseen,
  type Command,
  deploy,
  type Path,
  type Thread,
} from "bailiwick";

/** The program orderd, as it is deployed. */
export const orderdPackage = new BuiltinPackage("orderd", {
  x86_64: new URL("../../dist/native/x86_64/orderd", import.meta.url),
  aarch64: new URL("../../dist/native/aarch64/orderd", import.meta.url),
});

/** The most shards that there can be. */
export const SHARDS_MAX = 256;

/** What is written where the database is to outlive the program. */
const OPENED = "Database.open(thread, path), which makes it if it is missing when orderd starts";

/** Brings orderd to the thread's host. */
export async function orderdCommand(thread: Thread): Promise<Command> {
  return (await deploy(thread, orderdPackage)).bin("orderd");
}

/** The place of an orderd among others that share the symbols. */
export interface ShardPlace {
  /** From 0. Its database keeps this for ever. */
  readonly index: number;
  /**
   * How many shards take new symbols, which can be another number each time: with 2, those are shard 0
   * and shard 1. Another shard takes only orders of the symbols that it has.
   */
  readonly count: number;
}

/** `--shard`, as orderd takes it. */
export function shardArguments(shard: ShardPlace | undefined): string[] {
  return shard === undefined ? [] : ["--shard", `${shard.index}/${shard.count}`];
}

/** A SQLite database with orderd's schema. It outlives the orderd that uses it. */
export class Database {
  readonly path: Path;
  /** The place of the orderd that uses it; undefined: that is no shard, and takes all symbols. */
  readonly shard: ShardPlace | undefined;
  readonly #thread: Thread;
  #isPrepared = false;

  private constructor(thread: Thread, path: Path, shard: ShardPlace | undefined) {
    this.#thread = thread;
    this.path = path;
    this.shard = shard;
  }

  /**
   * The database at `path`, whether it is there or not. Nothing is run: {@linkcode startOrderd} prepares it
   * when it starts an orderd.
   *
   * @example
   * ```ts
   * import type { Path, Thread } from "bailiwick";
   * import { Database } from "./mod.ts";
   *
   * function ofSecondShard(thread: Thread, data: Path): Database {
   *   return Database.open(thread, data.join("orders.db"), { index: 1, count: 4 });
   * }
   * ```
   */
  static open(thread: Thread, path: Path, shard?: ShardPlace): Database {
    return new Database(thread, path, shard);
  }

  /**
   * Makes a fresh database.
   *
   * @throws {Error} If there is something at `path`, or it cannot be made; with orderd's own words.
   */
  static async make(thread: Thread, path: Path, shard?: ShardPlace): Promise<Database> {
    checkUnforeseen(`make a fresh database, ${path}`, { instead: OPENED });
    const database = new Database(thread, path, shard);
    await database.#run("--init");
    database.#isPrepared = true;
    return database;
  }

  /**
   * The database that an earlier run made at `path`, checked whole. The orderd that gets it goes on
   * where the earlier one ended, however that was.
   *
   * @param shard Its index must be that of the shard which the database was made for.
   * @throws {Error} If it is not an orderd database, or damaged, or of another shard; with orderd's own
   * words.
   */
  static async recover(thread: Thread, path: Path, shard?: ShardPlace): Promise<Database> {
    checkUnforeseen(`check the database ${path}`, { instead: OPENED });
    const database = new Database(thread, path, shard);
    await database.#run("--check");
    database.#isPrepared = true;
    return database;
  }

  /**
   * Makes one that was only opened if it is missing, else checks it whole; unless an orderd has it, for
   * which that was done.
   *
   * @throws {Error} As {@linkcode Database.make} and {@linkcode Database.recover} do.
   */
  async prepare(): Promise<void> {
    if (!this.#isPrepared) await this.#run("--prepare");
  }

  async #run(flag: string): Promise<void> {
    const command = await orderdCommand(this.#thread);
    await this.#thread.run(command.args(flag, this.path, ...shardArguments(this.shard)));
  }
}
