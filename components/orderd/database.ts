import { BuiltinPackage, type Command, deploy, type Path, type Thread, threadOf } from "bailiwick";

const orderdPackage = new BuiltinPackage("orderd");

/** Brings orderd to the thread's host. */
export async function orderdCommand(thread: Thread): Promise<Command> {
  return (await deploy(thread, orderdPackage)).bin("orderd");
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
   * @throws {Error} If there is something at `path`, or it cannot be made; with orderd's own words.
   */
  static async make(thread: Thread, path: Path): Promise<Database> {
    await runTool(thread, "--init", path);
    return new Database(path);
  }

  /**
   * The database that an earlier run made at `path`, checked whole. The orderd that gets it goes on
   * where the earlier one ended, however that was.
   *
   * @throws {Error} If it is not an orderd database, or damaged; with orderd's own words.
   */
  static async recover(path: Path): Promise<Database> {
    await runTool(threadOf(path), "--check", path);
    return new Database(path);
  }
}

async function runTool(thread: Thread, flag: string, path: Path): Promise<void> {
  const command = (await orderdCommand(thread)).args(flag, path);
  const child = await thread.spawn(command);
  const status = await child.wait();
  if (status.isClean) return;
  await child.log?.ended;
  throw new Error(`${command} ${status}: ${child.log?.tail.join("; ")}`);
}
