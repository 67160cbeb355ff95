/**
 * Values as canonical JSON: two are equal if their texts are. Plain data and public fields count, deep; a
 * path and an address by what they say, a descriptor by the open file that it is, a thread by its host, a
 * service by its path, a process by its instance, a secret by a salted hash.
 *
 * Texts are equal in other programs, too, but for what only this program has: a function, a descriptor that no
 * host holds, the thread of a host that ends with the program.
 */
import { createHash, randomBytes } from "node:crypto";
import {
  ChildProcess,
  Command,
  FileDescriptor,
  Path,
  Secret,
  SyscallThread,
} from "../thread/mod.ts";
import { Call } from "../thread/call.ts";
import { valueOf } from "../thread/secret.ts";
import { isService } from "./named.ts";

/** A value as text, and the processes in it. */
export interface Canonical {
  readonly text: string;
  readonly holds: ReadonlySet<ChildProcess>;
  /** What of it ends with the program, in words. */
  readonly passing: ReadonlySet<string>;
}

/** What the hashes of secrets are salted with, so that what is noted of them tells nothing. */
export const SALT: string = randomBytes(16).toString("base64");

/** A value as canonical JSON. */
export function canonical(value: unknown, salt: string = SALT): Canonical {
  const walk = new Walk(salt);
  const text = JSON.stringify(walk.plain(value)) ?? "null";
  return { text, holds: walk.holds, passing: walk.passing };
}

const names = new WeakMap<FileDescriptor, string>();

/** Has a descriptor that its host holds be known by this, in this program and in later ones. */
export function nameHeld(fd: FileDescriptor, name: string): void {
  names.set(fd, name);
}

const numbers = new WeakMap<object, number>();
let count = 0;

/** A number for what is only the same as itself. */
export function identity(object: object): number {
  let number = numbers.get(object);
  if (number === undefined) numbers.set(object, number = ++count);
  return number;
}

class Walk {
  readonly holds = new Set<ChildProcess>();
  readonly passing = new Set<string>();
  readonly #within: object[] = [];
  readonly #salt: string;

  constructor(salt: string) {
    this.#salt = salt;
  }

  plain(value: unknown): unknown {
    if (typeof value === "bigint") return { bigint: `${value}` };
    if (typeof value === "number") return Number.isFinite(value) ? value : { number: `${value}` };
    if (typeof value === "function") return { function: this.#passing("a function", value) };
    if (typeof value === "symbol") return { symbol: String(value) };
    if (typeof value !== "object" || value === null) return value;
    const depth = this.#within.indexOf(value);
    if (depth >= 0) return { up: this.#within.length - depth };
    this.#within.push(value);
    try {
      return this.#object(value);
    } finally {
      this.#within.pop();
    }
  }

  #object(value: object): unknown {
    if (value instanceof Path) return { path: value.toJSON(), host: value.host.name };
    if (isService(value)) return { service: value.path };
    if (value instanceof ChildProcess) {
      this.holds.add(value);
      return { process: value.instance.toString(16) };
    }
    if (value instanceof FileDescriptor) return this.#descriptor(value);
    if (value instanceof Secret) return { secret: hash(value, this.#salt) };
    if (value instanceof SyscallThread) return this.#thread(value);
    if (value instanceof Command || value instanceof Call) return this.#fields(value.toJSON());
    if (value instanceof Uint8Array) return { bytes: value.toBase64() };
    if (Array.isArray(value)) return value.map((item) => this.plain(item));
    if (value instanceof Map) return { map: [...value].map((entry) => this.plain(entry)) };
    if (value instanceof Set) return { set: [...value].map((item) => this.plain(item)) };
    if (value instanceof Promise) return { promise: this.#passing("a promise", value) };
    const prototype = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) return this.#fields(value);
    return this.#instance(value);
  }

  #descriptor(fd: FileDescriptor): unknown {
    const what =
      `descriptor ${fd.number}, which no host holds (claim it: await hold(nursery, thread, "NAME", () => ...))`;
    return { descriptor: names.get(fd) ?? this.#passing(what, fd), host: fd.host.name };
  }

  #thread({ host }: SyscallThread): unknown {
    if (host.standing) return { thread: host.name };
    const what = `a thread of host ${host.name}, which does not stand`;
    return { thread: host.name, connection: this.#passing(what, host) };
  }

  /** What it is known by in this program. */
  #passing(what: string, object: object): number {
    this.passing.add(what);
    return identity(object);
  }

  #fields(value: object): unknown {
    const names = Object.keys(value).toSorted();
    return Object.fromEntries(
      names.map((name) => [name, this.plain((value as Record<string, unknown>)[name])]),
    );
  }

  #instance(value: object): unknown {
    const hasText = value.toString !== Object.prototype.toString;
    const text = hasText ? { text: `${value}` } : {};
    return { class: value.constructor.name, ...text, fields: this.#fields(value) };
  }
}

function hash(secret: Secret, salt: string): string {
  return createHash("sha256").update(salt).update(valueOf(secret)).digest("base64");
}
