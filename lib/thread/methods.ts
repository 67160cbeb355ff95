/** Makes methods of the definitions of calls, in one loop, so that each call is written once. */
import * as calls from "./calls/mod.ts";
import type { Call, CallFunction, CallOptions } from "./call.ts";

/** Every call, by its name. */
export type Calls = typeof calls;

type AnyCall = CallFunction<readonly unknown[], unknown>;

/** The calls that are methods of a class, by the names of the methods. */
export type Chosen = Readonly<Record<string, AnyCall>>;

/** All calls, those on descriptors, and those on none. */
export const ALL = calls as unknown as Chosen;
export const ON_DESCRIPTORS = choose((call) => "onDescriptor" in call);
export const ON_NONE = choose((call) => !("onDescriptor" in call));

function choose(isChosen: (call: AnyCall) => boolean): Chosen {
  return Object.fromEntries(Object.entries(ALL).filter(([, call]) => isChosen(call)));
}

/**
 * Gives a class a method for each call, but those that it has of its own.
 *
 * @param run Runs or adds the call. `this` comes first among the call's arguments if `onDescriptor`.
 */
export function install<T extends object>(
  Class: { readonly prototype: T },
  chosen: Chosen,
  run: (self: T, call: Call<unknown>, options: CallOptions | undefined) => unknown,
  onDescriptor = false,
): void {
  for (const [name, call] of Object.entries(chosen)) {
    if (Object.hasOwn(Class.prototype, name)) continue;
    const takes = onDescriptor ? call.takes - 1 : call.takes;
    const value = function (this: T, ...args: unknown[]) {
      const own = args.length > takes ? args.slice(0, takes) : args;
      return run(this, call(...(onDescriptor ? [this, ...own] : own)), args[takes] as CallOptions);
    };
    Object.defineProperty(Class.prototype, name, { value, configurable: true, writable: true });
  }
}
