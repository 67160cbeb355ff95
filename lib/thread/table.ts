/**
 * The descriptor table of one process: which of its numbers have a handle, and since when. A clone has a
 * copy of its parent's table as it was at one moment, so each opening and closing is a moment here.
 */
import type { HostInfo } from "./host_info.ts";

/** A descriptor table. Descriptors mean something in one table only. */
export abstract class DescriptorTable {
  readonly #handles = new Map<number, WeakRef<object>>();
  #ticks = 0;

  abstract readonly host: HostInfo;

  /** Whether its process is there and can run calls. */
  abstract get isUsable(): boolean;

  /** close(2) of a number. */
  abstract close(number: number): Promise<void>;

  /** Called before its descriptors are used; throws if they cannot be. */
  checkUse(): void {}

  /** The next moment in the life of the table. */
  tick(): number {
    return ++this.#ticks;
  }

  /** Takes note of the handle of a number. The table does not keep it alive. */
  hold(number: number, handle: object): void {
    this.#handles.set(number, new WeakRef(handle));
  }

  /** Forgets a handle, if it is still the number's. */
  release(number: number, handle: object): void {
    if (this.#handles.get(number)?.deref() === handle) this.#handles.delete(number);
  }

  /** Whether the program has a handle of this number. */
  isHeld(number: number): boolean {
    return this.#handles.get(number)?.deref() !== undefined;
  }
}
