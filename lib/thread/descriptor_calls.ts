/**
 * What can be done with a descriptor: a method for each call that has one as its first argument. Calls
 * make descriptors, so their files cannot know of it: here the class gets the methods, and their types.
 */
import { type Sockaddr, SockaddrIn, SockaddrIn6, SockaddrUn } from "../abi/mod.ts";
import type { Call, CallOptions, DescriptorCallFunction, DescriptorMethods } from "./call.ts";
import { getsockname } from "./calls/socket.ts";
import { fstat } from "./calls/stat.ts";
import { FileDescriptor, tableOf } from "./descriptor.ts";
import { reliesOnMemory } from "./memory.ts";
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

/** The addresses of sockets that have one for good. */
const addresses = new WeakMap<FileDescriptor, Sockaddr>();

Object.defineProperty(FileDescriptor.prototype, "getsockname", {
  async value(this: FileDescriptor, options: CallOptions | undefined): Promise<Sockaddr> {
    const known = this.isOpen && !this.host.lost ? addresses.get(this) : undefined;
    if (known && reliesOnMemory()) return known;
    const address = await run(this, getsockname(this), options) as Sockaddr;
    if (isBound(address)) addresses.set(this, address);
    return address;
  },
  configurable: true,
  writable: true,
});

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

/** Whether it is the address of a socket after bind(2), which is for ever. */
function isBound(address: Sockaddr): boolean {
  if (address instanceof SockaddrUn) return address.path !== "";
  return (address instanceof SockaddrIn || address instanceof SockaddrIn6) && address.port !== 0;
}
