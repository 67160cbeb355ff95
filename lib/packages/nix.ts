/**
 * Nix closures as packages, by the real nix-store(1) of both sides: `--export` there, `--import` here,
 * and the program in between. Only what the target does not have is moved.
 */
import { localHost } from "../hosts/mod.ts";
import type { Path, Thread } from "../thread/mod.ts";
import { closureOf, isValid, missingOf, move, verify } from "./nix_store.ts";
import type { PackageSource } from "./package.ts";

const STORE_PATH = /^\/.+\/[0-9a-z]{32}-([-+._?=0-9A-Za-z]+)$/;

/** Which closure is deployed. */
export interface NixClosureOptions {
  /** The store path, as "/nix/store/…-exampled-1.0". What it refers to comes with it. */
  path: string;
  /** A thread of a host that has it; else it is on the program's own machine. */
  from?: Thread;
}

/** A store path and all that it refers to. */
export class NixClosure implements PackageSource {
  readonly name: string;
  readonly #path: string;
  readonly #from: Thread | undefined;

  /** @throws {TypeError} If the path is not one of a Nix store. */
  constructor({ path, from }: NixClosureOptions) {
    const name = STORE_PATH.exec(path)?.[1];
    if (name === undefined) {
      throw new TypeError(`Not a path of a Nix store, like /nix/store/HASH-NAME: ${path}`);
    }
    this.name = name;
    this.#path = path;
    this.#from = from;
  }

  /** @throws {NixError} If it cannot be brought there. */
  async install(thread: Thread): Promise<Path> {
    if (!await isValid(thread, this.#path)) await this.#bring(thread);
    return thread.path(this.#path);
  }

  async #bring(thread: Thread): Promise<void> {
    if (this.#from) return await bring(this.#from, thread, this.#path);
    await using local = await localHost();
    await bring(local.thread, thread, this.#path);
  }
}

/**
 * A Nix closure to deploy; both sides need nix-store, and the target a user who may import.
 *
 * @example
 * ```ts
 * import { deploy, nixClosure, type Thread } from "bailiwick";
 *
 * async function hello(thread: Thread, path: string) {
 *   const pkg = await deploy(thread, nixClosure({ path }));
 *   return await thread.spawn(pkg.bin("hello"));
 * }
 * ```
 *
 * @throws {TypeError} If the path is not one of a Nix store.
 */
export function nixClosure(options: NixClosureOptions): NixClosure {
  return new NixClosure(options);
}

async function bring(from: Thread, to: Thread, path: string): Promise<void> {
  const closure = await closureOf(from, path);
  const missing = await missingOf(to, closure);
  const moved = closure.filter((item) => missing.has(item));
  if (moved.length === 0) return;
  await move(from, to, moved);
  await verify(to, moved);
}
