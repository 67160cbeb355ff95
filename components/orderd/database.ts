import { BuiltinPackage, type Command, deploy, type Path, type Thread } from "bailiwick";

/** The program orderd, as it is deployed. */
export const orderdPackage = new BuiltinPackage("orderd", {
  x86_64: new URL("../../dist/native/x86_64/orderd", import.meta.url),
  aarch64: new URL("../../dist/native/aarch64/orderd", import.meta.url),
});

/** Brings orderd to the thread's host. */
export async function orderdCommand(thread: Thread): Promise<Command> {
  return (await deploy(thread, orderdPackage)).bin("orderd");
}

/** Which shard a database is, of how many: what it takes are the orders of some symbols. */
export interface ShardPlace {
  /** From 0. */
  readonly index: number;
  readonly count: number;
}

/** A SQLite database with orderd's schema. It outlives the orderd that uses it. */
export class Database {
  readonly path: Path;

  private constructor(path: Path) {
    this.path = path;
  }

  /**
   * Makes a fresh database.
   *
   * @param shard The shard that it is for ever; else the only one.
   * @throws {Error} If there is something at `path`, or it cannot be made; with orderd's own words.
   */
  static async make(thread: Thread, path: Path, shard?: ShardPlace): Promise<Database> {
    await runTool(thread, "--init", path, shard);
    return new Database(path);
  }

  /**
   * The database that an earlier run made at `path`, checked whole. The orderd that gets it goes on
   * where the earlier one ended, however that was.
   *
   * @param shard The shard that it must be; else it may be any.
   * @throws {Error} If it is not an orderd database, or damaged, or of another shard; with orderd's own
   * words.
   */
  static async recover(thread: Thread, path: Path, shard?: ShardPlace): Promise<Database> {
    await runTool(thread, "--check", path, shard);
    return new Database(path);
  }
}

async function runTool(
  thread: Thread,
  flag: string,
  path: Path,
  shard: ShardPlace | undefined,
): Promise<void> {
  const place = shard === undefined ? [] : ["--shard", `${shard.index}/${shard.count}`];
  const command = (await orderdCommand(thread)).args(flag, path, ...place);
  await thread.run(command);
}
