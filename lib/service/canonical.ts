/**
 * Values as canonical JSON: two are equal if their texts are. Plain data and public fields count, deep; a
 * path and an address by what they say, a descriptor by the open file that it is, a host or thread by its connection, a service by its path, a
 * process by its instance, a secret by a salted hash.
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
}

/** A value as canonical JSON. */
export function canonical(value: unknown): Canonical {
  const walk = new Walk();
  return { text: JSON.stringify(walk.plain(value)) ?? "null", holds: walk.holds };
}

const SALT = randomBytes(16);
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
  readonly #within: object[] = [];

  plain(value: unknown): unknown {
    if (typeof value === "bigint") return { bigint: `${value}` };
    if (typeof value === "number") return Number.isFinite(value) ? value : { number: `${value}` };
    if (typeof value === "function") return { function: identity(value) };
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
    if (value instanceof FileDescriptor) {
      return { descriptor: identity(value), host: value.host.name };
    }
    if (value instanceof Secret) return { secret: hash(value) };
    if (value instanceof SyscallThread) {
      return { thread: value.host.name, connection: identity(value.host) };
    }
    if (value instanceof Command || value instanceof Call) return this.#fields(value.toJSON());
    if (value instanceof Uint8Array) return { bytes: value.toBase64() };
    if (Array.isArray(value)) return value.map((item) => this.plain(item));
    if (value instanceof Map) return { map: [...value].map((entry) => this.plain(entry)) };
    if (value instanceof Set) return { set: [...value].map((item) => this.plain(item)) };
    if (value instanceof Promise) return { promise: identity(value) };
    const prototype = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) return this.#fields(value);
    return this.#instance(value);
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

function hash(secret: Secret): string {
  return createHash("sha256").update(SALT).update(valueOf(secret)).digest("base64");
}
