/** Packages: native programs that a component brings to the host of its thread. */
import { Foresight } from "../agent/mod.ts";
import type { Moved } from "../model/mod.ts";
import { Command, type HostInfo, type Path, type Thread, type User } from "../thread/mod.ts";
import { reliesOnMemory } from "../thread/memory.ts";
import { checkPath, type PackageContent, type PackageFile, type WrittenFile } from "./content.ts";
import { knownPackage, putPackage } from "./store.ts";

/** Something that can be deployed. */
export interface PackageSource {
  readonly name: string;
  /**
   * Brings it to the thread's host, unless it is there, and returns where it is. `moved` may be told how
   * many bytes have arrived, and of how many. With a user it must be where that user can read and execute
   * it, too.
   */
  install(thread: Thread, moved: Moved, user?: User): Promise<Path>;
  /** Where it was when it was last looked for, without asking the host; undefined if that is not known. */
  known?(host: HostInfo, user?: User): Promise<Path | undefined>;
}

/** A package as it lies on a host. */
export class Package {
  readonly name: string;
  /** The directory that holds it. */
  readonly path: Path;

  constructor(name: string, path: Path) {
    this.name = name;
    this.path = path;
  }

  /** The command that runs one of its programs. */
  bin(name: string): Command {
    return new Command(`${this.path.join("bin", name)}`);
  }
}

/** Files that the program has at hand, the same for every architecture: scripts, configuration. */
export class FilesPackage implements PackageSource {
  readonly name: string;
  readonly #content: PackageContent;

  /** @throws {TypeError} If a path does not stay below the package's directory. */
  constructor(name: string, files: readonly (PackageFile | WrittenFile)[]) {
    for (const { path } of files) checkPath(name, path);
    this.name = name;
    this.#content = { name, files };
  }

  async install(thread: Thread, moved: Moved, user?: User): Promise<Path> {
    return await putPackage(thread, this.#content, moved, user);
  }

  /** For the library: see {@linkcode PackageSource}. */
  async known(host: HostInfo, user?: User): Promise<Path | undefined> {
    return knownPackage(host, this.#content, user);
  }
}

/** For whom a package is deployed. */
export interface DeployOptions {
  /**
   * The user that runs it.
   *
   * @default that of the thread
   */
  user?: User;
}

/**
 * Brings a package to the host of `thread`: one round trip when it is there already; none in a scope that is
 * run again after a run that succeeded. What is written is read back and compared, and becomes visible in one
 * step.
 *
 * @example
 * ```ts
 * import { BuiltinPackage, deploy, type Thread } from "bailiwick";
 *
 * const exampled = new BuiltinPackage("exampled", {
 *   x86_64: new URL("./build/exampled", import.meta.url),
 * });
 *
 * async function verbose(thread: Thread) {
 *   const pkg = await deploy(thread, exampled);
 *   return pkg.bin("exampled").args("--verbose");
 * }
 * ```
 *
 * The store is the first of these that can hold programs: `$XDG_CACHE_HOME/bailiwick/store`, the same in
 * `~/.cache`, one in `/var/tmp`, and one that goes when the host is closed. It belongs to the user that the
 * thread runs as, and no other user can enter it. What a service of another user runs is deployed with
 * `{ user }`, to a store that this user's group can read: in `/var/cache/bailiwick`, if the program is root
 * there, else in `/var/tmp`, or one that goes with the host.
 *
 * @example For a service of another user
 * ```ts
 * import { deploy, type Nursery, type PackageSource, startService, type Thread } from "bailiwick";
 *
 * async function startCache(nursery: Nursery, thread: Thread, source: PackageSource) {
 *   const user = await thread.user("www-data");
 *   const command = (await deploy(thread, source, { user })).bin("cached");
 *   return await startService(nursery, thread, command, { user });
 * }
 * ```
 *
 * @throws {AssetError} If a file of the package is missing, or cannot be read.
 * @throws {PackageCorruptError} If what was written does not read back.
 * @throws {NoStoreError} If no place on the host can hold programs; it says why for each.
 * @throws {NixError} If a Nix closure cannot be brought there.
 */
export async function deploy(
  thread: Thread,
  source: PackageSource,
  { user }: DeployOptions = {},
): Promise<Package> {
  user?.checkHost(thread.host);
  const known = reliesOnMemory() ? await source.known?.(thread.host, user) : undefined;
  if (known) return new Package(source.name, known);
  const { name, model } = thread.host;
  const step = { kind: "deploy", subject: source.name, host: name } as const;
  const install = (moved: Moved) => source.install(thread, moved, user);
  if (Foresight.current) return new Package(source.name, await install(() => {}));
  return new Package(source.name, await model.step(step, install));
}
