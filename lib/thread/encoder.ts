/**
 * What a call is encoded into: the batch as the definitions of calls see it.
 *
 * All that a call needs in memory is laid out in the batch's blob. What a call changes in the program
 * besides its result (a descriptor that is closed, a stream that is opened) is settled when the batch is
 * over: what did not run did not happen.
 */
import type { SyscallName } from "../abi/mod.ts";
import { type ByteReader, type ByteWriter, SyscallError } from "../agent/mod.ts";
import {
  type Argument,
  BatchEncoder,
  type BlobRef,
  Int32Ref,
  type Output,
  REPLY,
  type Reply,
  ResultRef,
  type SpaceRef,
} from "../wire/mod.ts";
import { beginClose, FileDescriptor, numberIn } from "./descriptor.ts";
import { Effects, type Settle } from "./effects.ts";
import { ThreadEndedError } from "./errors.ts";
import type { HostInfo } from "./host_info.ts";
import { kindOf } from "./kind.ts";
import { type Name, shown } from "./names.ts";
import { Path, type PathLike } from "./path.ts";
import { type BatchReply, Result, valueOf } from "./result.ts";
import type { DescriptorTable } from "./table.ts";

/** A descriptor, or one that an earlier call of the same batch will make. */
export type Fd = FileDescriptor | Result<FileDescriptor>;

/** One argument of a system call: a number, a place in memory, a descriptor, an earlier result. */
export type CallArgument = Argument | FileDescriptor | Result<unknown>;

/** Names the attempt for errors, after "Cannot": "open /etc/passwd". */
export type What = string | (() => string);

/** All that there is to say of a call but its number and arguments. */
export interface CallDetails<T = number> {
  readonly what: What;
  /** Makes the value of the result; the number itself without it. */
  readonly decode?: (result: number, answer: BatchReply) => T;
  /** The name in errors of a call that is no system call of its own. */
  readonly name?: string;
  /**
   * What it opens: the descriptor that it returns, or two whose numbers it stores where this argument
   * points. If the batch fails, the host closes them.
   */
  readonly opens?: "result" | { readonly pair: number };
  /** The batch goes on when the call fails: its result is the negative errno then. */
  readonly mayFail?: boolean;
  /** What errors add for an errno, such as what to use instead. */
  readonly hints?: Readonly<Record<string, string>>;
  /** Says more of the failure that has ended the batch. */
  readonly explain?: (errno: number, answer: Pick<BatchReply, "result">) => Explanation;
}

/** What a failure comes down to. */
export interface Explanation {
  readonly errno?: number;
  readonly what?: string;
  readonly reason?: string;
}

/** How the program's streams to a host are opened. */
export interface Streams {
  openReader(window: number): ByteReader;
  openWriter(): ByteWriter;
  /** Forgets a stream that was not opened after all. */
  abandon(stream: ByteReader | ByteWriter): void;
}

const NONE: readonly Argument[] = [];

/** Collects the calls of one batch. */
export class CallEncoder {
  readonly host: HostInfo;
  readonly #table: DescriptorTable;
  readonly #streams: Streams;
  readonly #encoder = new BatchEncoder();
  readonly #names: (SyscallName | number)[] = [];
  readonly #details: Omit<CallDetails<unknown>, "decode">[] = [];
  /** The calls that do not end the batch when they fail. */
  #proceeding: Set<number> | undefined;
  #effects: Effects | undefined;
  #proceed = false;

  protected constructor(table: DescriptorTable, streams: Streams) {
    this.host = table.host;
    this.#table = table;
    this.#streams = streams;
  }

  /**
   * Adds a system call, by its name or number.
   *
   * @throws {RangeError} If there are more than six arguments, one is not an integer, or the host's
   *   architecture has no such call.
   * @throws {TypeError} If an argument is missing, or is none that a call can have.
   */
  call<T = number>(
    nr: SyscallName | number,
    args: readonly CallArgument[],
    details: CallDetails<T>,
  ): Result<T> {
    const { opens, mayFail = false } = details;
    const tried = this.#proceed;
    const proceed = tried || mayFail;
    const index = this.#encoder.call(
      this.#number(nr),
      args.length === 0
        ? NONE
        : args.map((each, at) => this.#argument(each, details.name ?? nr, at)),
      proceed || opens ? { proceed, opens } : undefined,
    );
    this.#names.push(nr);
    this.#details.push(details);
    if (proceed) (this.#proceeding ??= new Set()).add(index);
    const decode = details.decode ?? (asNumber as (result: number) => T);
    return new Result<T>(new ResultRef(index), (answer) => {
      const result = answer.result(index);
      return tried && result < 0 ? undefined as T : decode(result, answer);
    });
  }

  /** A second value of a call, from what it left in memory. */
  derived<T>({ argument }: Result<number>, decode: (answer: BatchReply) => T): Result<T> {
    return new Result(argument, decode);
  }

  /** The descriptor whose number is a result. */
  descriptor(result: Result<number>, label?: string): Result<FileDescriptor> {
    return this.#descriptor(result.argument, (answer) => valueOf(result, answer), label);
  }

  /** The descriptor whose number the kernel stores at an offset of memory that is an output. */
  descriptorAt(
    { ref, output }: { ref: BlobRef; output: Output },
    at: number,
  ): Result<FileDescriptor> {
    return this.#descriptor(
      new Int32Ref(ref.value + at),
      (answer) => viewOf(answer.output(output)).getInt32(at, true),
    );
  }

  /** For the library: the handle of a number that came in an answer. */
  received(number: number): FileDescriptor {
    return new FileDescriptor(this.#table, number);
  }

  /** A path as an argument. */
  path(path: PathLike): BlobRef {
    if (!(path instanceof Path)) return this.cstring(path);
    path.checkHost(this.host);
    return this.cstring(path.bytes);
  }

  /**
   * Text or bytes in memory, ended by NUL.
   *
   * @throws {RangeError} If NUL is in it.
   * @throws {TypeError} If it is neither text nor bytes.
   */
  cstring(text: Name): BlobRef {
    if (typeof text === "string") return this.#encoder.cstring(text);
    if (!(text instanceof Uint8Array)) {
      throw new TypeError(`A path or string for the kernel is text or bytes, not ${kindOf(text)}`);
    }
    if (text.includes(0)) {
      throw new RangeError(`A string for the kernel cannot hold NUL: ${shown(text)}`);
    }
    return this.#encoder.put(text, 1);
  }

  /** Bytes in memory. */
  bytes(bytes: Uint8Array): BlobRef {
    return this.#encoder.put(bytes);
  }

  /** Bytes in memory that are in several parts, of this length together. */
  parts(parts: readonly Uint8Array[], length: number): BlobRef {
    return this.#encoder.putParts(parts, length);
  }

  /** For the library: a NULL-terminated array of pointers to strings, as execve(2) takes, for the next call. */
  strings(strings: readonly string[]): SpaceRef {
    return this.#encoder.strings(strings);
  }

  /** A structure in memory, all zeros at first, that `fill` fills. */
  struct(size: number, fill: (view: DataView, at: number) => void): BlobRef {
    const ref = this.#encoder.room(size);
    fill(this.#encoder.blobView(), ref.value);
    return ref;
  }

  /** Stores the address of `to` at this offset of memory before the next call. */
  pointer(at: number, to: BlobRef | SpaceRef): void {
    this.#encoder.patchPointer(this.#encoder.calls, at, to);
  }

  /** Stores a descriptor's number, 32 bits, at this offset of memory before the next call. */
  number(at: number, fd: Fd): void {
    if (fd instanceof Result) this.#encoder.patchInt32(this.#encoder.calls, at, fd.argument);
    else this.#encoder.blobView().setInt32(at, numberIn(this.#table, fd), true);
  }

  /** Memory that the next call fills, which comes back cut to its result. */
  filled(length: number): { ref: SpaceRef; output: Output } {
    const ref = this.#encoder.space(length);
    return { ref, output: this.#encoder.output(ref, length, this.#encoder.calls) };
  }

  /** A small structure that the next call fills, which comes back whole. */
  output(
    length: number,
    fill?: (view: DataView, at: number) => void,
  ): { ref: BlobRef; output: Output } {
    const ref = this.#encoder.room(length);
    fill?.(this.#encoder.blobView(), ref.value);
    return { ref, output: this.#encoder.output(ref, length) };
  }

  /** What errors call a descriptor. */
  label(fd: Fd): string {
    return fd.label ?? "a descriptor";
  }

  /** For the library: a descriptor as the argument of the next call, which closes it: later calls cannot use it. */
  closing(fd: Fd): CallArgument {
    if (!(fd instanceof FileDescriptor)) return fd;
    const number = numberIn(this.#table, fd);
    const settle = beginClose(fd);
    this.#effect((outcome) => settle(outcome !== "not run"));
    return number;
  }

  /** For the library: a stream from the host that the next call opens. */
  openReader(window: number): ByteReader {
    return this.#opening(this.#streams.openReader(window));
  }

  /** For the library: a stream to the host that the next call opens. */
  openWriter(): ByteWriter {
    return this.#opening(this.#streams.openWriter());
  }

  /** For the library: adds what may fail without ending the batch: its value is undefined then. */
  proceeding<F>(add: () => F): F {
    const before = this.#proceed;
    this.#proceed = true;
    try {
      return add();
    } finally {
      this.#proceed = before;
    }
  }

  /** What is sent. */
  protected get encoded(): BatchEncoder {
    return this.#encoder;
  }

  /** What is tried by a call. */
  protected what(index: number): string {
    const what = this.#details[index]?.what ?? "run an empty batch";
    return typeof what === "string" ? what : what();
  }

  /** Throws what made the batch end early, if anything did. */
  protected check(reply: Reply): void {
    if (reply.status === REPLY.GONE || reply.status === REPLY.NO_THREAD) {
      const stopped = Math.min(reply.done, this.#details.length - 1);
      const unknown = reply.status === REPLY.GONE;
      throw new ThreadEndedError(this.host.name, this.what(stopped), unknown);
    }
    const last = reply.done - 1;
    if (last < 0 || reply.result(last) >= 0 || this.#proceeding?.has(last)) return;
    throw this.#error(last, reply);
  }

  /** Tells each effect what became of its call. */
  protected settle(reply: Reply | undefined, error: unknown): void {
    this.#effects?.settle(reply, error);
  }

  #argument(argument: CallArgument, syscall: string | number, at: number): Argument {
    if (typeof argument === "number") {
      if (Number.isSafeInteger(argument)) return argument;
      throw new RangeError(`Argument ${at + 1} of ${syscall} must be an integer, not ${argument}`);
    }
    if (argument instanceof FileDescriptor) return numberIn(this.#table, argument);
    if (argument instanceof Result) return argument.argument;
    if (typeof argument === "bigint" || typeof argument?.kind === "number") return argument;
    throw new TypeError(
      `Argument ${at + 1} of ${syscall} must be a number or a descriptor, not ${kindOf(argument)}`,
    );
  }

  #number(nr: SyscallName | number): number {
    const number = typeof nr === "number" ? nr : this.host.abi.syscalls[nr];
    if (Number.isInteger(number) && number >= 0) return number;
    throw new RangeError(`There is no system call ${nr} on ${this.host.abi.arch}`);
  }

  #descriptor(
    argument: ResultRef | Int32Ref,
    number: (answer: BatchReply) => number,
    label?: string,
  ): Result<FileDescriptor> {
    const make = (answer: BatchReply) => new FileDescriptor(this.#table, number(answer), label);
    return new Result(argument, make, label);
  }

  #opening<T extends ByteReader | ByteWriter>(stream: T): T {
    this.#effect((outcome, failed) => {
      if (outcome === "not run" || outcome === "failed") this.#streams.abandon(stream);
      else if (failed) stream.close();
    });
    return stream;
  }

  #effect(settle: Settle): void {
    (this.#effects ??= new Effects()).add(this.#encoder.calls, settle);
  }

  #error(index: number, reply: Reply): SyscallError {
    const { name, hints, explain } = this.#details[index]!;
    const errno = -reply.result(index);
    const count = this.#details.length;
    return new SyscallError({
      syscall: name ?? `${this.#names[index]!}`,
      errno,
      what: this.what(index),
      host: this.host.name,
      ...(count > 1 && { position: `call ${index + 1} of ${count}` }),
      ...(hints && { hints }),
      ...explain?.(errno, reply),
    });
  }
}

function asNumber(result: number): number {
  return result;
}

/** A view of bytes, wherever they lie in their buffer. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
