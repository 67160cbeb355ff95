/** Values of a batch that is still being built, and what they become when its reply is there. */
import type { Argument, Int32Ref, Reply, ResultRef } from "../wire/mod.ts";

/** The future result of one call of a batch. Usable in later calls of the same batch. */
export class Result<T> {
  /** What stands for the value in later calls. */
  readonly argument: ResultRef | Int32Ref;
  /** For the batch: reads the value from the reply. */
  readonly decode: (reply: Reply) => T;

  constructor(argument: ResultRef | Int32Ref, decode: (reply: Reply) => T) {
    this.argument = argument;
    this.decode = decode;
  }
}

/** What a batch function's return value becomes: each {@linkcode Result} in it is its value. */
export type Resolved<T> = T extends Result<infer U> ? U
  : T extends readonly unknown[] ? { [K in keyof T]: Resolved<T[K]> }
  : T extends Record<string, unknown> ? { [K in keyof T]: Resolved<T[K]> }
  : T;

/** Replaces each {@linkcode Result} in arrays and plain objects by its value. */
export function resolve<T>(value: T, reply: Reply): Resolved<T> {
  return resolveAny(value, reply) as Resolved<T>;
}

function resolveAny(value: unknown, reply: Reply): unknown {
  if (value instanceof Result) return value.decode(reply);
  if (Array.isArray(value)) return value.map((item) => resolveAny(item, reply));
  if (!isPlain(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, resolveAny(item, reply)]),
  );
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null &&
    Object.getPrototypeOf(value) === Object.prototype;
}

/** A number that may be the result of an earlier call of the same batch. */
export type Value = number | bigint | Result<number>;

export function valueArgument(value: Value): Argument {
  return value instanceof Result ? value.argument : value;
}
