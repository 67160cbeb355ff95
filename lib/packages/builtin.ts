/**
 * Programs that come with their component: files beside its `mod.ts`, or wherever its build puts them.
 *
 * A file is named by `new URL("...", import.meta.url)` with the whole path as a literal. That works
 * wherever the module is run from, and `compile` finds it and puts the file into the executable.
 */
import { AssetError, assetStamp, checkAsset, isExecutable, readAsset } from "../assets/mod.ts";
import type { Arch } from "../abi/mod.ts";
import type { Moved } from "../model/mod.ts";
import type { HostInfo, Path, Thread, User } from "../thread/mod.ts";
import { checkPath, type PackageContent } from "./content.ts";
import type { PackageSource } from "./package.ts";
import { knownPackage, putPackage } from "./store.ts";

/**
 * The files of a package: each path in it, as `"bin/orderd"`, and where its file is. A single URL is the
 * one program of a package, at `bin/NAME`.
 */
export type BuiltinFiles = URL | Readonly<Record<string, URL>>;

/** Which files are for hosts of which architecture; those of `any` are for all. */
export type BuiltinFilesByArch = Readonly<Partial<Record<Arch | "any", BuiltinFiles>>>;

/** Content as it was when it was read. */
interface Loaded {
  readonly stamp: string;
  readonly content: Promise<PackageContent>;
}

/**
 * A package of files that the program has: native programs built for each architecture, and files that
 * are the same for all, such as a jar or a script.
 *
 * What lies below `bin/` can be executed (mode 0755); all else can be read (0644). A file is read when it
 * is deployed first, and again when it was built since. On a host of an architecture that is not named
 * `deploy` fails, and says so.
 *
 * @example
 * ```ts
 * import { BuiltinPackage } from "bailiwick";
 *
 * const exampled = new BuiltinPackage("exampled", {
 *   x86_64: new URL("./build/x86_64/exampled", import.meta.url),
 *   aarch64: new URL("./build/aarch64/exampled", import.meta.url),
 * });
 *
 * const reports = new BuiltinPackage("reports", {
 *   any: {
 *     "bin/report": new URL("./report.sh", import.meta.url),
 *     "share/template.html": new URL("./template.html", import.meta.url),
 *   },
 * });
 * ```
 */
export class BuiltinPackage implements PackageSource {
  readonly name: string;
  readonly #byArch: BuiltinFilesByArch;
  readonly #loaded = new Map<Arch, Loaded>();

  /** @throws {TypeError} If a path leaves the package, is there twice, or a URL is not that of a file. */
  constructor(name: string, byArch: BuiltinFilesByArch) {
    this.name = name;
    this.#byArch = byArch;
    for (const files of Object.values(byArch)) {
      for (const [path, url] of this.#entries(files)) {
        checkPath(name, path);
        checkAsset(url);
      }
    }
    const common = new Set(this.#entries(byArch.any).map(([path]) => path));
    for (const arch of ["x86_64", "aarch64"] as const) {
      const twice = this.#entries(byArch[arch]).find(([path]) => common.has(path));
      if (twice) throw new TypeError(`Package ${name} has ${twice[0]} for ${arch} and for any`);
    }
  }

  async install(thread: Thread, moved: Moved, user?: User): Promise<Path> {
    const { arch, name } = thread.host;
    const files = this.#filesFor(arch);
    if (files.length === 0) {
      const built = Object.keys(this.#byArch).join(", ") || "nothing";
      throw new Error(
        `Package ${this.name} has no files for ${arch}, which host ${name} is: it has ${built}`,
      );
    }
    return await putPackage(thread, await this.#content(arch, files), moved, user);
  }

  /** For the library: see {@linkcode PackageSource}. */
  async known(host: HostInfo, user?: User): Promise<Path | undefined> {
    const files = this.#filesFor(host.arch);
    if (files.length === 0) return undefined;
    return knownPackage(host, await this.#content(host.arch, files), user);
  }

  /** For the library: whether its files for hosts of an architecture are there. */
  async isBuiltFor(arch: Arch): Promise<boolean> {
    const files = this.#filesFor(arch);
    if (files.length === 0) return false;
    return await stampOf(files).then(() => true, () => false);
  }

  #entries(files: BuiltinFiles | undefined): [path: string, url: URL][] {
    if (files instanceof URL) return [[`bin/${this.name}`, files]];
    return Object.entries(files ?? {});
  }

  #filesFor(arch: Arch): [path: string, url: URL][] {
    return [...this.#entries(this.#byArch.any), ...this.#entries(this.#byArch[arch])];
  }

  /** What was built last. It is read again when a file was built since then. */
  async #content(arch: Arch, files: [string, URL][]): Promise<PackageContent> {
    try {
      const stamp = await stampOf(files);
      const loaded = this.#loaded.get(arch);
      if (loaded?.stamp === stamp) return await loaded.content;
      const content = this.#load(files);
      this.#loaded.set(arch, { stamp, content });
      return await content;
    } catch (error) {
      // The next deploy tries again.
      this.#loaded.delete(arch);
      if (!(error instanceof AssetError) || !error.isMissing) throw error;
      const remedy = isExecutable
        ? 'compile finds only what is named as new URL("...", import.meta.url) with all of its path'
        : `build package ${this.name} for ${arch}`;
      throw new AssetError(`${error.message}; ${remedy}`, { cause: error, isMissing: true });
    }
  }

  async #load(files: [string, URL][]): Promise<PackageContent> {
    const read = files.map(async ([path, url]) => ({
      path,
      content: await readAsset(url),
      mode: path.startsWith("bin/") ? 0o755 : 0o644,
    }));
    return { name: this.name, files: await Promise.all(read) };
  }
}

async function stampOf(files: readonly [string, URL][]): Promise<string> {
  return (await Promise.all(files.map(([, url]) => assetStamp(url)))).join();
}
