/** Makes methods of the definitions of calls, in one loop, so that each call is written once. */
import * as calls from "./calls/mod.ts";
import type { CallFunction, CallOptions } from "./call.ts";

/** Every call, by its name. */
export type Calls = typeof calls;

/** A call of which nothing is known. */
export type AnyCall = CallFunction<readonly unknown[], unknown>;

/** The calls that are methods of a class, by the names of the methods. */
export type Chosen = Readonly<Record<string, AnyCall>>;

/** All calls, those on descriptors, and those on none. */
export const ALL = calls as unknown as Chosen;
export const ON_DESCRIPTORS = choose((call) => "onDescriptor" in call);
export const ON_NONE = choose((call) => !("onDescriptor" in call));

function choose(isChosen: (call: AnyCall) => boolean): Chosen {
  return Object.fromEntries(Object.entries(ALL).filter(([, call]) => isChosen(call)));
}

/** Gives a class a method for each call that it has none of its own for. */
export function install<T extends object>(
  Class: { readonly prototype: T },
  chosen: Chosen,
  method: (call: AnyCall) => (this: T, ...args: unknown[]) => unknown,
): void {
  for (const [name, call] of Object.entries(chosen)) {
    if (Object.hasOwn(Class.prototype, name)) continue;
    const value = method(call);
    Object.defineProperty(Class.prototype, name, { value, configurable: true, writable: true });
  }
}

/** A method that runs a call; how the call may be ended early comes after its own arguments. */
export function running<T>(
  takes: number,
  run: (self: T, args: unknown[], options: CallOptions | undefined) => unknown,
): (this: T, ...args: unknown[]) => unknown {
  return function (...args) {
    if (args.length <= takes) return run(this, args, undefined);
    return run(this, args.slice(0, takes), args[takes] as CallOptions);
  };
}
