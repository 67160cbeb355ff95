/**
 * What can be done with a descriptor: a method for each call that has one as its first argument. Calls
 * make descriptors, so their files cannot know of it: here the class gets the methods, and their types.
 */
import type { Call, CallOptions, DescriptorCallFunction, DescriptorMethods } from "./call.ts";
import { fstat } from "./calls/stat.ts";
import { FileDescriptor, tableOf } from "./descriptor.ts";
import { type AnyCall, type Calls, install, ON_DESCRIPTORS, running } from "./methods.ts";
import type { Resolved } from "./result.ts";
import { threadOf } from "./runner.ts";

/** The methods of a descriptor that run calls on its thread. */
export interface DescriptorCalls extends DescriptorMethods<Omit<Calls, "close" | "fstat">> {
  /** Runs a call of one's own; see {@linkcode defineDescriptorCall}. */
  call<A extends readonly unknown[], F>(
    call: DescriptorCallFunction<A, F>,
    ...args: A
  ): Promise<Resolved<F>>;
  /** statx(2) of the open file. */
  stat: DescriptorMethods<Calls>["fstat"];
}

declare module "./descriptor.ts" {
  /** With the methods that are installed below. */
  interface FileDescriptor extends DescriptorCalls {}
}

const { fstat: _, ...others } = ON_DESCRIPTORS;

install(FileDescriptor, { ...others, stat: fstat as unknown as AnyCall }, (call) =>
  running(
    call.takes - 1,
    (fd, args, options) => run(fd, call(fd, ...args), options),
  ));

Object.defineProperty(FileDescriptor.prototype, "call", {
  value(
    this: FileDescriptor,
    call: DescriptorCallFunction<unknown[], unknown>,
    ...args: unknown[]
  ) {
    return run(this, call(this, ...args), undefined);
  },
});

function run(fd: FileDescriptor, call: Call<unknown>, options: CallOptions | undefined) {
  return threadOf(tableOf(fd)).call(call, options);
}
