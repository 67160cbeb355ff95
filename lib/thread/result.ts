/** Values of a batch that is still being built, and what they become when its reply is there. */
import type { Argument, Int32Ref, Output, ResultRef } from "../wire/mod.ts";
import type { FileDescriptor } from "./descriptor.ts";

/** What a batch was answered, for the decoding of its results. */
export interface BatchReply {
  /** The result of a call that was run: a value, or a negative errno. */
  result(index: number): number;
  /** The bytes of an output range. */
  output(output: Output): Uint8Array;
  /** Has a descriptor closed that came and is nobody's, before the error that is thrown with it. */
  discard(fd: FileDescriptor): void;
}

let valueOf: <T>(result: Result<T>, answer: BatchReply) => T;

/** The future result of one call of a batch. Usable in later calls of the same batch. */
export class Result<T> {
  /** What stands for the value among the arguments of later calls. */
  readonly argument: ResultRef | Int32Ref;
  /** What errors call it, such as a path that is opened. */
  readonly label: string | undefined;
  readonly #decode: (answer: BatchReply) => T;

  static {
    valueOf = (result, answer) => result.#decode(answer);
  }

  constructor(
    argument: ResultRef | Int32Ref,
    decode: (answer: BatchReply) => T,
    label?: string,
  ) {
    this.argument = argument;
    this.#decode = decode;
    this.label = label;
  }
}

/** What a batch function's return value becomes: each {@linkcode Result} in it is its value. */
export type Resolved<T> = T extends Result<infer U> ? U
  : T extends readonly unknown[] ? { [K in keyof T]: Resolved<T[K]> }
  : T extends Record<string, unknown> ? { [K in keyof T]: Resolved<T[K]> }
  : T;

/** Replaces each {@linkcode Result} in arrays and plain objects by its value. */
export function resolve<T>(value: T, answer: BatchReply): Resolved<T> {
  return resolveAny(value, answer) as Resolved<T>;
}

function resolveAny(value: unknown, answer: BatchReply): unknown {
  if (value instanceof Result) return valueOf(value, answer);
  if (Array.isArray(value)) return value.map((item) => resolveAny(item, answer));
  if (!isPlain(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, resolveAny(item, answer)]),
  );
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null &&
    Object.getPrototypeOf(value) === Object.prototype;
}

/** A result's value from outside of what a batch returns, as for a result made of another. */
export { valueOf };

/** A number that may be the result of an earlier call of the same batch. */
export type Value = number | bigint | Result<number>;

export function valueArgument(value: Value): Argument {
  return value instanceof Result ? value.argument : value;
}
