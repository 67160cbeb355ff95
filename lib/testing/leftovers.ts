/** What a test may leave behind on this machine: nothing. */

const MARK = "BAILIWICK_TEST";

/** Something was left by a test. */
export class LeftoverError extends Error {
  override readonly name = "LeftoverError";
}

/** Watches for processes, descriptors and files that outlive a test. */
export class Leftovers {
  readonly #mark = crypto.randomUUID();
  readonly #descriptors: ReadonlySet<string>;
  readonly #paths: string[] = [];
  readonly #found: string[] = [];

  private constructor(descriptors: ReadonlySet<string>) {
    this.#descriptors = descriptors;
  }

  /** Begins to watch: what is there now is not the test's. */
  static async watch(): Promise<Leftovers> {
    return new Leftovers(await openDescriptors());
  }

  /** Marks every process that inherits it as the test's. */
  get environment(): Record<string, string> {
    return { [MARK]: this.#mark };
  }

  /** Says that this path must be gone in the end. */
  expectGone(path: string): void {
    this.#paths.push(path);
  }

  /** Says that these were found already. */
  add(found: readonly string[]): void {
    this.#found.push(...found);
  }

  /** @throws {LeftoverError} If anything of the test is left. */
  async check(): Promise<void> {
    const left = [
      ...this.#found,
      ...(await markedProcesses(this.#mark)),
      ...(await this.#newDescriptors()),
      ...(await existing(this.#paths)),
    ];
    if (left.length > 0) throw new LeftoverError(`The test left behind:\n${left.join("\n")}`);
  }

  async #newDescriptors(): Promise<string[]> {
    const now = await openDescriptors();
    return [...now].filter((item) => !this.#descriptors.has(item)).map((item) =>
      `descriptor ${item}`
    );
  }
}

/** The sockets and pipes that this process holds, by the names that the kernel gives them. */
async function openDescriptors(): Promise<Set<string>> {
  const names = new Set<string>();
  for await (const { name } of Deno.readDir("/proc/self/fd")) {
    const target = await Deno.readLink(`/proc/self/fd/${name}`).catch(() => "");
    if (/^(socket|pipe):/.test(target)) names.add(target);
  }
  return names;
}

/** The processes whose environment carries the mark, zombies included. */
export async function markedProcesses(mark: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const environment = await Deno.readTextFile(`/proc/${name}/environ`).catch(() => "");
    if (!environment.includes(mark)) continue;
    const status = await Deno.readTextFile(`/proc/${name}/status`).catch(() => "");
    found.push(`process ${name} ${status.slice(0, status.indexOf("\nPid"))}`);
  }
  return found;
}

async function existing(paths: readonly string[]): Promise<string[]> {
  const checks = paths.map((path) => Deno.lstat(path).then(() => [`file ${path}`], () => []));
  return (await Promise.all(checks)).flat();
}
