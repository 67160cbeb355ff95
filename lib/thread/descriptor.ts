/**
 * Descriptors: a number, and the one descriptor table in which it means something. What can be done with
 * one stands in `calls/`; `descriptor_calls.ts` makes methods of it.
 */
import { checkUnforeseen, Foresight } from "../agent/mod.ts";
import type { HostInfo } from "./host_info.ts";
import type { DescriptorTable } from "./table.ts";

let tableOf: (fd: FileDescriptor) => DescriptorTable;
let wasOpenAt: (fd: FileDescriptor, tick: number) => boolean;
let beginClose: (fd: FileDescriptor) => (closed: boolean) => void;

/** What is closed when it is disposed. Apart, since the compiler takes no merged class with such a member. */
abstract class Closing {
  abstract close(): Promise<void>;

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/**
 * An open file of a thread. Everything that the library opens is close-on-exec; a service gets what
 * {@linkcode Thread.exec} is told to give it.
 */
export class FileDescriptor extends Closing {
  /** Its number in the table of its process. */
  readonly number: number;
  /** What errors call it: the path that was opened, if there was one. */
  readonly label: string;
  readonly #table: DescriptorTable;
  readonly #openedAt: number;
  #closedAt = Infinity;

  static {
    tableOf = (fd) => fd.#table;
    wasOpenAt = (fd, tick) => fd.#openedAt < tick && tick < fd.#closedAt;
    beginClose = (fd) => {
      fd.#closedAt = fd.#table.tick();
      return (closed) => {
        if (closed) fd.#table.release(fd.number, fd);
        else fd.#closedAt = Infinity;
      };
    };
  }

  /** @param number An open descriptor of the table, owned by this object from now on. */
  constructor(table: DescriptorTable, number: number, label = `descriptor ${number}`) {
    super();
    this.#table = table;
    this.number = number;
    this.label = label;
    this.#openedAt = table.tick();
    table.hold(number, this);
  }

  /** The host whose descriptor it is. */
  get host(): HostInfo {
    return this.#table.host;
  }

  /** Whether it has not been closed. */
  get isOpen(): boolean {
    return this.#closedAt === Infinity;
  }

  /** close(2). Closing twice is fine, and so is closing after the thread has ended. */
  override async close(): Promise<void> {
    if (!this.isOpen) return;
    if (Foresight.current?.owns(this.#table, this.number) === false) {
      checkUnforeseen(`close ${this.label}`);
    }
    beginClose(this)(true);
    if (this.#table.isUsable) await this.#table.close(this.number);
  }
}

/**
 * A descriptor's number, for a call on this table.
 *
 * @throws {TypeError} If it is closed, or of another table.
 */
export function numberIn(table: DescriptorTable, fd: FileDescriptor): number {
  tableOf(fd).checkUse();
  if (tableOf(fd) !== table) {
    throw new TypeError(
      `Descriptor ${fd.number} is of ${tableOf(fd)} and means nothing to ${table}: ` +
        "a clone takes it over with inherit(fd)",
    );
  }
  if (!fd.isOpen) throw new TypeError(`Descriptor ${fd.number} of ${table} is closed`);
  return fd.number;
}

export {
  /** Marks a descriptor as closed; what it returns is told whether it was closed after all. */
  beginClose,
  /** The table that holds a descriptor. */
  tableOf,
  /** Whether the table as it was at this tick held the descriptor. */
  wasOpenAt,
};
