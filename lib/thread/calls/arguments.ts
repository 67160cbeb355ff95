/** Checks of what callers give: their mistakes are told before anything is sent. */
import type { Sockaddr } from "../../abi/mod.ts";
import { kindOf } from "../kind.ts";

/** The most that one call reads or writes: what fits into one frame. */
const MOST = 1 << 20;

/**
 * A count of bytes for the kernel to fill or take.
 *
 * @throws {RangeError} If it is none, or more than one call can carry.
 */
export function checkLength(length: number, name = "A length"): number {
  if (Number.isSafeInteger(length) && length >= 0 && length <= MOST) return length;
  throw new RangeError(`${name} must be an integer from 0 to ${MOST} bytes, not ${length}`);
}

/** @throws {RangeError} If it is no integer, or negative. */
export function checkNatural(value: number, name: string): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new RangeError(`${name} must be an integer that is not negative, not ${value}`);
}

/**
 * Milliseconds as a `struct timespec` has them.
 *
 * @throws {RangeError} If they are negative, or not finite.
 */
export function timespecOf(milliseconds: number): { seconds: bigint; nanoseconds: bigint } {
  if (!(milliseconds >= 0 && milliseconds <= Number.MAX_SAFE_INTEGER)) {
    throw new RangeError(`A time must be in milliseconds and not negative, not ${milliseconds}`);
  }
  const seconds = Math.floor(milliseconds / 1000);
  const nanoseconds = BigInt(Math.floor((milliseconds - seconds * 1000) * 1e6));
  return { seconds: BigInt(seconds), nanoseconds };
}

/**
 * The bytes of what is written.
 *
 * @throws {TypeError} If it is neither text nor bytes.
 */
export function content(bytes: Uint8Array | string): Uint8Array {
  if (typeof bytes === "string") return new TextEncoder().encode(bytes);
  if (bytes instanceof Uint8Array) return bytes;
  throw new TypeError(`What is written must be text or a Uint8Array, not ${kindOf(bytes)}`);
}

/**
 * The bytes of a socket's address.
 *
 * @throws {TypeError} If it is none.
 */
export function addressBytes(address: Sockaddr): Uint8Array {
  checkSockaddr(address);
  return address.encode();
}

/** @throws {TypeError} If it is no socket's address. */
export function checkSockaddr(address: Sockaddr): void {
  if (typeof address?.encode === "function" && typeof address.family === "number") return;
  throw new TypeError(
    `An address must be one like new SockaddrIn("127.0.0.1", 80) or new SockaddrUn("/run/x"), ` +
      `not ${kindOf(address)}`,
  );
}

/** For calls that only succeed or fail. */
export function nothing(): void {}
