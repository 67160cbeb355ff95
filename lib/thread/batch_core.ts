/**
 * Building a batch: each method adds one system call and returns what its result will be.
 *
 * A batch is bound to one thread, since descriptors mean something in one descriptor table only. All
 * that a call needs in memory is laid out in the batch's blob.
 */
import { AT, type SyscallName } from "../abi/mod.ts";
import { SyscallError } from "../agent/errors.ts";
import {
  type Argument,
  BatchEncoder,
  type BlobRef,
  type Output,
  REPLY,
  type Reply,
  ResultRef,
  type SpaceRef,
} from "../wire/mod.ts";
import { ThreadEndedError } from "./errors.ts";
import type { FileDescriptor } from "./file_descriptor.ts";
import { Path } from "./path.ts";
import { Result } from "./result.ts";
import type { SyscallThread } from "./syscall_thread.ts";

/** A descriptor, or one that an earlier call of the same batch will make. */
export type Fd = FileDescriptor | Result<FileDescriptor>;

/** A path of the thread's host; a string is relative to the thread's working directory. */
export type PathLike = string | Path;

/** Names the attempt for error messages: "open /etc/passwd". */
type What = string | (() => string);

interface Named {
  readonly syscall: string;
  readonly what: What;
  readonly proceed: boolean;
}

/** What all calls of a batch share. */
export class BatchCore {
  readonly thread: SyscallThread;
  /** For the thread: what will be sent. */
  readonly encoder: BatchEncoder = new BatchEncoder();
  readonly #named: Named[] = [];

  constructor(thread: SyscallThread) {
    this.thread = thread;
  }

  /**
   * Adds a call by its name. `proceed` lets the batch go on when the call fails: then `decode` gets the
   * negative errno.
   */
  protected add<T>(
    syscall: SyscallName,
    args: readonly Argument[],
    what: What,
    decode: (result: number, reply: Reply) => T,
    proceed = false,
  ): Result<T> {
    const nr = this.thread.host.abi.syscalls[syscall];
    return this.addNumbered(nr, syscall, args, what, decode, proceed);
  }

  /** Adds a call by its number. */
  protected addNumbered<T>(
    nr: number,
    syscall: string,
    args: readonly Argument[],
    what: What,
    decode: (result: number, reply: Reply) => T,
    proceed = false,
  ): Result<T> {
    const index = this.encoder.call(nr, args, { proceed });
    this.#named.push({ syscall, what, proceed });
    return new Result(new ResultRef(index), (reply) => decode(reply.result(index), reply));
  }

  /** The index that the next call will have. */
  protected get next(): number {
    return this.encoder.calls;
  }

  /** A descriptor as an argument. */
  protected fd(fd: Fd): Argument {
    return fd instanceof Result ? fd.argument : fd.numberOn(this.thread);
  }

  /** A path as an argument: NUL-terminated in the blob. */
  protected path(path: PathLike): BlobRef {
    if (path instanceof Path) path.checkHost(this.thread.host);
    return this.cstring(String(path));
  }

  /** A NUL-terminated string in the blob. */
  protected cstring(text: string): BlobRef {
    return this.encoder.cstring(text);
  }

  /** Space for the kernel to fill, which comes back cut to the result of the next call. */
  protected readBuffer(length: number, limit = this.next): { ref: SpaceRef; output: Output } {
    const ref = this.encoder.space(length);
    return { ref, output: this.encoder.output(ref, length, limit) };
  }

  /** Room for the kernel to fill, which comes back whole. */
  protected outputBuffer(length: number): { ref: BlobRef; output: Output } {
    const ref = this.encoder.room(length);
    return { ref, output: this.encoder.output(ref, length) };
  }

  /** A NULL-terminated array of pointers to strings, as execve(2) takes. */
  protected stringArray(strings: readonly string[]): SpaceRef {
    return this.encoder.strings(strings);
  }

  /** For the thread: throws what made the batch end early, if anything did. */
  check(reply: Reply): void {
    const failed = reply.done - 1;
    if (reply.status === REPLY.GONE || reply.status === REPLY.NO_THREAD) {
      const stopped = Math.min(reply.done, this.#named.length - 1);
      const unknown = reply.status === REPLY.GONE;
      throw new ThreadEndedError(this.thread.host.name, this.#what(stopped), unknown);
    }
    if (failed < 0 || reply.result(failed) >= 0) return;
    if (this.#named[failed]!.proceed) return;
    throw this.#error(failed, -reply.result(failed));
  }

  #error(index: number, errno: number): SyscallError {
    const position = this.#named.length > 1
      ? { position: `call ${index + 1} of ${this.#named.length}` }
      : {};
    return new SyscallError({
      syscall: this.#named[index]!.syscall,
      errno,
      what: this.#what(index),
      host: this.thread.host.name,
      ...position,
    });
  }

  #what(index: number): string {
    const what = this.#named[index]?.what ?? "run an empty batch";
    return typeof what === "string" ? what : what();
  }
}

/** The descriptor argument that means the working directory. */
export const CWD = AT.FDCWD;

export function number(result: number): number {
  return result;
}

export function nothing(): void {}
