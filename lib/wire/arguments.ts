/** What an argument of a system call can be, besides a number: something that is known at the call only. */
import { ARGUMENT } from "./constants.ts";

/** The address of an offset of the blob. */
export class BlobRef {
  readonly kind = ARGUMENT.BLOB;
  constructor(readonly value: number) {}
}

/** The address of an offset of the space behind the blob, which is not sent. */
export class SpaceRef {
  readonly kind = ARGUMENT.BLOB;
  constructor(readonly value: number) {}
}

/** The result of an earlier call of the same batch. */
export class ResultRef {
  readonly kind = ARGUMENT.RESULT;
  constructor(readonly value: number) {}
}

/** The `int32_t` at an offset of the blob at the time of the call, such as a descriptor of pipe2(2). */
export class Int32Ref {
  readonly kind = ARGUMENT.INT32;
  constructor(readonly value: number) {}
}

/** One argument of a system call. */
export type Argument = number | bigint | BlobRef | SpaceRef | ResultRef | Int32Ref;
