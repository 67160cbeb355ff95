/**
 * Calls as values. One definition of a call says how its arguments are encoded, what its result means, and
 * what it opens; it is used alone (`thread.call`), in a batch (`b.add`), before an exec (`prepare`), and as
 * a method of threads, batches and descriptors. Users can define their own in the same way.
 */
import type { CallEncoder, Fd } from "./encoder.ts";
import { kindOf } from "./kind.ts";
import type { Resolved, Result } from "./result.ts";

/** How a call is added to a batch. */
export type Encode<A extends readonly unknown[], F> = (encoder: CallEncoder, ...args: A) => F;

/** What calls give that may fail: the value, or undefined when it has failed. */
export type Tried<F> = F extends Result<infer T> ? Result<T | undefined>
  : { readonly [K in keyof F]: Tried<F[K]> };

/** A system call that is to be made, with its arguments. It is data until it is run. */
export class Call<F> {
  /** The name of its definition. */
  readonly name: string;
  readonly arguments: readonly unknown[];
  /** Whether a batch goes on when it has failed. */
  readonly mayFail: boolean;
  readonly #encode: Encode<readonly unknown[], F>;

  constructor(
    name: string,
    args: readonly unknown[],
    encode: Encode<readonly unknown[], F>,
    mayFail = false,
  ) {
    this.name = name;
    this.arguments = args;
    this.mayFail = mayFail;
    this.#encode = encode;
  }

  /** Adds the call to a batch. */
  encode(encoder: CallEncoder): F {
    return this.#encode(encoder, ...this.arguments);
  }

  /** The same call as one that may fail: the batch goes on, and its value is undefined then. */
  tried(): Call<Tried<F>> {
    return new Call(
      this.name,
      this.arguments,
      this.#encode as Encode<readonly unknown[], never>,
      true,
    );
  }

  /** The call as data; what it holds says itself how it is written. */
  toJSON(): { readonly call: string; readonly arguments: readonly unknown[]; mayFail?: true } {
    const { name, arguments: args, mayFail } = this;
    return { call: name, arguments: args, ...(mayFail && { mayFail }) };
  }
}

/** Makes calls of one kind. */
export interface CallFunction<A extends readonly unknown[], F> {
  (...args: A): Call<F>;
  /** How many arguments it takes at the most. */
  readonly takes: number;
  /** Adds such a call to a batch at once. */
  readonly encode: Encode<A, F>;
}

/** Makes calls on a descriptor, which is their first argument. */
export interface DescriptorCallFunction<A extends readonly unknown[], F> {
  (fd: Fd, ...args: A): Call<F>;
  /** How many arguments it takes at the most, with the descriptor. */
  readonly takes: number;
  readonly encode: Encode<[fd: Fd, ...args: A], F>;
  readonly onDescriptor: true;
}

/**
 * Sees to it that a value is a call.
 *
 * @param what What it is, for the error.
 * @throws {TypeError} If it is none.
 */
export function checkCall(call: unknown, what: string): void {
  if (call instanceof Call) return;
  throw new TypeError(`${what} must be a call, such as calls.umask(0o077), not ${kindOf(call)}`);
}

/**
 * Defines a call.
 *
 * @param takes How many arguments it takes at the most; Infinity if there is no most.
 *
 * @example
 * ```ts
 * import { defineCall, type PathLike, type Thread } from "bailiwick";
 *
 * const acct = defineCall("acct", 1, (e, path: PathLike) =>
 *   e.call("acct", [e.path(path)], { what: `account in ${path}` }));
 *
 * async function account(thread: Thread): Promise<void> {
 *   await thread.call(acct("/var/log/account"));
 * }
 * ```
 */
export function defineCall<A extends readonly unknown[], F>(
  name: string,
  takes: Required<A>["length"],
  encode: Encode<A, F>,
): CallFunction<A, F> {
  const make = (...args: A) => new Call(name, args, encode as Encode<readonly unknown[], F>);
  return Object.assign(make, { takes, encode });
}

/**
 * Defines a call on a descriptor, its first argument, which `takes` does not count.
 *
 * @example
 * ```ts
 * import { defineDescriptorCall, type FileDescriptor } from "bailiwick";
 *
 * const syncfs = defineDescriptorCall("syncfs", 0, (e, fd) =>
 *   e.call("syncfs", [fd], { what: () => `sync the file system of ${e.label(fd)}` }));
 *
 * async function sync(fd: FileDescriptor): Promise<void> {
 *   await fd.call(syncfs);
 * }
 * ```
 */
export function defineDescriptorCall<A extends readonly unknown[], F>(
  name: string,
  takes: Required<A>["length"],
  encode: (e: CallEncoder, fd: Fd, ...args: A) => F,
): DescriptorCallFunction<A, F> {
  const make = (fd: Fd, ...args: A) =>
    new Call(name, [fd, ...args], encode as Encode<readonly unknown[], F>);
  return Object.assign(make, { takes: takes + 1, encode, onDescriptor: true as const });
}

/** How a call may be ended early. */
export interface CallOptions {
  /**
   * Interrupts a call that blocks. If the call was done by then, its result stands; if it was not, the
   * signal's reason is thrown.
   */
  signal?: AbortSignal | undefined;
}

/** Arguments, and then how the call may be ended early, unless there is no most of them. */
type WithOptions<A extends readonly unknown[]> = number extends A["length"] ? A
  : [...A, options?: CallOptions];

/** Calls as methods that add them to a batch. */
export type BatchMethods<C> = {
  -readonly [K in keyof C]: C[K] extends (...args: infer A) => Call<infer F> ? (...args: A) => F
    : never;
};

/** Calls as methods that run them; those on descriptors are methods of descriptors. */
export type ThreadMethods<C> = {
  -readonly [K in keyof C as C[K] extends { readonly onDescriptor: true } ? never : K]: C[K] extends
    CallFunction<infer A, infer F> ? (...args: WithOptions<A>) => Promise<Resolved<F>> : never;
};

/** Calls on descriptors as methods that run them. */
export type DescriptorMethods<C> = {
  -readonly [K in keyof C as C[K] extends { readonly onDescriptor: true } ? K : never]: C[K] extends
    DescriptorCallFunction<infer A, infer F> ? (...args: WithOptions<A>) => Promise<Resolved<F>>
    : never;
};
