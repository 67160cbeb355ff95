/**
 * Paths on a host: names, as the kernel will read them.
 *
 * Nothing is taken out of a path but what means nothing to the kernel: doubled slashes and "." between
 * them. "a/link/.." stays what it is, since only the kernel knows where `link` leads.
 */
import type { HostInfo } from "./host_info.ts";
import { bytesOf, type Name, shown, textOf } from "./names.ts";

/** A path on a host. It is a name: making one touches nothing. */
export class Path {
  readonly host: HostInfo;
  readonly #name: Name;

  /**
   * @param name Text, or bytes that need not be UTF-8.
   * @throws {RangeError} If it is empty or holds NUL.
   */
  constructor(host: HostInfo, name: Name) {
    const known = typeof name === "string" ? name : textOf(name) ?? latin1(name);
    if (known === "" || known.includes("\0")) {
      throw new RangeError(`Not a path: ${JSON.stringify(shown(name))}`);
    }
    this.host = host;
    this.#name = typeof name === "string" || textOf(name) !== undefined
      ? tidy(known)
      : bytesFrom(tidy(known));
  }

  /** The path as the kernel gets it. */
  get bytes(): Uint8Array {
    return bytesOf(this.#name);
  }

  /**
   * The path below this one. `..` is kept: where it leads is the kernel's to say.
   *
   * @param parts Names, or paths of several; a slash at their start means nothing.
   */
  join(...parts: Name[]): Path {
    if (parts.every((part) => typeof part === "string") && typeof this.#name === "string") {
      return new Path(this.host, [this.#name, ...parts.filter((part) => part !== "")].join("/"));
    }
    const below = parts.filter((part) => part.length > 0).map((part) => latin1(bytesOf(part)));
    return new Path(this.host, bytesFrom([latin1(this.bytes), ...below].join("/")));
  }

  /**
   * The directory in which the last component stands: of "a/b" that is "a", of "a" it is ".", and of what
   * ends in ".." one more "..".
   */
  get parent(): Path {
    const text = latin1(this.bytes).replace(/(.)\/+$/, "$1");
    const slash = text.lastIndexOf("/");
    const last = text.slice(slash + 1);
    if (text === "/") return this;
    if (last === "..") return this.join("..");
    if (last === ".") return slash < 0 ? this.#like("..") : this.#like(text.slice(0, slash)).parent;
    return this.#like(slash < 0 ? "." : text.slice(0, slash) || "/");
  }

  /** The last component, for people if it is not UTF-8. */
  get name(): string {
    const text = latin1(this.bytes).replace(/(.)\/+$/, "$1");
    return shown(bytesFrom(text.slice(text.lastIndexOf("/") + 1)));
  }

  /** The path as text. What is not UTF-8 stands as `\xff` in it: that is for people, not for calls. */
  toString(): string {
    return shown(this.#name);
  }

  /** The path as data: its text, or its bytes if it has none. */
  toJSON(): string | { readonly bytes: readonly number[] } {
    return typeof this.#name === "string" ? this.#name : { bytes: [...this.#name] };
  }

  /** @throws {TypeError} If the path is of another host. */
  checkHost(host: HostInfo): void {
    if (host === this.host) return;
    throw new TypeError(
      `${this} is a path on host ${this.host.name} and cannot be used on host ${host.name}: ` +
        "give a thread of the same host",
    );
  }

  #like(bytes: string): Path {
    return new Path(this.host, bytesFrom(bytes));
  }
}

/** The directories that a path leads through, as it says: of "/a/b/c" those are "/a" and "/a/b". */
export function parents(path: Path): Path[] {
  const text = latin1(path.bytes);
  const ends = text.matchAll(/[^/](?=\/+[^/])/g);
  return Array.from(ends, ({ index }) => new Path(path.host, bytesFrom(text.slice(0, index + 1))));
}

/** A new directory that is removed, with all that is in it, when it is disposed or the host is closed. */
export class TemporaryDirectory extends Path {
  readonly #remove: () => Promise<void>;

  /** @param remove Removes it, by means of the host that last as long as the host does. */
  constructor(host: HostInfo, name: Name, remove: () => Promise<void>) {
    super(host, name);
    this.#remove = remove;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.host.lost) await this.#remove();
  }
}

/** A path of the thread's host; text and bytes are relative to the thread's working directory. */
export type PathLike = Name | Path;

/** A path for people, as errors name it. */
export function shownPath(path: PathLike): string {
  return path instanceof Path ? `${path}` : shown(path);
}

/** One character for each byte, so that bytes can be cut and joined as text. */
function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

function bytesFrom(latin1: string): Uint8Array {
  return Uint8Array.from(latin1, (character) => character.charCodeAt(0));
}

function tidy(path: string): string {
  return path.replaceAll(/\/{2,}/g, "/").replaceAll(/\/(?:\.\/)+/g, "/").replace(
    /^(?:\.\/+)+(?=.)/,
    "",
  );
}
